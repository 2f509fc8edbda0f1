"""Moments on the pages of staff: what they show, and in which time zone."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask_babel import Babel

from flask_contacts.admin.moments import moment_element, moment_elements

MOMENT = datetime(2026, 11, 22, 14, 5, 6, 789)  # as columns have it, in UTC


@pytest.mark.parametrize(
    ("zone", "words"),
    [("UTC", "Nov 22, 2026, 2:05\u202fPM"), ("Europe/Athens", "Nov 22, 2026, 4:05\u202fPM")],
)
def test_a_moment_says_its_zone(zone: str, words: str) -> None:
    """The pointer shows the zone of what is shown, programs read the moment in UTC; another
    word in its place is escaped."""
    app = Flask("staff")
    Babel(app, default_timezone=zone)
    with app.test_request_context():
        for element in (moment_element, moment_elements()):
            opening = f'<time datetime="2026-11-22T14:05:06+00:00" title="{words} {zone}">'
            assert element(MOMENT) == f"{opening}{words}</time>"
            assert element(MOMENT, "<b>") == f"{opening}&lt;b&gt;</time>"
