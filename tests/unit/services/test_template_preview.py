"""Looking at a template before anybody gets it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.errors import InvalidInput
from flask_contacts.mail.delivery import drain
from flask_contacts.models import EmailTemplateText, Link
from flask_contacts.services.mailing.template_preview import preview, send_test
from flask_contacts.testing import RecordingSmtp

pytestmark = pytest.mark.usefixtures("app_context")
WORDS = ("Hi {contact_firstname}", '<p>{customer_name}: <a href="{set_password_url}">go</a></p>')


def test_it_shows_a_real_contact_and_opens_nothing(
    session: Session, make_customer: Any, make_contact: Any
) -> None:
    """Values of the contact, a harmless link, nothing saved and no link issued."""
    contact = make_contact(make_customer(company="Aurora"), firstname="Mara")
    shown = preview(session, "set_password", "en", *WORDS, contact)
    assert shown.subject == "Hi Mara"
    assert "Aurora" in shown.text
    assert "set-password" not in shown.html
    for table in (Link, EmailTemplateText):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_without_a_contact_it_shows_labels(session: Session) -> None:
    """An empty installation can look at its templates too."""
    shown = preview(session, "set_password", "en", *WORDS, None)
    assert shown.subject == "Hi [First name of the contact]"


def test_what_cannot_be_saved_cannot_be_previewed(session: Session) -> None:
    """The same errors at the same fields."""
    with pytest.raises(InvalidInput) as caught:
        preview(session, "welcome", "en", "", "<p>{nothing}</p>", None)
    assert sorted(caught.value.errors) == ["body", "subject"]


def test_a_test_goes_to_its_sender_alone(
    session: Session, smtp: RecordingSmtp, make_customer: Any, make_contact: Any
) -> None:
    """The contact whose values are shown gets nothing."""
    contact = make_contact(make_customer(), firstname="Mara")
    send_test(session, "set_password", "en", *WORDS, contact, "Ada@Example.com")
    drain(session)
    assert smtp.recipients == [["ada@example.com"]]
    assert smtp.messages[0]["Subject"] == "Hi Mara"
