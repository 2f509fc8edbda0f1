"""Every mail, the package's and the example's, in every language that the example offers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale

from example_app import formatting, mail_fields
from example_app.database import db
from flask_contacts.mail import messages
from flask_contacts.mail.templates import all_templates, merge_fields
from flask_contacts.registry import MailTemplate
from flask_contacts.services.mailing.template_preview import example
from scripts import translations
from tests.example import filled_example

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

LANGUAGES = tuple({"pt": "pt_PT"}.get(name, name) for name in translations.LANGUAGES)
#: An amount, a number and a day as readers of the language write them.
WRITTEN = {
    "es": ("12.345,60 €", "12.345,6", "15 mar 2027"),
    "it": ("12.345,60 €", "12.345,6", "15 mar 2027"),
    "pt_PT": ("12 345,60 €", "12 345,6", "15/03/2027"),
    "pt_BR": ("€ 12.345,60", "12.345,6", "15 de mar. de 2027"),
}
_FIELD = re.compile(r"\{\w+\}")


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The example."""
    app = filled_example(tmp_path_factory.mktemp("mail_languages"))
    with app.app_context():
        yield app


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language that is shipped, as the example offers it."""
    return str(request.param)


def rendered(template: MailTemplate, language: str, *, filled: bool) -> tuple[str, str, str]:
    """Subject, HTML and text, with examples for values or with the merge fields themselves."""
    fields = merge_fields(template)
    values = {field.name: example(field, language) for field in fields} if filled else {}
    words = messages.template_words(db.session, template, language)
    return messages.render(words, values, language)


def sentences(text: str) -> set[str]:
    """The lines that say something: three words or more besides merge fields."""
    found = {line.strip() for line in text.splitlines()}
    return {line for line in found if len(re.findall(r"[^\W\d_]{2,}", _FIELD.sub("", line))) > 2}


def test_no_mail_speaks_english(studio: Flask, language: str) -> None:
    """No line of a mail and of the frame around it is the English one, nor is its subject."""
    left = {}
    for name, template in all_templates().items():
        english, own = (rendered(template, one, filled=False) for one in ("en", language))
        assert f'<html lang="{language.replace("_", "-")}"' in own[1], name
        left[name] = sentences(english[2]) & sentences(own[2])
        if english[0] == own[0] and re.search(r"[^\W\d_]{3,}", _FIELD.sub("", own[0])):
            left[name].add(own[0])
    assert len(left) > 20
    assert {name: lines for name, lines in left.items() if lines} == {}


def test_no_merge_field_stays(studio: Flask, language: str) -> None:
    """A translation that has lost or bent the name of a field would be mailed with braces."""
    for name, template in all_templates().items():
        for part in rendered(template, language, filled=True):
            assert not re.search(r"[{}]", re.sub(r"<style>.*?</style>", "", part, flags=re.S)), name


def test_values_are_written_as_in_the_language(studio: Flask, language: str) -> None:
    """Money, numbers and days by Babel, in the mail too."""
    amount, number, day = WRITTEN[language]
    with force_locale(language):
        found = formatting.money(Decimal("12345.60")), formatting.quantity(Decimal("12345.60"))
        assert tuple(map(_plain, found)) == (amount, number)
    wanted = {mail_fields.AMOUNT, mail_fields.DUE}
    template = next(one for one in all_templates().values() if wanted <= set(merge_fields(one)))
    text = _plain(rendered(template, language, filled=True)[2])
    assert day in text
    assert _plain(example(mail_fields.AMOUNT, language)) in text


def _plain(text: str) -> str:
    """With blanks in place of those that do not break a line."""
    return re.sub(r"[\u00a0\u202f]", " ", text)
