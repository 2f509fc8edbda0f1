"""Messages with links, whatever keeps the host's sessions."""

from __future__ import annotations

import pytest
from flask import Flask, get_flashed_messages
from flask.sessions import SessionInterface
from markupsafe import Markup

from flask_contacts.admin.safe_view import flash

LINKED = Markup('<a href="/x">Ann &amp; Bob &lt;i&gt;</a> is a contact.')


def test_a_link_is_kept_in_a_cookie(app: Flask) -> None:
    """Flask's own session knows what is HTML; text stays text."""
    with app.test_request_context():
        flash(LINKED, "success")
        flash("a <b>", "info")
        linked, plain = get_flashed_messages()
        assert (linked, type(linked)) == (LINKED, Markup)
        assert (plain, type(plain)) == ("a <b>", str)


def test_elsewhere_the_words_are(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that knows plain values only gets the words, which a page escapes."""
    with app.test_request_context():
        monkeypatch.setattr(app, "session_interface", SessionInterface())
        flash(LINKED, "success")
        assert [(one, type(one)) for one in get_flashed_messages()] == [
            ("Ann & Bob <i> is a contact.", str)
        ]
