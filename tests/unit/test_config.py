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
        *(("CONTACTS_KEEP_SESSION_DAYS", junk, "C060") for junk in (None, "x", "7", True, 1.5)),
        *(("CONTACTS_KEEP_MAIL_DAYS", number, "C060") for number in (-1, 10**9)),
        ("CONTACTS_SESSION_IDLE_SECONDS", 0, "C060"),
        ("CONTACTS_LINKS_PER_HOUR", -5, "C060"),
        ("CONTACTS_MAIL_TIMEOUT", float("nan"), "C060"),
        ("CONTACTS_MAIL_SWEEP_SECONDS", "soon", "C060"),
        ("CONTACTS_MAIL_DELIVERY", "pigeon", "C012"),
        ("CONTACTS_BASE_URL", "crm.example.com", "C013"),
        ("CONTACTS_BASE_URL", "ftp://crm.example.com", "C013"),
        ("MAIL_DEFAULT_SENDER", None, "C016"),
        ("MAIL_DEFAULT_SENDER", "Büro <büro@example.com>", "C017"),
        ("MAIL_DEFAULT_SENDER", ("Example", "nobody"), "C017"),
        *(
            ("LANGUAGES", {"en": {}, junk: {}}, "C062")
            for junk in ("pt-BR", "xx", "i18n", "", None)
        ),
        ("BABEL_DEFAULT_LOCALE", "english", "C062"),
    ],
)
def test_what_cannot_work_is_refused_at_start(name: str, value: object, code: str) -> None:
    """Each with its code; the message says what to do."""
    with pytest.raises(ConfigError) as caught:
        configured(**{name: value})
    assert caught.value.code == f"contacts.{code}"
    assert caught.value.hint


def test_languages_that_babel_knows_are_taken() -> None:
    """With a country, a script or a region; in any case of letters."""
    known = ("en", "pt_BR", "pt_PT", "es_419", "zh_Hant_TW", "sr_Latn", "pt_br", "EN")
    assert configured(LANGUAGES={code: {} for code in known})


def test_every_number_among_the_settings_is_checked() -> None:
    """No setting that counts something can be text: it would fail in the middle of work."""
    for name, value in config.DEFAULTS.items():
        if isinstance(value, int):
            with pytest.raises(ConfigError, match=r"contacts\.C0(11|60)"):
                configured(**{f"CONTACTS_{name}": "many"})


def test_numbers_at_their_limits_are_taken() -> None:
    """Nothing need be kept for a single day, and half a second is a number of seconds."""
    app = configured(CONTACTS_KEEP_SESSION_DAYS=0, CONTACTS_MAIL_SWEEP_SECONDS=0.5)
    assert app.config["CONTACTS_KEEP_SESSION_DAYS"] == 0


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
