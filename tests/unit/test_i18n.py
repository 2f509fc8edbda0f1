"""The words of the interface: the catalog that is noted for a request is the one of now."""

from __future__ import annotations

from flask import Flask
from flask_babel import force_locale, gettext, refresh

from flask_contacts.i18n import _, _l, in_language

TEXT, PORTUGUESE = "Birthday", "Data de nascimento"


def test_as_flask_babel_says_it(app: Flask) -> None:
    """The same words as Flask-Babel's, in each language that is switched to and back."""
    lazy = _l(TEXT)
    with app.test_request_context():
        for language in ("en", "pt_BR", "de", "en", "pt_BR"):
            with in_language(language):
                assert _(TEXT) == gettext(TEXT) == str(lazy)
                assert (_(TEXT) == PORTUGUESE) is (language == "pt_BR")
            assert _(TEXT) == gettext(TEXT) == TEXT
        with force_locale("pt_BR"):
            refresh()
            assert _(TEXT) == gettext(TEXT)


def test_each_context_for_itself(app: Flask) -> None:
    """What one request reads in does not reach the next."""
    for language, words in (("pt_BR", PORTUGUESE), ("en", TEXT), ("pt_BR", PORTUGUESE)):
        with app.test_request_context(), in_language(language):
            assert _(TEXT) == words


def test_values(app: Flask) -> None:
    """Values are put in, and a text without any keeps its percent signs."""
    with app.test_request_context():
        assert _("%(name)s is saved.", name="100%") == "100% is saved."
        assert _("100% of it") == "100% of it"
        assert str(_l("%(name)s is saved.", name="Ada")) == "Ada is saved."


def test_without_an_application() -> None:
    """Outside of any application a text is as it stands in the code."""
    assert _(TEXT) == str(_l(TEXT)) == TEXT
