"""The wall between the login worlds stands on what Flask-Login offers publicly."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel, get_babel, get_locale
from flask_login import LoginManager

from flask_contacts.portal.guards import keep_languages_apart, keep_staff_out


def make_app() -> Flask:
    """An application with nothing but the portal's prefix."""
    app = Flask(__name__)
    app.config["CONTACTS_PORTAL_PREFIX"] = "/portal"
    return app


def test_loaders_answer_nobody_inside() -> None:
    """Both of Flask-Login's loaders: nobody under the prefix, the former answer elsewhere."""
    app, manager = make_app(), LoginManager()
    manager.user_loader(lambda key: f"user {key}")
    manager.request_loader(lambda request: "user by header")
    keep_staff_out(manager)
    for path, expected in (("/x", ("user 1", "user by header")), ("/portal/x", (None, None))):
        with app.test_request_context(path):
            found = manager.user_callback("1"), manager.request_callback(None)
        assert found == expected


def test_no_loader_is_invented() -> None:
    """Where the host has no request loader there is none afterwards."""
    manager = LoginManager()
    manager.user_loader(lambda key: key)
    keep_staff_out(manager)
    assert manager.request_callback is None


def test_the_staffs_language_is_not_asked_inside() -> None:
    """The former selector (which writes the session) runs outside the portal only."""
    app, asked = make_app(), []

    def former() -> str:
        asked.append(True)
        return "de"

    app.config["LANGUAGES"] = {"en": {}, "pt_BR": {}}
    Babel(app, locale_selector=former)
    with app.app_context():
        assert get_babel(app).locale_selector is former
        keep_languages_apart(app)
    with app.test_request_context("/portal/", headers={"Accept-Language": "pt-BR"}):
        assert str(get_locale()) == "pt_BR"
    assert not asked
    with app.test_request_context("/"):
        assert str(get_locale()) == "de"
    assert asked
