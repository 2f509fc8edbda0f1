"""The resolver: one answer with its reason, in Python and in SQL (BEHAVIOUR N1, N2, N7)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import MailTemplate, Topic
from flask_contacts.errors import ConfigError
from flask_contacts.mail.recipients import (
    FALLBACK_TOPICS,
    Recipient,
    answer,
    count_recipients,
    explain,
    find_topic,
    is_recipient,
    reach,
    recipients,
    why_not,
)
from flask_contacts.models import Contact, Setting
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.mailing.notifications import notify
from flask_contacts.state import current_contacts
from flask_contacts.testing import RecordingSmtp

pytestmark = pytest.mark.usefixtures("app_context")
WANTS = {"permissions": ["projects"], "topics": ["project"]}


@pytest.fixture
def falls_back(session: Session) -> None:
    """Project mail that nobody wants goes to the primary contact."""
    session.add(Setting(name=FALLBACK_TOPICS, value=["project", "gone"]))
    session.commit()


def in_words(answers: list[Recipient]) -> dict[str, str]:
    """The sentences by the contacts' last names, in their order."""
    return {one.contact.lastname: one.sentence for one in answers}


def test_python_and_sql_say_the_same(
    session: Session, make_customer: Any, make_contact: Any
) -> None:
    """For every combination of what counts, active and not, both give one answer."""
    customer = make_customer()
    flags = (True, False)
    for active, has_email, silent, permitted, is_on in product(flags, repeat=5):
        contact = make_contact(
            customer,
            permissions=["projects"] if permitted else [],
            topics=["project"] if is_on else [],
            do_not_send_emails=silent,
        )
        if not has_email:
            contact.email = contact.email_key = None
        session.commit()
        if not active:
            deactivate_contact(session, customer.id, contact.id, successor(session, customer))
    for topic in (find_topic("project"), find_topic("task"), Topic("news", "News")):
        said = set(session.scalars(select(Contact.id).where(is_recipient(topic))))
        contacts = session.scalars(select(Contact)).all()
        assert len(contacts) == 32
        assert said == {one.id for one in contacts if answer(one, topic, ()).gets}
    assert count_recipients(session, customer.id) == {"project": 1}


def successor(session: Session, customer: Any) -> int | None:
    """Any other active contact than the primary one."""
    query = select(Contact.id).where(Contact.customer_id == customer.id, Contact.active)
    return session.scalar(query.where(Contact.primary_of.is_(None)))


def test_each_reason_in_words(
    session: Session, make_customer: Any, make_contact: Any, statements: Any
) -> None:
    """Those who get it first, then active ones, by name; archived ones and strangers never."""
    customer, other = make_customer(), make_customer()
    make_contact(other, lastname="Stranger", **WANTS)
    make_contact(customer, lastname="Off", permissions=["projects"])
    make_contact(customer, lastname="Closed", topics=["project"])
    make_contact(customer, lastname="Quiet", do_not_send_emails=True, **WANTS)
    make_contact(customer, lastname="Wants", **WANTS)
    gone = make_contact(customer, lastname="Asleep", **WANTS)
    deactivate_contact(session, customer.id, gone.id)
    away = make_contact(customer, lastname="Away", **WANTS)
    archive_contact(session, customer.id, away.id)
    with statements() as seen:
        answers = explain(session, customer.id, "project")
        assert in_words(answers) == {
            "Wants": "Topic is on",
            "Closed": "No permission for Projects",
            "Off": "Topic is off",
            "Quiet": "Do not send emails is ticked",
            "Asleep": "Not active",
        }
    assert list(in_words(answers)) == ["Wants", "Closed", "Off", "Quiet", "Asleep"]
    assert [one.reason for one in answers if one.gets] == ["topic_on"]
    assert len(seen) <= 7
    assert [one.is_on for one in answers] == [True, True, False, True, True]


