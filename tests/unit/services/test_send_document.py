"""Sending by hand, below the dialog: one transaction, one mail each, once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask_babel import get_locale
from flask_babel.speaklater import LazyString
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import Attachment, Document, MailTemplate, MergeField
from flask_contacts.errors import ConfigError, InvalidInput
from flask_contacts.mail.merge_fields import check
from flask_contacts.mail.messages import Words
from flask_contacts.mail.recipients import FALLBACK_TOPICS
from flask_contacts.models import Activity, Contact, Mail, Setting
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.mailing import document_letters, document_recipients
from flask_contacts.services.mailing.document_history import sent_mails
from flask_contacts.services.mailing.document_recipients import candidates
from flask_contacts.services.mailing.send_document import Wish, send_document
from flask_contacts.state import current_contacts
from flask_contacts.testing import RecordingSmtp

pytestmark = pytest.mark.usefixtures("app_context")
Make = Callable[..., Any]
TOKEN = "0" * 32
PAPER = MailTemplate(
    "paper",
    "A paper",
    subject="Paper of {day}",
    body="<p>Dear {contact_firstname}, of {day}.</p>",
    fields=(MergeField("day", "Day"),),
)
LINKED = MailTemplate("linked", "Linked", "x", "<a href='{go}'>x</a>", link_field="go")


@pytest.fixture(autouse=True)
def _templates(app_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's templates, registered for this test."""
    known = current_contacts.registry.mail_templates
    added = {PAPER.name: PAPER, LINKED.name: LINKED}
    monkeypatch.setattr(current_contacts.registry, "mail_templates", {**known, **added})


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """Whose paper it is."""
    return make_customer()


@pytest.fixture
def paper(customer: Any) -> Document:
    """A document for its primary contact."""
    return Document(
        "Paper 1", "paper", {"day": "Monday"}, customer_id=customer.id, key="paper:1",
        attachments=lambda language: [Attachment("a.txt", language.encode(), "text/plain")],
    )  # fmt: skip


def count(session: Session, table: Any) -> int:
    """How many rows there are."""
    return int(session.scalar(select(func.count()).select_from(table)) or 0)


def test_lazy_values_speak_the_readers_language(
    session: Session, smtp: RecordingSmtp, drain: Make, customer: Any, paper: Document,
    make_contact: Make,
) -> None:  # fmt: skip
    """N8: a date or an amount becomes text when the mail is written, and not before."""
    ids = [make_contact(customer, language=language).id for language in ("en", "pt_BR")]
    lazy = replace(paper, values={"day": LazyString(lambda: f"day in {get_locale()}")})
    send_document(session, lazy, Wish(ids))
    drain()
    assert sorted(str(mail["Subject"]) for mail in smtp.messages) == [
        "Paper of day in en", "Paper of day in pt_BR",
    ]  # fmt: skip


def test_a_value_is_never_taken_for_a_merge_field(
    session: Session, customer: Any, paper: Document, make_contact: Make
) -> None:
    """M1: what a customer wrote may look like one; the text with it can still be changed."""
    contact = make_contact(customer)
    named = replace(paper, values={"day": "{contact_email} & {nonsense}"})
    found = document_letters.words(session, named, "en")
    check(found.subject, {"day"})
    sent = send_document(session, named, Wish([contact.id], words=Words(f"{found.subject}!", "x")))
    assert [one.id for one in sent.to] == [contact.id]
    [subject] = session.scalars(select(Mail.subject))
    assert subject == "Paper of {contact_email} & {nonsense}!"


def test_what_the_host_refuses_is_not_sent(
    session: Session, customer: Any, paper: Document, make_contact: Make
) -> None:
    """2.3.3: after_send belongs to the transaction; nothing stays of it."""
    contact, before = make_contact(customer), count(session, Activity)
    seen: list[Sequence[Contact]] = []

    def refuse(sent: Sequence[Contact]) -> None:
        seen.append(sent)
        session.add(Setting(name="mine", value=[]))
        raise InvalidInput({"": ["It is paid already."]})

    with pytest.raises(InvalidInput, match="paid"):
        send_document(session, paper, Wish([contact.id]), after_send=refuse)
    assert [[one.id for one in sent] for sent in seen] == [[contact.id]]
    assert (count(session, Mail), count(session, Activity)) == (0, before)
    assert session.get(Setting, "mine") is None


