"""Settings: defaults, and what is refused at start."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_contacts import config
from flask_contacts.errors import ConfigError


def configured(**settings: object) -> Flask:
    """An application with these settings on top of the least that works."""
    app = Flask("configured")
    app.config.from_mapping({"SECRET_KEY": "x", "MAIL_DEFAULT_SENDER": "a@example.com"} | settings)
    config.apply_defaults(app)
    return app


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("CONTACTS_PORTAL_PREFIX", "portal", "C010"),
        ("CONTACTS_PORTAL_PREFIX", "/", "C010"),
        ("CONTACTS_PASSWORD_MIN_LENGTH", 7, "C011"),
        ("CONTACTS_MAIL_DELIVERY", "pigeon", "C012"),
        ("CONTACTS_BASE_URL", "crm.example.com", "C013"),
        ("CONTACTS_BASE_URL", "ftp://crm.example.com", "C013"),
        ("MAIL_DEFAULT_SENDER", None, "C016"),
        ("MAIL_DEFAULT_SENDER", "Büro <büro@example.com>", "C017"),
        ("MAIL_DEFAULT_SENDER", ("Example", "nobody"), "C017"),
    ],
)
def test_what_cannot_work_is_refused_at_start(name: str, value: object, code: str) -> None:
    """Each with its code; the message says what to do."""
    with pytest.raises(ConfigError) as caught:
        configured(**{name: value})
    assert caught.value.code == f"contacts.{code}"
    assert caught.value.hint


def test_a_base_url_is_required_outside_debug() -> None:
    """The Host header never makes a link, so without the setting there is none."""
    app = configured()
    with app.app_context(), pytest.raises(ConfigError, match=r"contacts\.C014"):
        config.base_url()
    app.debug = True
    with app.app_context():
        assert config.base_url() == "http://127.0.0.1:5000"
    with configured(CONTACTS_BASE_URL="https://crm.example.com/").app_context():
        assert config.base_url() == "https://crm.example.com"


def test_no_secret_key() -> None:
    """Nothing is signed without a key."""
    app = configured(SECRET_KEY=None)
    with app.app_context(), pytest.raises(ConfigError, match=r"contacts\.C015"):
        config.secret_keys()
