"""Records of the host's under a contact: linked once, parted once, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import RelatedRecords
from flask_contacts.errors import ConfigError, InvalidInput, NotFound
from flask_contacts.models import Activity, Contact
from flask_contacts.services.agent.related_records import (
    link_record,
    linked,
    related_page,
    unlink_record,
)
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.transaction import has_changes
from tests.host_app import HostTicket, contacts

Make = Callable[..., Any]
TICKETS = contacts.registry.related_lists["tickets"]

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def contact(session: Session, make_customer: Make, make_contact: Make) -> Contact:
    """A contact of a customer."""
    return session.get_one(Contact, make_contact(make_customer()).id)


@pytest.fixture
def ticket(session: Session, contact: Contact) -> int:
    """A ticket of nobody."""
    ticket = HostTicket(subject="Oven", customer_id=contact.customer_id)
    session.add(ticket)
    session.commit()
    return ticket.id


def where(contact: Contact) -> tuple[Any, int]:
    """How the services name a contact."""
    return contact.customer_id, contact.id


def verbs(session: Session) -> list[tuple[str, Any]]:
    """What the activity tells of records."""
    rows = session.scalars(select(Activity).order_by(Activity.id))
    return [(row.verb, row.changes["related"]) for row in rows if "related" in row.changes]


def test_link_and_unlink(session: Session, contact: Contact, ticket: int) -> None:
    """Each does it once and notes it once; doing it again says that it was so already."""
    for work, first in ((link_record, True), (link_record, False)):
        assert work(session, *where(contact), TICKETS, ticket, "Oven") is first
    shown = session.query(HostTicket)
    assert linked(TICKETS, contact, shown, ticket).subject == "Oven"
    for work, first in ((unlink_record, True), (unlink_record, False)):
        assert work(session, *where(contact), TICKETS, ticket, "Oven") is first
    assert linked(TICKETS, contact, shown, ticket) is None
    assert verbs(session) == [
        ("linked", [None, "Tickets: Oven"]), ("unlinked", ["Tickets: Oven", None])
    ]  # fmt: skip


def test_what_the_host_refuses(session: Session, contact: Contact, ticket: int) -> None:
    """Then nothing is written, whatever its function did before."""

    def half(session: Session, contact: Contact, key: int) -> None:
        session.get_one(HostTicket, key).contact_id = contact.id
        raise InvalidInput({"record": ["No."]})

    with pytest.raises(InvalidInput):
        link_record(session, *where(contact), replace(TICKETS, link=half), ticket, "Oven")
    assert not has_changes(session)
    assert session.get_one(HostTicket, ticket).contact_id is None
    assert verbs(session) == []


def test_who_is_not_there(
    session: Session, contact: Contact, ticket: int, make_customer: Make
) -> None:
    """Another customer's contact is not found; an archived one links nothing."""
    with pytest.raises(NotFound):
        link_record(session, make_customer().id, contact.id, TICKETS, ticket, "Oven")
    archive_contact(session, *where(contact))
    for work in (link_record, unlink_record):
        with pytest.raises(InvalidInput):
            work(session, *where(contact), TICKETS, ticket, "Oven")


def test_a_list_without_a_way(session: Session, contact: Contact, ticket: int) -> None:
    """What the host gave no function for is refused."""
    closed = replace(TICKETS, link=None, unlink=None)
    for work in (link_record, unlink_record):
        with pytest.raises(InvalidInput):
            work(session, *where(contact), closed, ticket, "Oven")


def test_only_what_is_shown(session: Session, contact: Contact) -> None:
    """A page has the contact's records that the reader may see, and counts those."""
    session.add_all(
        HostTicket(subject=f"T{number}", customer_id=contact.customer_id, contact_id=contact.id)
        for number in range(4)
    )
    session.commit()
    shown = session.query(HostTicket).filter(HostTicket.subject != "T2")
    page = related_page(session, TICKETS, contact, shown)
    assert [row.subject for row in page.rows] == ["T3", "T1", "T0"]
    assert (page.total, page.after) == (3, None)


def test_the_queries_own_order_and_columns(session: Session, contact: Contact) -> None:
    """An order in the host's query does no harm; a query of no one model is refused."""
    session.add(HostTicket(subject="T", customer_id=contact.customer_id, contact_id=contact.id))
    session.commit()
    ordered = replace(TICKETS, query=lambda one: TICKETS.query(one).order_by(HostTicket.subject))
    assert related_page(session, ordered, contact, session.query(HostTicket)).total == 1
    for query in (select(func.count()), select(HostTicket, Contact)):
        wrong = replace(TICKETS, query=lambda _contact, query=query: query)  # type: ignore[misc]
        with pytest.raises(ConfigError, match="selects no one model"):
            related_page(session, wrong, contact, session.query(HostTicket))


def test_what_cannot_be_registered() -> None:
    """No columns; a link for which nobody could find a record; a name twice or none."""
    given = {"label": "L", "query": TICKETS.query, "columns": {"subject": "S"}}
    with pytest.raises(ConfigError, match="no columns"):
        RelatedRecords("x", **{**given, "columns": {}})
    with pytest.raises(ConfigError, match="find what to link"):
        RelatedRecords("x", **given, link=TICKETS.link)
    registry = type(contacts.registry)()
    registry.add_related_list(RelatedRecords("x", **given))
    for name in ("x", "X", "a b", "a-b", ""):
        with pytest.raises(ConfigError):
            registry.add_related_list(RelatedRecords(name, **given))
