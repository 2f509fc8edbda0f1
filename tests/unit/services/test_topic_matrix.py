"""Who gets what: the matrix as it is read, and what saving it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import MailTemplate
from flask_contacts.actors import SYSTEM, Actor
from flask_contacts.errors import InvalidInput
from flask_contacts.models import Activity, Contact
from flask_contacts.services.accounts.preferences import choose_topics
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.services.mailing.notifications import notify
from flask_contacts.services.mailing.topic_matrix import matrix_of, matrix_page, save_topics
from flask_contacts.signals import contact_changed
from flask_contacts.state import current_contacts
from flask_contacts.testing import RecordingSmtp

pytestmark = pytest.mark.usefixtures("app_context")
Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=7, address="192.0.2.1")
MAY = ["projects", "invoices"]


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer()


def edits(session: Session, contact: Contact) -> list[Activity]:
    """What happened to the contact's fields."""
    query = select(Activity).where(Activity.contact_id == contact.id, Activity.verb == "edited")
    return list(session.scalars(query))


def test_read(session: Session, customer: Any, make_contact: Make, statements: Any) -> None:
    """A row for each contact that is not archived, a cell for each topic, counts for all."""
    ada = make_contact(customer, permissions=MAY, topics=["project", "tickets"])
    away = make_contact(customer, permissions=MAY, topics=["invoice"])
    archive_contact(session, customer.id, away.id)
    key, costs = customer.id, []
    for _round in range(2):
        with statements() as seen:
            matrix = matrix_page(session, key)
            said = [[cell.reason for cell in row.answers] for row in matrix.rows]
        costs.append(len(seen))
        for _number in range(10):
            make_contact(customer, permissions=["invoices"], topics=["invoice"])
        session.expire_all()
        key = customer.id
    assert costs[0] == costs[1] <= 10
    assert len(said) == 11
    assert said[0] == [
        "topic_off", "topic_off", "no_permission", "no_permission", "topic_on",
        "no_permission", "topic_off",
    ]  # fmt: skip
    matrix = matrix_page(session, customer.id, 2, 20)
    assert (len(matrix.rows), matrix.total) == (1, 21)
    assert matrix.reach.counts == {"project": 1, "invoice": 20}
    assert [topic.name for topic in matrix.silent] == [
        "credit_note", "estimate", "tickets", "contract", "task",
    ]  # fmt: skip
    assert ada in [row.contact for row in matrix_page(session, customer.id).rows]


def test_rows_of_some(
    session: Session, customer: Any, make_customer: Make, make_contact: Make
) -> None:
    """In the order asked for; another customer's contact has no row here."""
    one, two = make_contact(customer), make_contact(customer)
    stranger = make_contact(make_customer())
    rows = matrix_of(session, customer.id, [two.id, stranger.id, one.id]).rows
    assert [row.contact for row in rows] == [two, one]


def test_save(session: Session, customer: Any, make_contact: Make) -> None:
    """Only what differs from what was shown; with activity and signal for who was changed."""
    ada = make_contact(customer, permissions=MAY, topics=["project", "task"])
    bea = make_contact(customer, permissions=MAY, topics=["project"])
    told: list[int] = []

    def hear(_app: Flask, contact_id: int) -> None:
        told.append(contact_id)

    shown = {(ada.id, "project"): True, (ada.id, "invoice"): False, (bea.id, "project"): True}
    wanted = {(ada.id, "project"): False, (ada.id, "invoice"): True, (bea.id, "project"): True}
    with contact_changed.connected_to(hear):
        saved = save_topics(session, customer.id, shown, wanted, STAFF)
    assert (saved.changed, saved.meanwhile, told) == ([ada], [], [ada.id])
    assert (ada.topic_names, bea.topic_names) == ({"invoice", "task"}, {"project"})
    (row,) = edits(session, ada)
    assert row.changes == {"topics": [["project", "task"], ["invoice", "task"]]}
    assert (row.actor_kind, row.actor_staff_id, row.actor_name) == ("staff", 7, "Ada Min")
    assert row.address == "192.0.2.1"
    assert edits(session, bea) == []


