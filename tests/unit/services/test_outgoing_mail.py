"""The outbox as staff see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Mail
from flask_contacts.services import outgoing_mail
from flask_contacts.testing import RecordingSmtp

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def five(make_customer: Any, make_contact: Any) -> None:
    """Five welcome mails that wait."""
    customer = make_customer()
    for number in range(5):
        make_contact(customer, email=f"n{number}@example.com", no_welcome_mail=False)


@pytest.mark.usefixtures("five")
def test_pages_by_key_hold_every_mail_once(session: Session) -> None:
    """Newest first; the last page says that it is the last; a state narrows it down."""
    seen, before = [], None
    while True:
        page = outgoing_mail.list_mail(session, before=before, size=2)
        seen += [mail.id for mail in page.items]
        before = page.before
        if before is None:
            break
    assert seen == sorted(session.scalars(select(Mail.id)), reverse=True)
    assert outgoing_mail.list_mail(session, state="sent").items == []


@pytest.mark.usefixtures("five")
def test_a_failed_mail_is_sent_again(session: Session, smtp: RecordingSmtp) -> None:
    """It goes back to the queue with its Message-ID; sent ones stay as they are."""
    smtp.replies["n0@example.com"] = "550 no"
    drain(session)
    assert outgoing_mail.count_by_state(session) == {
        "waiting": 0, "sending": 0, "sent": 4, "failed": 1, "cancelled": 0,
    }  # fmt: skip
    smtp.replies.clear()
    ids = session.scalars(select(Mail.id)).all()
    assert outgoing_mail.send_again(session, ids) == 1
    drain(session)
    assert outgoing_mail.count_by_state(session)["sent"] == 5
    assert len({message["Message-ID"] for message in smtp.messages}) == 5


@pytest.mark.usefixtures("five")
def test_a_cancelled_mail_is_not_sent(session: Session, smtp: RecordingSmtp) -> None:
    """Cancelled before it left; the others go."""
    first = session.scalars(select(Mail.id)).first()
    assert first is not None
    assert outgoing_mail.cancel(session, [first]) == 1
    drain(session)
    assert len(smtp.messages) == 4
    assert outgoing_mail.send_again(session, [first]) == 0


@pytest.mark.usefixtures("five")
def test_the_last_fourteen_days(session: Session, smtp: RecordingSmtp) -> None:
    """A row for each day, empty ones too, the present one last."""
    drain(session)
    days = outgoing_mail.last_days(session)
    assert len(days) == 14
    assert list(days.values())[-1]["sent"] == 5
    with time_machine.travel(utc_now() + timedelta(days=3)):
        later = outgoing_mail.last_days(session)
    assert [row["sent"] for row in later.values()][-4:] == [5, 0, 0, 0]