def test_limit_and_chosen_contacts(
    session: Session, make_customer: Any, make_contact: Any, statements: Any
) -> None:
    """A customer with many contacts costs as much as one with few; chosen ones are found."""
    customer = make_customer()
    key = customer.id
    contacts = [make_contact(customer, lastname=f"N{n:02}") for n in range(12)]
    last = make_contact(customer, lastname="Z", **WANTS)
    stranger = make_contact(make_customer(), **WANTS)
    with statements() as few:
        answers = explain(session, key, "project", limit=2)
    assert [one.contact for one in answers] == [last, contacts[0]]
    with statements() as many:
        assert len(explain(session, key, "project", limit=13)) == 13
    assert len(few) == len(many)
    asked = [contacts[7].id, stranger.id]
    assert [one.contact for one in explain(session, customer.id, "project", contact_ids=asked)] == [
        contacts[7]
    ]
    with pytest.raises(ConfigError):
        explain(session, customer.id, "nothing")


@pytest.mark.usefixtures("falls_back")
def test_fallback(session: Session, make_customer: Any, make_contact: Any) -> None:
    """Nobody wants it: the primary contact gets it, is told first, and nobody else does."""
    customer = make_customer()
    primary = make_contact(customer, lastname="Zed")
    make_contact(customer, lastname="Able", permissions=["projects"])
    answers = explain(session, customer.id, "project")
    assert in_words(answers) == {
        "Zed": "Falls back to the primary contact",
        "Able": "Topic is off",
    }
    assert [one.contact for one in answers if one.gets] == [primary]
    assert recipients(session, customer.id, "project") == [primary]
    assert recipients(session, customer.id, "task") == []
    assert reach(session, customer.id).topics == {"project"}
    assert why_not(primary, find_topic("project")) is None
    make_contact(customer, lastname="Wants", **WANTS)
    session.refresh(primary)
    assert why_not(primary, find_topic("project")) == "no_permission"
    assert reach(session, customer.id).fallbacks == frozenset()


@pytest.mark.usefixtures("falls_back")
def test_no_fallback_to_who_gets_no_mail(
    session: Session, make_customer: Any, make_contact: Any
) -> None:
    """Do not send emails stops the fallback too (N7)."""
    customer = make_customer()
    primary = make_contact(customer, do_not_send_emails=True)
    assert recipients(session, customer.id, "project") == []
    assert reach(session, customer.id).topics == frozenset()
    assert why_not(primary, find_topic("project")) == "do_not_send_emails"
    assert [one.reason for one in explain(session, customer.id, "project")] == [
        "do_not_send_emails"
    ]


@pytest.mark.usefixtures("falls_back")
def test_fallback_arrives(
    session: Session,
    smtp: RecordingSmtp,
    drain: Any,
    make_customer: Any,
    make_contact: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What falls back is still due when it is sent; and not once somebody else wants it."""
    changed = MailTemplate("changed", "Changed", subject="Changed", body="<p>Changed.</p>")
    templates = {**current_contacts.registry.mail_templates, "changed": changed}
    monkeypatch.setattr(current_contacts.registry, "mail_templates", templates)
    customer, late = make_customer(), make_customer()
    primary, former = make_contact(customer), make_contact(late)
    for one in (customer, late):
        notify(session, "project", one.id, "changed", {})
    session.commit()
    make_contact(late, **WANTS)
    drain()
    assert smtp.recipients == [[primary.email]]
    assert former.email != primary.email


def test_mail_to_many_costs_no_more_statements(
    session: Session, make_customer: Any, make_contact: Any, statements: Any
) -> None:
    """Who gets it is asked once, not for each contact."""
    counts: list[int] = []
    for size in (1, 9):
        customer = make_customer()
        for _number in range(size):
            make_contact(customer, **WANTS)
        session.expire_all()
        key = customer.id
        with statements() as seen:
            assert len(recipients(session, key, "project")) == size
        counts.append(len(seen))
    assert counts[0] == counts[1]
