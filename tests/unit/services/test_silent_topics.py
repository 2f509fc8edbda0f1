"""N6: no topic loses its last recipient unnoticed; and the list of those that have none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import Topic
from flask_contacts.actors import SYSTEM, Actor
from flask_contacts.email_address import canonical_email
from flask_contacts.errors import SilencesTopics
from flask_contacts.mail.recipients import FALLBACK_TOPICS, find_topic, reach
from flask_contacts.models import Activity, Contact, Customer, Setting
from flask_contacts.services.accounts.preferences import stop_topic
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.contacts.lists import contact_form
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.primary import settle
from flask_contacts.services.contacts.states import deactivate_contact, delete_contact, make_primary
from flask_contacts.services.contacts.values import ContactValues
from flask_contacts.services.contacts.writing import takes_recipient, write
from flask_contacts.services.mailing.silent_topics import (
    customers_with_silence,
    silenced_by_leaving,
)
from flask_contacts.services.mailing.topic_matrix import save_topics
from flask_contacts.state import current_contacts

pytestmark = pytest.mark.usefixtures("app_context")
Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1)
WANTS: dict[str, Any] = {"permissions": ["projects", "invoices"], "topics": ["project", "invoice"]}


def off(session: Session, contact: Contact, **options: Any) -> Any:
    """Switch Project and Invoice off in the matrix."""
    shown = {(contact.id, topic): True for topic in ("invoice", "project")}
    wanted = dict.fromkeys(shown, False)
    return save_topics(session, contact.customer_id, shown, wanted, **options)


def changed_form(**changes: Any) -> Callable[..., Any]:
    """A door: the edit form, with these changes."""

    def edit(session: Session, contact: Contact, **options: Any) -> Any:
        form = {**contact_form(session, contact.customer_id, contact.id).values, **changes}
        form = {name: "" if value is None else value for name, value in form.items()}
        return edit_contact(session, contact.customer_id, contact.id, form, **options)

    return edit


def left_by(service: Callable[..., Any]) -> Callable[..., Any]:
    """A door: the contact leaves."""

    def leave(session: Session, contact: Contact, **options: Any) -> Any:
        return service(session, contact.customer_id, contact.id, **options)

    return leave


def moved(session: Session, contact: Contact, **options: Any) -> Any:
    """A door: the contact moves to the last customer."""
    key = session.scalars(select(Customer.id).order_by(Customer.id.desc())).first()
    return move_contact(session, contact.customer_id, contact.id, key, **options)


DOORS = {
    "matrix": off,
    "topics": changed_form(topics=[]),
    "permissions": changed_form(permissions=[]),
    "do_not_send_emails": changed_form(do_not_send_emails=True),
    "deactivate": left_by(deactivate_contact),
    "archive": left_by(archive_contact),
    "delete": left_by(delete_contact),
    "move": moved,
}


@pytest.mark.parametrize("name", DOORS)
def test_every_door_asks(
    session: Session, make_customer: Make, make_contact: Make, name: str
) -> None:
    """Staff are told which topics fall silent, nothing is changed, and saying so lets it be."""
    customer, door = make_customer(), DOORS[name]
    make_customer()
    contact = make_contact(customer, **WANTS)
    rows = session.scalars(select(Activity.id)).all()
    with pytest.raises(SilencesTopics) as caught:
        door(session, contact, actor=STAFF)
    assert caught.value.topics == ["invoice", "project"]
    with pytest.raises(SilencesTopics) as caught:
        door(session, contact, actor=STAFF, silences=["invoice", "task"])
    assert caught.value.topics == ["invoice", "project"]
    session.expire_all()
    assert contact.active
    assert contact.topic_names == {"project", "invoice"}
    assert contact.customer_id == customer.id
    assert session.scalars(select(Activity.id)).all() == rows
    door(session, contact, actor=STAFF, silences=["project", "invoice"])
    assert reach(session, customer.id).topics == frozenset()


@pytest.mark.parametrize("name", DOORS)
def test_no_door_asks_without_reason(
    session: Session, make_customer: Make, make_contact: Make, name: str
) -> None:
    """Another contact gets them too; or the software does it, not staff."""
    customer = make_customer()
    make_contact(customer, **WANTS)
    second, third = make_contact(customer, **WANTS), make_contact(make_customer(), **WANTS)
    make_customer()
    DOORS[name](session, second, actor=STAFF)
    assert reach(session, customer.id).topics == {"invoice", "project"}
    DOORS[name](session, third, actor=SYSTEM)


def test_silent_before_stays_silent_without_a_word(
    session: Session, make_customer: Make, make_contact: Make
) -> None:
    """What nobody got already is no reason to ask: a topic without permission, for example."""
    customer = make_customer()
    contact = make_contact(customer, permissions=["projects"], topics=["invoice", "project"])
    make_contact(customer, **{**WANTS, "topics": ["project"]})
    off(session, contact, actor=STAFF)
    assert contact.topic_names == frozenset()


def test_the_contacts_own_choice_asks_nobody(
    session: Session, make_customer: Make, make_contact: Make
) -> None:
    """N6 is for staff: a person may always stop mail."""
    contact = make_contact(make_customer(), **WANTS)
    stop_topic(session, contact.id, "project", None)
    assert contact.topic_names == {"invoice"}


@pytest.mark.parametrize("name", ["make_primary", "create", "edit"])
def test_a_primary_without_mail_asks(
    session: Session, make_customer: Make, make_contact: Make, name: str
) -> None:
    """What fell back to the former primary contact reaches nobody when the new one gets no
    mail; nothing is changed before staff say so. The software itself is asked nothing."""
    session.add(Setting(name=FALLBACK_TOPICS, value=["invoice"]))
    session.commit()
    customer = make_customer()
    ada, grace = make_contact(customer), make_contact(customer, do_not_send_emails=True)
    key, grace_id = customer.id, grace.id
    new = {
        "firstname": "Eve", "lastname": "King", "email": "eve@example.com",
        "is_primary": True, "do_not_send_emails": True, "send_password_mail": True,
    }  # fmt: skip

    def door(**options: Any) -> None:
        if name == "make_primary":
            make_primary(session, key, grace_id, **options)
        elif name == "create":
            create_contact(session, key, new, **options)
        else:
            changed_form(is_primary=True)(session, session.get_one(Contact, grace_id), **options)

    rows = session.scalars(select(Activity.id)).all()
    for silences in ([], ["project"]):
        with pytest.raises(SilencesTopics) as caught:
            door(actor=STAFF, silences=silences)
        assert caught.value.topics == ["invoice"]
    session.expire_all()
    assert ada.is_primary
    assert session.scalars(select(Activity.id)).all() == rows
    assert session.scalars(select(Contact).where(Contact.firstname == "Eve")).first() is None
    door(actor=STAFF, silences=["invoice"])
    session.expire_all()
    assert not ada.is_primary
    assert reach(session, key).topics == frozenset()


def test_a_primary_with_mail_asks_nothing(
    session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Neither does the software, whoever becomes primary."""
    session.add(Setting(name=FALLBACK_TOPICS, value=["invoice"]))
    session.commit()
    customer = make_customer()
    make_contact(customer)
    grace, deaf = make_contact(customer), make_contact(customer, do_not_send_emails=True)
    make_primary(session, customer.id, grace.id, STAFF)
    assert reach(session, customer.id).topics == {"invoice"}
    make_primary(session, customer.id, deaf.id)
    assert deaf.is_primary