def test_two_at_the_same_moment_send_once(
    app: Flask, session: Session, customer: Any, paper: Document, make_contact: Make
) -> None:
    """A double click on two threads: one mail, and one of the two says that it was sent."""
    contact, ready = make_contact(customer).id, threading.Barrier(2)
    results: list[Any] = []

    def click() -> None:
        with app.app_context():
            ready.wait(timeout=10)
            own = current_contacts.session
            results.append(send_document(own, paper, Wish([contact], "b@example.com", token=TOKEN)))

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted((len(one.to), len(one.copies), len(one.already)) for one in results) == [
        (0, 0, 1), (1, 1, 0),
    ]  # fmt: skip
    assert count(session, Mail) == 2


def test_files_are_made_once_for_each_language(
    session: Session, customer: Any, paper: Document, make_contact: Make
) -> None:
    """A PDF takes a moment: not one for each recipient, and none while the database waits."""
    ids = [make_contact(customer, language=one).id for one in ("en", "en", "pt_BR")]
    made: list[str] = []

    def make(language: str) -> list[Attachment]:
        made.append(f"{language} {get_locale()}")
        return []

    send_document(session, replace(paper, attachments=make), Wish(ids))
    assert sorted(made) == ["en en", "pt_BR pt_BR"]


def test_who_falls_back_is_selected(
    session: Session, customer: Any, paper: Document, make_contact: Make
) -> None:
    """N1: the dialog asks the same resolver as automatic mail, its fallback included."""
    primary, _other = (make_contact(customer, permissions=["invoices"]) for _ in range(2))
    document = replace(paper, topic="invoice")
    assert candidates(session, document).selected == []
    session.add(Setting(name=FALLBACK_TOPICS, value=["invoice"]))
    session.commit()
    [one] = candidates(session, document).selected
    assert (one.id, one.reason) == (primary.id, "fallback")


def test_no_more_than_a_hundred_at_once(
    session: Session, customer: Any, paper: Document, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The rest is neither selected nor taken, and both are said."""
    monkeypatch.setattr(document_recipients, "MOST", 2)
    monkeypatch.setattr(document_recipients, "OTHERS", 1)
    wants = {"permissions": ["invoices"], "topics": ["invoice"]}
    ids = [make_contact(customer, **wants).id for _ in range(3)]
    found = candidates(session, replace(paper, topic="invoice"))
    assert (len(found.selected), found.cut) == (2, True)
    with pytest.raises(InvalidInput, match="at most 2"):
        send_document(session, paper, Wish(ids))
    assert count(session, Mail) == 0


@pytest.mark.parametrize(
    "change", [{"values": {}}, {"template": "linked", "values": {"go": "x"}}], ids=["field", "link"]
)
def test_a_document_that_does_not_fit_its_template(
    session: Session, customer: Any, paper: Document, make_contact: Make, change: dict[str, Any]
) -> None:
    """A missing value is a mistake of the host's, and so is a template that mints links."""
    contact = make_contact(customer)
    with pytest.raises(ConfigError, match=r"C056"):
        send_document(session, replace(paper, **change), Wish([contact.id]))


def test_the_history_is_short_and_forgets(
    session: Session, customer: Any, paper: Document, make_contact: Make
) -> None:
    """The newest twenty, of this document alone; without addresses where those are gone."""
    make_contact(customer)
    contact = make_contact(customer)
    wish = Wish([contact.id], cc="boss@example.com")
    for _ in range(11):
        send_document(session, paper, wish)
    send_document(session, replace(paper, key="paper:2"), wish)
    send_document(session, replace(paper, key=""), wish)
    found = sent_mails(session, "paper:1")
    assert len(found) == 20
    assert [(one.recipient, one.state, one.is_copy) for one in found[:2]] == [
        ("boss@example.com", "waiting", True),
        (contact.email, "waiting", False),
    ]
    assert len(sent_mails(session, "paper:2")) == 2
    assert sent_mails(session, "") == []
    archive_contact(session, customer.id, contact.id)
    anonymise_contact(session, customer.id, contact.id)
    assert {(one.recipient, one.state) for one in sent_mails(session, "paper:1")} == {
        ("", "cancelled")
    }
    assert set(session.scalars(select(Mail.message))) == {None}  # copies name the person too


def test_files_may_come_one_by_one(
    session: Session, customer: Any, paper: Document, make_contact: Make
) -> None:
    """A generator of files is read once and its files are sent, not lost."""
    contact = make_contact(customer)
    several = replace(
        paper, attachments=lambda _language: (Attachment(f"{n}.txt", b"x") for n in range(2))
    )
    send_document(session, several, Wish([contact.id]))
    mail = session.scalars(select(Mail)).one()
    assert (mail.message or b"").count(b"filename=") == 2
