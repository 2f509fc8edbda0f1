"""Every mail of the example in every language, as its reader gets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from example_app import answer_mails, mail_templates, talk_mails
from example_app.database import db
from flask_contacts.mail import messages
from flask_contacts.mail.templates import merge_fields
from flask_contacts.registry import MailTemplate
from flask_contacts.services.mailing.template_preview import example
from tests.example import filled_example
from tests.mail_snapshots import compare

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

TEMPLATES = (*mail_templates.TEMPLATES, *answer_mails.TEMPLATES, *talk_mails.TEMPLATES)
SNAPSHOTS = Path(__file__).with_name("example_mails")
LANGUAGES = ("en", "pt_BR")
PERSON = {
    "contact_firstname": "Mara",
    "contact_lastname": "Lind",
    "contact_email": "mara.lind@aurora.example",
    "customer_name": "Aurora Coffee Roasters",
    "company_name": "Studio Marlowe",
    "portal_url": "https://portal.example.com/portal/",
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The example, at an address that never changes."""
    app = filled_example(tmp_path_factory.mktemp("snapshots"))
    app.config["CONTACTS_BASE_URL"] = "https://portal.example.com"
    with app.app_context():
        yield app


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_mail(studio: Flask, template: MailTemplate, language: str) -> None:
    """The mail reads and looks as it did when somebody last looked at it."""
    values = {field.name: example(field, language) for field in merge_fields(template)}
    words = messages.template_words(db.session, template, language)
    subject, html, text = messages.render(words, {**values, **PERSON}, language)
    compare(SNAPSHOTS, f"{template.name}.{language}", subject, html, text)


def test_no_snapshot_is_left_over() -> None:
    """A snapshot whose template has gone is removed with it."""
    expected = {
        f"{template.name}.{language}.{kind}"
        for template in TEMPLATES
        for language in LANGUAGES
        for kind in ("html", "txt")
    }
    assert {path.name for path in SNAPSHOTS.iterdir()} == expected