def test_what_falls_back_is_not_silent(
    session: Session, make_customer: Make, make_contact: Make
) -> None:
    """The primary contact gets it then; unless that one gets no mail."""
    session.add(Setting(name=FALLBACK_TOPICS, value=["project", "invoice"]))
    session.commit()
    customer = make_customer()
    primary, wants = make_contact(customer), make_contact(customer, **WANTS)
    assert silenced_by_leaving(session, wants) == []
    off(session, wants, actor=STAFF)
    changed_form(topics=["project"], permissions=["projects"])(session, wants)
    with pytest.raises(SilencesTopics) as caught:
        changed_form(do_not_send_emails=True)(session, primary, actor=STAFF)
    assert caught.value.topics == ["invoice"]
    changed_form(do_not_send_emails=True)(session, primary)
    assert [topic.name for topic in silenced_by_leaving(session, wants)] == ["project"]


@pytest.mark.parametrize("falls_back", [False, True])
@pytest.mark.parametrize("is_primary", [False, True])
def test_where_nobody_counts_no_recipient_is_lost(
    session: Session, make_customer: Make, make_contact: Make, falls_back: bool, is_primary: bool
) -> None:
    """Whatever one changes of a contact that exists: what is not asked about loses nobody."""
    session.merge(Setting(name=FALLBACK_TOPICS, value=["project", "invoice"] * falls_back))
    session.commit()
    customer = make_customer()
    people = [make_contact(customer, **WANTS | {"topics": []}) for _one in range(2)]
    contact, asked = people[not is_primary], []
    held = [[], ["project"], ["project", "invoice"]]
    for topics, kept, mute, muted in product(held, held, (False, True), (False, True)):
        for wanted in (False, True):
            write(session, contact, _typed(contact, topics, mute))
            session.flush()
            before = reach(session, customer.id).topics
            values = replace(_typed(contact, kept, muted), is_primary=wanted)
            asked.append(takes_recipient(contact, values))
            write(session, contact, values)
            settle(session, customer.id, contact.id if wanted else None)
            lost = before - reach(session, customer.id).topics
            assert asked[-1] or not lost, (topics, kept, mute, muted, wanted)
            session.rollback()
    assert {*asked} == {False, True}


