"""Every mail of the package in every language, as its reader gets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from flask_contacts.mail import messages
from flask_contacts.mail.templates import TEMPLATES, merge_fields
from tests.mail_snapshots import compare

SNAPSHOTS = Path(__file__).with_name("snapshots")
LANGUAGES = ("en", "pt_BR")
VALUES = {
    "contact_firstname": "Mara",
    "contact_lastname": "Lind",
    "contact_email": "mara.lind@aurora.example",
    "customer_name": "Aurora Coffee Roasters",
    "company_name": "Studio Marlowe",
    "portal_url": "https://portal.example.com/portal/",
    "set_password_url": "https://portal.example.com/portal/set-password/Zk9vQm1lbnQ.aPx3Tg.kq8-2",
    "confirm_email_url": "https://portal.example.com/portal/confirm-email/Zk9vQm1lbnQ.aPx3Tg.kq8-2",
    "new_email": "mara@lind.example",
    "old_email": "mara@aurora-coffee.example",
    "moment": "November 22, 2026 at 9:41:07 AM CET",
    "network_address": "203.0.113.7",
    "device": "Firefox on Windows",
    "confirm_registration_url": (
        "https://portal.example.com/portal/confirm-registration/Zk9vQm1lbnQ.aPx3Tg.kq8-2"
    ),
    "forgot_password_url": "https://portal.example.com/portal/forgot-password",
    "registration_outcome": "It waits for you to approve or refuse it.",
    "registration_url": "https://crm.example.com/contacts-registrations/show/12",
    "refusal_reason": "We sell to companies in the European Union only.",
    "codes_left": "7",
    "comment_author": "Ada Min",
    "comment_text": "@sam She asks for a quote by Friday. <b>Urgent</b>\nCan you call her?",
    "contact_page_url": "https://crm.example.com/customer-contacts/show/12",
    "reset_password_url": "https://portal.example.com/portal/set-password/Zk9vQm1lbnQ.aPx3Tg.kq8-2",
}


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_mail(app: Flask, session: Session, name: str, language: str) -> None:
    """The mail reads and looks as it did when somebody last looked at it."""
    app.config["CONTACTS_COMPANY_NAME"] = VALUES["company_name"]
    template = TEMPLATES[name]
    values = {field.name: VALUES[field.name] for field in merge_fields(template)}
    words = messages.template_words(session, template, language)
    subject, html, text = messages.render(words, values, language)
    compare(SNAPSHOTS, f"{name}.{language}", subject, html, text)


def test_no_snapshot_is_left_over() -> None:
    """A snapshot whose template has gone is removed with it."""
    expected = {
        f"{name}.{language}.{kind}"
        for name in TEMPLATES
        for language in LANGUAGES
        for kind in ("html", "txt")
    }
    assert {path.name for path in SNAPSHOTS.iterdir()} == expected
