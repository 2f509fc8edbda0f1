"""View-as on three engines: ended once, whoever ends it; gone with its contact (P8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.models import Activity, PortalView
from flask_contacts.services.access import view_as
from flask_contacts.services.contacts.states import delete_contact
from tests.databases.test_races import THREADS, together

Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1)


def begin(session: Session, contact: Any) -> str:
    """The token of a new view."""
    key, pk, raw = contact.customer_id, contact.id, {"reason": "a race"}
    return view_as.begin(session, key, pk, raw, STAFF, language="en")


def test_a_view_is_ended_once(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """The button and the sign-out in several windows at once: one ends it, noted once."""
    contact = make_contact(make_customer())
    with app.app_context():
        token = begin(session, contact)
    work: list[Callable[[Session], object]] = [
        lambda own: view_as.end(own, token),
        lambda own: view_as.end_all_of(own, 1),
    ]
    results = together(app, [work[number % 2] for number in range(THREADS)])
    assert sorted(map(int, results)) == [0] * (THREADS - 1) + [1]
    session.rollback()
    verbs = session.scalars(select(Activity.verb).where(Activity.verb == "view_as_ended")).all()
    assert len(verbs) == 1


def test_an_erased_contact_leaves_no_view(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """The foreign key is no obstacle, and nothing is left behind."""
    contact = make_contact(make_customer())
    with app.app_context():
        begin(session, contact)
        delete_contact(session, contact.customer_id, contact.id)
    assert session.scalars(select(PortalView)).all() == []
