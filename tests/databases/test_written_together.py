"""Rows of several tables, written beside each other on every engine."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flask_contacts.models import Activity, ContactPermission, ContactTopic, Link, Mail
from flask_contacts.models.together import insert_rows, write, write_values, written_together

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def contact(make_customer: Any, make_contact: Any, session: Session) -> Any:
    """A contact with a login, without permissions and topics."""
    made = make_contact(make_customer(), permissions=[], topics=[])
    session.execute(delete(Mail))
    session.execute(delete(Activity))
    session.execute(delete(Link))
    session.commit()
    session.refresh(made)
    return made


def test_every_row_has_its_values_and_its_defaults(
    session: Session, contact: Any, statements: Any
) -> None:
    """On PostgreSQL by one statement, elsewhere by one for each table; JSON and times too. Rows of
    one table get their keys in the order in which they were written: pages show them by that."""
    with statements() as seen:
        with written_together(session, Link, Mail, Activity):
            link = write(session, _link(contact, "u1"))
            for template in ("welcome", "set_password"):
                write(session, _mail(template, contact, link.uuid))
            event = {
                "contact_id": contact.id,
                "verb": "created",
                "actor_kind": "system",
                "actor_name": "",
            }
            for changes in ({"email": [None, "ü"]}, {}):
                write_values(session, Activity, {**event, "changes": changes})
        session.commit()
    inserts = [one for one in seen if "INSERT" in one]
    assert len(inserts) == (1 if _is_postgresql(session) else 3), inserts
    stored = session.scalars(select(Link)).one()
    assert (stored.uuid, stored.purpose) == ("u1", "set_password")
    assert stored.created_at is not None
    mails = session.scalars(select(Mail).order_by(Mail.id)).all()
    assert [(one.template, one.state, one.attempts, one.link_uuid) for one in mails] == [
        ("welcome", "waiting", 0, "u1"),
        ("set_password", "waiting", 0, "u1"),
    ]
    events = session.scalars(select(Activity).order_by(Activity.id)).all()
    assert [one.changes for one in events] == [{"email": [None, "ü"]}, {}]
    assert all(one.happened_at for one in events)


@pytest.mark.parametrize("count", [0, 1, 12, 40])
def test_any_number_of_rows(session: Session, contact: Any, statements: Any, count: int) -> None:
    """However many there are of either; a lot is written by a statement for each table."""
    permissions = [ContactPermission(contact_id=contact.id, name=f"p{n}") for n in range(count)]
    topics = [ContactTopic(contact_id=contact.id, name=f"t{n}") for n in range(min(count, 12))]
    with statements() as seen:
        insert_rows(session, permissions, topics)
        session.commit()
    at_once = _is_postgresql(session) and count < 40
    assert len([one for one in seen if "INSERT" in one]) == (1 if at_once else 2) * bool(count)
    for model, rows in ((ContactPermission, permissions), (ContactTopic, topics)):
        names = session.scalars(select(model.name).where(model.contact_id == contact.id))
        assert sorted(names) == sorted(row.name for row in rows)


def test_what_is_refused_leaves_nothing(session: Session, contact: Any) -> None:
    """One row that the database refuses takes the others with it."""
    permission = ContactPermission(contact_id=contact.id, name="invoices")
    twice = [ContactTopic(contact_id=contact.id, name="invoice") for _ in range(2)]
    with pytest.raises(IntegrityError):
        insert_rows(session, [permission], twice)
    session.rollback()
    kept = select(ContactPermission).where(ContactPermission.contact_id == contact.id)
    assert session.scalars(kept).all() == []


def _link(contact: Any, uuid: str) -> Link:
    ids = {"login_id": contact.login_id, "contact_id": contact.id}
    return Link(purpose="set_password", uuid=uuid, lifetime=60, **ids)


def _mail(template: str, contact: Any, link_uuid: str) -> Mail:
    return Mail(
        template=template, message_id=f"<{template}@example.com>", language="en",
        recipient="mara@example.com", subject="Words", contact_id=contact.id,
        link_uuid=link_uuid, parameters={},
    )  # fmt: skip


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def test_a_new_contacts_history_stands_in_its_order(
    session: Session, make_customer: Any, make_contact: Any
) -> None:
    """What happened first has the lower key, of the activity and of the mails (S5)."""
    customer = make_customer()
    make_contact(customer)
    typed = {"is_primary": True, "send_password_mail": True, "no_welcome_mail": False}
    made = make_contact(customer, **typed)
    rows = session.execute(
        select(Activity.contact_id, Activity.verb).order_by(Activity.id.desc()).limit(5)
    ).all()
    verbs = ["created", "no_longer_primary", "made_primary", "login_created"]
    assert [one.verb for one in reversed(rows)] == [*verbs, "set_password_link_sent"]
    mails = select(Mail.template).where(Mail.contact_id == made.id).order_by(Mail.id)
    assert session.scalars(mails).all() == ["welcome", "set_password"]