def test_meanwhile(session: Session, customer: Any, make_contact: Make) -> None:
    """A cell that somebody else has changed stays so and is told; both alike is no conflict."""
    ada = make_contact(customer, permissions=["projects", "email_notifications"],
                       topics=["project"])  # fmt: skip
    shown = {(ada.id, "project"): True, (ada.id, "task"): False, (ada.id, "invoice"): False}
    choose_topics(session, ada.id, ["task"], None)
    wanted = {**shown, (ada.id, "project"): False, (ada.id, "invoice"): True}
    saved = save_topics(session, customer.id, shown, wanted, SYSTEM)
    assert saved.meanwhile == [(ada, current_contacts.registry.topics["task"])]
    assert saved.changed == [ada]
    assert ada.topic_names == {"task", "invoice"}
    saved = save_topics(session, customer.id, shown, wanted, SYSTEM)
    assert saved.changed == []


@pytest.mark.parametrize("gone", ["stranger", "archived", "deleted"])
def test_change_of_who_is_not_there(
    session: Session, customer: Any, make_customer: Make, make_contact: Make, gone: str
) -> None:
    """Refused as a whole; an untouched row of the same contact is no reason to refuse."""
    ada = make_contact(customer, permissions=MAY)
    bea = make_contact(make_customer() if gone == "stranger" else customer, permissions=MAY)
    bea_id = bea.id
    if gone == "archived":
        archive_contact(session, customer.id, bea_id)
    elif gone == "deleted":
        delete_contact(session, customer.id, bea_id)
    shown = {(ada.id, "project"): False, (bea_id, "project"): False}
    with pytest.raises(InvalidInput, match="not there any more"):
        save_topics(session, customer.id, shown, dict.fromkeys(shown, True), STAFF)
    session.expire_all()
    assert ada.topic_names == frozenset()
    if gone != "deleted":
        assert bea.topic_names == frozenset()
    wanted = {(ada.id, "project"): True, (bea_id, "project"): False}
    assert save_topics(session, customer.id, shown, wanted, STAFF).changed == [ada]


def test_unknown_topic(session: Session, customer: Any, make_contact: Make) -> None:
    """Refused, also beside a good one."""
    ada = make_contact(customer, permissions=MAY)
    shown = {(ada.id, "project"): False, (ada.id, "nothing"): False}
    with pytest.raises(InvalidInput, match="does not exist"):
        save_topics(session, customer.id, shown, dict.fromkeys(shown, True), STAFF)
    assert ada.topic_names == frozenset()


def test_seed_001_through_the_matrix(
    session: Session,
    smtp: RecordingSmtp,
    drain: Callable[[], None],
    customer: Any,
    make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five hold Projects; staff switch Project and Task on for one: that one alone is mailed.

    Once switched off again, nobody is, also where the contact is the only one.
    """
    changed = MailTemplate("changed", "Changed", subject="Changed", body="<p>Changed.</p>")
    templates = {**current_contacts.registry.mail_templates, "changed": changed}
    monkeypatch.setattr(current_contacts.registry, "mail_templates", templates)
    five = [make_contact(customer, permissions=["projects"]) for _ in range(5)]
    shown = {(one.id, topic): False for one in five for topic in ("project", "task")}
    wanted = {cell: cell[0] == five[3].id for cell in shown}
    save_topics(session, customer.id, shown, wanted, STAFF)
    for topic in ("project", "task"):
        notify(session, topic, customer.id, "changed", {})
    session.commit()
    drain()
    assert smtp.recipients == [[five[3].email]] * 2
    save_topics(session, customer.id, wanted, shown, STAFF, silences=["project", "task"])
    assert notify(session, "project", customer.id, "changed", {}) == []
    session.commit()
    drain()
    assert len(smtp.recipients) == 2
