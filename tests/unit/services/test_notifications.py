"""Who gets automatic mail, and who does not; seed 001's examples with a real SMTP server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import Document, MailTemplate, MergeField
from flask_contacts.actors import SYSTEM
from flask_contacts.admin.mail.words import in_words
from flask_contacts.errors import ConfigError, NotFound
from flask_contacts.mail.recipients import (
    FALLBACK_TOPICS,
    find_topic,
    recipients,
    why_not,
)
from flask_contacts.models import ContactPermission, ContactTopic, Mail, Setting
from flask_contacts.services.accounts.preferences import choosable_topics, choose_topics, stop_topic
from flask_contacts.services.contacts import login as contact_login
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.mailing import email_templates
from flask_contacts.services.mailing.notifications import notify
from flask_contacts.services.mailing.send_document import Wish, send_document
from flask_contacts.state import current_contacts
from flask_contacts.testing import RecordingSmtp

pytestmark = pytest.mark.usefixtures("app_context")
CHANGED = MailTemplate(
    "project_changed",
    "Project changed",
    subject="{project_name} has changed",
    body="<p>Dear {contact_firstname}, {project_name} has changed.</p>",
    fields=(MergeField("project_name", "Name of the project"),),
)


@pytest.fixture(autouse=True)
def _template(app_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's template, registered for this test."""
    templates = {**current_contacts.registry.mail_templates, CHANGED.name: CHANGED}
    monkeypatch.setattr(current_contacts.registry, "mail_templates", templates)


def tell(session: Session, customer: Any, **options: Any) -> list[str]:
    """Notify about a project and commit; the addresses that were written to."""
    told = notify(
        session, "project", customer.id, "project_changed", {"project_name": "Relaunch"}, **options
    )
    session.commit()
    return [contact.email for contact in told]


def test_five_see_projects_and_one_gets_the_mail(
    session: Session, smtp: RecordingSmtp, drain: Any, make_customer: Any, make_contact: Any
) -> None:
    """Seed 001: the permission decides what is seen, the topic what is mailed (N3)."""
    customer = make_customer()
    five = [make_contact(customer, permissions=["projects"]) for _ in range(4)]
    five.append(make_contact(customer, permissions=["projects"], topics=["project", "task"]))
    assert tell(session, customer) == [five[-1].email]
    drain()
    assert smtp.recipients == [[five[-1].email]]
    assert smtp.messages[0]["Subject"] == "Relaunch has changed"


def test_the_only_contact_with_the_topic_off_gets_nothing(
    session: Session, make_customer: Callable[..., Any], make_contact: Callable[..., Any]
) -> None:
    """Seed 001, N2: nobody, also when there is only one; unless the topic falls back."""
    customer = make_customer()
    contact = make_contact(customer, permissions=["projects"])
    assert tell(session, customer) == []
    session.add(Setting(name=FALLBACK_TOPICS, value=["project"]))
    session.commit()
    assert tell(session, customer) == [contact.email]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"permissions": ["projects"], "topics": ["project"]}, None),
        ({"permissions": ["projects"]}, "topic_off"),
        ({"topics": ["project"]}, "no_permission"),
        ({"permissions": ["projects"], "topics": ["project"], "do_not_send_emails": True},
         "do_not_send_emails"),
    ],
)  # fmt: skip
def test_each_answer_has_its_reason(
    session: Session, make_customer: Any, make_contact: Any, fields: dict[str, Any], reason: Any
) -> None:
    """The resolver says why not, and its list says the same (N1, N2, N7)."""
    customer = make_customer()
    contact = make_contact(customer, **fields)
    assert why_not(contact, find_topic("project")) == reason
    assert recipients(session, customer.id, "project") == ([contact] if reason is None else [])


def test_it_is_asked_again_before_sending(
    session: Session, smtp: RecordingSmtp, drain: Any, make_customer: Any, make_contact: Any
) -> None:
    """Topic off, permission gone or contact inactive since: cancelled with the reason (M2)."""
    customer = make_customer()
    fields = {"permissions": ["projects"], "topics": ["project"]}
    off, closed, gone, stays = (make_contact(customer, **fields) for _ in range(4))
    assert len(tell(session, customer)) == 4
    session.delete(session.get_one(ContactTopic, (off.id, "project")))
    session.delete(session.get_one(ContactPermission, (closed.id, "projects")))
    session.commit()
    deactivate_contact(session, customer.id, gone.id)
    drain()
    assert smtp.recipients == [[stays.email]]
    session.expire_all()
    errors = session.scalars(select(Mail.error).where(Mail.state == "cancelled")).all()
    assert sorted(filter(None, errors)) == [
        "contact_inactive", "contact_no_permission", "contact_topic_off",
    ]  # fmt: skip