def _typed(contact: Contact, topics: list[str], mute: bool) -> ContactValues:
    return ContactValues(
        columns={"do_not_send_emails": mute},
        email=canonical_email(contact.email or ""),
        permissions=frozenset(f"{topic}s" for topic in topics),
        topics=frozenset(topics),
    )


def test_what_leaving_silences(session: Session, make_customer: Make, make_contact: Make) -> None:
    """The page that asks names it before: the topics of which this contact is the last."""
    customer = make_customer()
    last = make_contact(customer, **WANTS)
    make_contact(customer, permissions=["projects"], topics=["project"])
    assert [topic.name for topic in silenced_by_leaving(session, last)] == ["invoice"]
    deactivate_contact(session, customer.id, last.id, _other(session, last))
    assert silenced_by_leaving(session, last) == []


def _other(session: Session, contact: Contact) -> int | None:
    query = select(Contact.id).where(
        Contact.customer_id == contact.customer_id, Contact.id != contact.id
    )
    return session.scalar(query)


def silent(session: Session, topic: Topic | None = None, **options: Any) -> dict[Any, list[str]]:
    """The list: topics by customer."""
    page = customers_with_silence(session, session.query(Customer), topic, **options)
    return {one.customer.id: [topic.name for topic in one.topics] for one in page.items}


def test_list(session: Session, make_customer: Make, make_contact: Make) -> None:
    """Customers with active contacts where a topic reaches nobody; asked for one or any."""
    everything = {
        "permissions": list(current_contacts.registry.modules),
        "topics": list(current_contacts.registry.topics),
    }
    make_customer()  # without contacts: nobody to tell
    asleep, full, some, muted = (make_customer() for _ in range(4))
    deactivate_contact(session, asleep.id, make_contact(asleep, **WANTS).id)
    make_contact(full, **everything)
    make_contact(some, **{**everything, "topics": ["invoice", "contract"]})
    make_contact(some, permissions=["projects"], topics=["project", "tickets"])
    make_contact(muted, do_not_send_emails=True, **everything)
    every = [topic.name for topic in current_contacts.registry.topics.values()]
    of_some = ["credit_note", "estimate", "tickets", "task"]
    assert silent(session) == {some.id: of_some, muted.id: every}
    assert silent(session, find_topic("invoice")) == {muted.id: every}
    session.add(Setting(name=FALLBACK_TOPICS, value=["task", "invoice"]))
    session.commit()
    assert silent(session) == {some.id: of_some[:-1], muted.id: every}
    assert silent(session, find_topic("task")) == {muted.id: every}
    assert silent(session, find_topic("tickets")) == {some.id: of_some[:-1], muted.id: every}


def test_list_by_pages(
    session: Session, make_customer: Make, make_contact: Make, statements: Any
) -> None:
    """By key, each customer once, and two statements a page besides the settings'."""
    keys = []
    for _number in range(5):
        customer = make_customer()
        make_contact(customer, **WANTS)
        keys.append(customer.id)
    session.expire_all()
    seen, after = [], None
    for _page in range(3):
        with statements() as sql:
            page = customers_with_silence(session, session.query(Customer), after=after, size=2)
        assert len(sql) <= 3
        seen += [one.customer.id for one in page.items]
        after = page.after
    assert seen == sorted(keys)
    assert after is None


def test_a_page_looks_at_so_many(session: Session, make_customer: Make, make_contact: Make) -> None:
    """Where all is well a page is empty and the next one goes on behind it."""
    everything = {
        "permissions": list(current_contacts.registry.modules),
        "topics": list(current_contacts.registry.topics),
    }
    customers = [make_customer() for _ in range(5)]
    for customer in customers[:4]:
        make_contact(customer, **everything)
    make_contact(customers[4])
    pages, after = [], None
    for _page in range(3):
        page = customers_with_silence(session, session.query(Customer), after=after, look_at=2)
        pages.append([one.customer for one in page.items])
        after = page.after
    assert pages == [[], [], [customers[4]]]
    assert after is None


def test_list_within_a_query(session: Session, make_customer: Make, make_contact: Make) -> None:
    """The caller's query narrows it: staff see only their customers (S7)."""
    first, second = make_customer(), make_customer()
    for customer in (first, second):
        make_contact(customer)
    query = session.query(Customer).filter(Customer.id == second.id)
    assert [one.customer for one in customers_with_silence(session, query).items] == [second]
