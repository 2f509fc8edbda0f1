"""Several who save one record's form at the same moment, opened before, on three engines."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from flask_contacts.errors import Overtaken
from flask_contacts.models import Contact, MarketingList
from flask_contacts.services.agent.contacts import (
    create_agent_contact,
    edit_agent_contact,
    form_values,
)
from flask_contacts.services.contacts.editing import edit_contact
from flask_contacts.services.contacts.lists import contact_form
from flask_contacts.services.marketing.lists import create_list, edit_list
from flask_contacts.services.meanwhile import marks_of
from tests.databases.test_races import THREADS, together

Make = Callable[..., Any]


@pytest.mark.parametrize("edit", [edit_contact, edit_agent_contact])
@pytest.mark.parametrize("has_customer", [True, False])
def test_one_of_them_changes_a_field(
    app: Flask,
    session: Session,
    make_customer: Make,
    edit: Callable[..., Any],
    has_customer: bool,
) -> None:
    """Each types another position into the form as it was opened: one is saved, and the others
    are told so, whichever way the contact is locked."""
    customer_id = make_customer().id if has_customer else None
    with app.app_context():
        contact_id = _contact(session, customer_id)
        opened = dict(form_values(session.get_one(Contact, contact_id)))
        session.rollback()
    positions = [f"No. {number}" for number in range(THREADS)]

    def save(own: Session, position: str) -> Any:
        raw = {**opened, "position": position}
        return edit(own, customer_id, contact_id, raw, opened=marks_of(opened)).contact.position

    results = together(app, [partial(save, position=one) for one in positions])
    saved = [one for one in results if isinstance(one, str)]
    assert len(saved) == 1
    assert sum(isinstance(one, Overtaken) for one in results) == THREADS - 1
    session.rollback()
    assert session.get_one(Contact, contact_id).position == saved[0]


def _contact(session: Session, customer_id: Any) -> int:
    """A contact with an address and without a login, of a customer or of none."""
    raw = {"firstname": "Ada", "lastname": "Race", "email": "ada@example.com", "is_user": False}
    made: int = create_agent_contact(session, customer_id, raw).contact.id
    return made


def test_each_changes_a_field_of_its_own(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Different fields, permissions and topics at the same moment: none is lost."""
    contact = make_contact(make_customer(), permissions=["invoices"], topics=["invoice"])
    key, pk = contact.customer_id, contact.id
    with app.app_context():
        opened = contact_form(session, key, pk).values
        session.rollback()
    changes: list[dict[str, Any]] = [
        {"position": "Captain"}, {"notes": "Rang."}, {"middle_name": "B"}, {"do_not_call": True},
        {"permissions": ["invoices", "support"]}, {"permissions": []},
        {"topics": ["invoice", "tickets"]}, {"topics": ["contract", "invoice"]},
    ]  # fmt: skip

    def save(own: Session, change: dict[str, Any]) -> Any:
        return edit_contact(own, key, pk, {**opened, **change}, opened=marks_of(opened))

    results = together(app, [partial(save, change=one) for one in changes])
    assert not [one for one in results if isinstance(one, Exception)]
    session.expire_all()
    now = session.get_one(Contact, pk)
    assert (now.position, now.notes, now.middle_name, now.do_not_call) == (
        *("Captain", "Rang.", "B"),
        True,
    )
    assert now.permission_names == {"support"}
    assert now.topic_names == {"invoice", "tickets", "contract"}


def test_one_of_them_renames_a_list(app: Flask, session: Session) -> None:
    """The same of a record that has no lock of its own."""
    with app.app_context():
        pk = create_list(session, {"name": "News", "description": "One."}).id
        session.rollback()
    opened = {"name": "News", "description": "One."}

    def save(own: Session, text: str) -> Any:
        raw = {**opened, "description": text}
        return edit_list(own, pk, raw, opened=marks_of(opened)).description

    results = together(app, [partial(save, text=f"No. {one}") for one in range(THREADS)])
    [saved] = [one for one in results if isinstance(one, str)]
    assert sum(isinstance(one, Overtaken) for one in results) == THREADS - 1
    session.rollback()
    assert session.get_one(MarketingList, pk).description == saved