def test_the_same_key_writes_once(session: Session, make_customer: Any, make_contact: Any) -> None:
    """A command that runs twice sends once; a contact that came since is told."""
    customer = make_customer()
    fields = {"permissions": ["projects"], "topics": ["project"]}
    first = make_contact(customer, **fields)
    assert tell(session, customer, dedupe_key="overdue:7") == [first.email]
    assert tell(session, customer, dedupe_key="overdue:7") == []
    second = make_contact(customer, **fields)
    assert tell(session, customer, dedupe_key="overdue:7") == [second.email]
    assert len(tell(session, customer)) == 2


def test_who_caused_it_is_not_told(session: Session, make_customer: Any, make_contact: Any) -> None:
    """Task mail never goes to the one who did it."""
    customer = make_customer()
    fields = {"permissions": ["projects"], "topics": ["project"]}
    doer, other = make_contact(customer, **fields), make_contact(customer, **fields)
    assert tell(session, customer, except_contact_id=doer.id) == [other.email]


def test_mail_is_part_of_the_callers_transaction(
    session: Session, make_customer: Any, make_contact: Any
) -> None:
    """Rolled back with it: nothing was promised."""
    customer = make_customer()
    make_contact(customer, permissions=["projects"], topics=["project"])
    notify(session, "project", customer.id, "project_changed", {"project_name": "x"})
    session.rollback()
    assert session.scalars(select(Mail)).all() == []


def test_mistakes_of_the_host_are_loud(session: Session, make_customer: Any) -> None:
    """An unknown topic or template, and a missing value."""
    customer = make_customer()
    with pytest.raises(ConfigError, match=r"contacts\.C040"):
        notify(session, "nothing", customer.id, "project_changed", {"project_name": "x"})
    with pytest.raises(NotFound):
        notify(session, "project", customer.id, "nothing", {})
    with pytest.raises(ConfigError, match="project_name"):
        notify(session, "project", customer.id, "project_changed", {})


def test_a_template_that_is_off_sends_nothing(
    session: Session, make_customer: Any, make_contact: Any
) -> None:
    """Setup → Email Templates has the last word."""
    customer = make_customer()
    make_contact(customer, permissions=["projects"], topics=["project"])
    email_templates.set_template_enabled(session, "project_changed", False)
    assert tell(session, customer) == []


def test_a_contact_chooses_among_the_permitted(
    session: Session, make_customer: Any, make_contact: Any
) -> None:
    """P5, P9: topics of other modules stay as they are; without P9 only off."""
    from flask_contacts.errors import InvalidInput

    contact = make_contact(
        make_customer(),
        permissions=["projects", "email_notifications"],
        topics=["invoice", "project"],
    )
    assert [topic.name for topic in choosable_topics(contact)] == ["project", "task"]
    choose_topics(session, contact.id, ["task"], None)
    assert contact.topic_names == {"invoice", "task"}
    with pytest.raises(InvalidInput):
        choose_topics(session, contact.id, ["invoice"], None)
    stop_topic(session, contact.id, "task", None)
    assert contact.topic_names == {"invoice"}
    quiet = make_contact(contact.customer_id, permissions=["projects"], topics=["task"])
    assert [topic.name for topic in choosable_topics(quiet)] == ["task"]


def test_mail_of_the_former_customer_stays_behind(
    session: Session, smtp: RecordingSmtp, drain: Any, make_customer: Any, make_contact: Any
) -> None:
    """Who moves gets no waiting mail about the old customer's records; of its links the
    newest is sent."""
    old, new = make_customer(), make_customer()
    stays = make_contact(old)
    mover = make_contact(
        old, permissions=["projects"], topics=["project"], email="mover@example.com"
    )
    tell(session, old)
    for key in ("", "paper:1"):
        paper = Document("Paper", "project_changed", {"project_name": "x"}, old.id, key=key)
        send_document(session, paper, Wish([mover.id], cc="copy@example.com"))
    contact_login.send_link(session, mover, SYSTEM)
    session.commit()
    move_contact(session, old.id, mover.id, new.id, stays.id)
    drain()
    session.expire_all()
    found = session.execute(select(Mail.recipient, Mail.state, Mail.error).order_by(Mail.id))
    assert [tuple(row) for row in found] == [
        ("mover@example.com", "cancelled", "contact_moved"),
        ("mover@example.com", "cancelled", "contact_moved"), ("copy@example.com", "sent", None),
        ("mover@example.com", "cancelled", "contact_moved"), ("copy@example.com", "sent", None),
        ("mover@example.com", "cancelled", "password_changed"), ("mover@example.com", "sent", None),
    ]  # fmt: skip
    assert in_words("contact_moved") == "The contact moved to another customer."
