"""Whose words a reader gets, and in which language."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from flask_contacts.mail.messages import render, spoken_by, template_words
from flask_contacts.mail.templates import WELCOME
from flask_contacts.models import EmailTemplateText
from flask_contacts.registry import MailTemplate

pytestmark = pytest.mark.usefixtures("app_context")
PLAIN = MailTemplate("visit", "Visit", subject="Besuch", body="<p>Guten Tag</p>")
UNTRANSLATED = MailTemplate("visit", "Visit", subject=_l("A visit"), body=_l("<p>Hello there</p>"))


@pytest.fixture
def write(session: Session) -> Any:
    """``write("pt")`` keeps words of the staff for the templates of these tests."""

    def keep(*languages: str) -> None:
        for language in languages:
            for name in (WELCOME.name, PLAIN.name):
                session.add(
                    EmailTemplateText(name=name, language=language, subject="S", body=language)
                )
        session.commit()

    return keep


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [
        ((), "pt_BR", "Olá"),
        ((), "en", "Dear"),
        (("en", "pt", "pt_BR"), "pt_BR", "pt_BR"),
        (("en", "pt"), "pt_BR", "pt"),
        (("en",), "pt_BR", "Olá"),
        (("pt_BR",), "pt", "Olá"),
        (("en",), "fr", "en"),
        (("pt_BR",), "fr", "Dear"),
        (("en",), "en_GB", "en"),
        (("pt_BR",), "en", "Dear"),
    ],
)
def test_order(
    session: Session, write: Any, written: tuple[str, ...], language: str, expected: str
) -> None:
    """N8, M1: the staff's, the staff's in the base language, ours; then the default language's."""
    write(*written)
    words = template_words(session, WELCOME, language)
    assert expected in words.body
    assert words.changed is (expected in written)


@pytest.mark.parametrize(
    ("written", "language", "expected"),
    [((), "fr", "Olá"), (("pt",), "fr", "pt"), (("pt_BR",), "en", "Dear"), ((), "en", "Dear")],
)
def test_default_language_is_not_english(
    app: Flask, session: Session, write: Any, written: tuple[str, ...], language: str, expected: str
) -> None:
    """What nobody has written in French is sent in the host's language; English is ours."""
    app.config["BABEL_DEFAULT_LOCALE"] = "pt_BR"
    write(*written)
    assert expected in template_words(session, WELCOME, language).body


def test_plain_template_is_in_the_default_language(
    app: Flask, session: Session, write: Any
) -> None:
    """A host's template without translations: the staff's words in its language are better."""
    app.config["BABEL_DEFAULT_LOCALE"] = "de"
    assert "Guten Tag" in template_words(session, PLAIN, "en").body
    write("de")
    assert template_words(session, PLAIN, "en").body == "de"


def test_host_template_without_a_translation(session: Session, write: Any) -> None:
    """A lazy template that no catalog knows in Portuguese gives way to the staff's English."""
    write("en")
    assert template_words(session, UNTRANSLATED, "pt_BR").body == "en"
    assert template_words(session, UNTRANSLATED, "en_GB").body == "en"


def test_the_frame_speaks_as_the_words_do(session: Session, write: Any) -> None:
    """One language from the first line to the last, and the page says which."""
    write("en")
    _subject, html, text = render(template_words(session, WELCOME, "fr"), {}, "fr")
    assert '<html lang="en"' in html
    _subject, html, text = render(template_words(session, WELCOME, "pt_BR"), {}, "pt_BR")
    assert '<html lang="pt-BR"' in html
    assert "Você é um contato" in text


def test_words_of_the_base_language_keep_the_readers_frame(session: Session, write: Any) -> None:
    """Portuguese words for a Brazilian reader stand in the Brazilian frame."""
    write("pt")
    _subject, html, text = render(template_words(session, WELCOME, "pt_BR"), {}, "pt_BR")
    assert '<html lang="pt-BR"' in html
    assert "Você é um contato" in text


def test_one_statement(session: Session, write: Any, statements: Any) -> None:
    """However many languages are asked for, the words take one statement."""
    write("en", "pt")
    with statements() as seen:
        template_words(session, WELCOME, "pt_BR")
    assert len(seen) == 1


def test_spoken_by() -> None:
    """Each part that is taken away leaves a language that the reader knows too."""
    assert spoken_by("zh_Hant_TW") == ("zh_Hant_TW", "zh_Hant", "zh")
