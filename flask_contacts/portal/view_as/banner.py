"""What stands above every page while staff look at the portal as a contact (BEHAVIOUR P8).

In the staff's own language: the page below it is in the contact's.
"""

from __future__ import annotations

from flask import render_template
from markupsafe import Markup

from ...i18n import in_language
from ..visit import current_visit


def banner() -> Markup:
    """The banner; empty where a contact is at home."""
    visit = current_visit()
    viewer = None if visit is None else visit.viewed_by
    if visit is None or viewer is None:
        return Markup()
    with in_language(viewer.language):
        return Markup(  # noqa: S704  rendered by a template, which escapes
            render_template(
                "flask_contacts/portal/view_as_banner.html",
                contact=visit.contact,
                minutes=viewer.minutes_left,
            )
        )
