"""The outbox as staff see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Mail
from flask_contacts.services.mailing import mail_counts, outgoing_mail
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
    sent = outgoing_mail.MailFilter(state="sent")
    assert outgoing_mail.list_mail(session, sent).items == []


@pytest.mark.usefixtures("five")
def test_a_failed_mail_is_sent_again(session: Session, smtp: RecordingSmtp) -> None:
    """It goes back to the queue with its Message-ID; sent ones stay as they are."""
    smtp.replies["n0@example.com"] = "550 no"
    drain(session)
    assert mail_counts.count_by_state(session) == {
        "waiting": 0, "sending": 0, "sent": 4, "failed": 1, "cancelled": 0,
    }  # fmt: skip
    smtp.replies.clear()
    ids = session.scalars(select(Mail.id)).all()
    assert outgoing_mail.send_again(session, ids) == 1
    drain(session)
    assert mail_counts.count_by_state(session)["sent"] == 5
    assert len({message["Message-ID"] for message in smtp.messages}) == 5


@pytest.mark.usefixtures("five")
def test_a_cancelled_mail_is_not_sent(session: Session, smtp: RecordingSmtp) -> None:
    """Cancelled before it left; the others go."""
    first = session.scalars(select(Mail.id)).first()
    assert first is not None
    assert outgoing_mail.cancel(session, [first]) == 1
    drain(session)
    assert len(smtp.messages) == 4
    assert outgoing_mail.send_again(session, [first]) == 1  # staff may think again
    drain(session)
    assert len(smtp.messages) == 5


@pytest.mark.usefixtures("five")
def test_the_last_fourteen_days(session: Session, smtp: RecordingSmtp) -> None:
    """A row for each day, empty ones too, the present one last."""
    drain(session)
    days = mail_counts.last_days(session)
    assert len(days) == 14
    assert list(days.values())[-1]["sent"] == 5
    with time_machine.travel(utc_now() + timedelta(days=3)):
        later = mail_counts.last_days(session)
    assert [row["sent"] for row in later.values()][-4:] == [5, 0, 0, 0]


@pytest.mark.usefixtures("five")
def test_counting_goes_no_further_than_asked(session: Session) -> None:
    """However many there are, the statement stops one above what is shown."""
    assert mail_counts.count_by_state(session, most=3)["waiting"] == 4
    assert mail_counts.count_by_state(session)["waiting"] == 5


@pytest.mark.usefixtures("five")
def test_what_is_sent_leaves_again_only_when_asked_twice(
    session: Session, smtp: RecordingSmtp
) -> None:
    """The same mail with the same Message-ID, and never by a selection made in passing."""
    drain(session)
    ids = list(session.scalars(select(Mail.id)))
    assert outgoing_mail.send_again(session, ids) == 0
    assert outgoing_mail.send_again(session, ids[:1], sent_too=True) == 1
    drain(session)
    assert len(smtp.messages) == 6
    assert len({message["Message-ID"] for message in smtp.messages}) == 5


@pytest.mark.usefixtures("five")
def test_a_mail_without_its_words_is_not_sent_again(session: Session, smtp: RecordingSmtp) -> None:
    """What retention has emptied would leave as nothing."""
    drain(session)
    session.execute(update(Mail).values(message=None, recipient="", subject=""))
    session.commit()
    ids = list(session.scalars(select(Mail.id)))
    assert outgoing_mail.send_again(session, ids, sent_too=True) == 0
