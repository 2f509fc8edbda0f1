"""Duplicates and merging on three engines, and several who merge at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, true, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.clock import utc_now
from flask_contacts.errors import ContactsError, NotFound
from flask_contacts.mail.marketing_links import MarketingLink
from flask_contacts.models import (
    Activity,
    Comment,
    Contact,
    ContactMerge,
    ContactTopic,
    Login,
    MarketingList,
    MarketingMember,
)
from flask_contacts.services.accounts.preferences import stop_topic
from flask_contacts.services.comments.writing import write_comment
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.services.duplicates.candidates import Person, candidates
from flask_contacts.services.duplicates.groups import KINDS, group_page
from flask_contacts.services.duplicates.judgements import say_not_duplicates
from flask_contacts.services.marketing.leaving import leave_list
from flask_contacts.services.marketing.members import add_members
from flask_contacts.services.merging import merge as merging, trail
from flask_contacts.services.merging.merge import merge_contacts
from flask_contacts.services.merging.values import Choices
from tests.databases.test_races import THREADS, together
from tests.host_app import HostTicket, db

Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1)
ALONE = {"is_user": False, "password": ""}


def merge(ids: list[int], keep: int, own: Session) -> Any:
    """One attempt: the id of the one that stays."""
    return merge_contacts(own, ids, keep, Choices(), STAFF).contact.id


def primaries(session: Session, customer_id: Any) -> int:
    """How many primary contacts a customer has."""
    its = select(Contact.id).where(Contact.primary_of == customer_id)
    return len(session.scalars(its).all())


def test_the_merge(app: Flask, session: Session, make_customer: Make, make_contact: Make) -> None:
    """What belongs to both is the one's: lists, the host's rows, the way from the old one."""
    customer = make_customer()
    keep, old = make_contact(customer), make_contact(customer, **ALONE)
    free = make_contact(None, email=keep.email, **ALONE)
    news = MarketingList(name="News", name_key="news")
    session.add(news)
    session.flush()
    for one, gone in ((keep, None), (old, utc_now())):
        session.add(MarketingMember(list_id=news.id, contact_id=one.id, source="x",
                                    unsubscribed_at=gone))  # fmt: skip
    session.add(HostTicket(subject="Printer", customer_id=customer.id, contact_id=old.id))
    session.commit()
    ids, uuids = [keep.id, old.id, free.id], [old.uuid, free.uuid]
    session.commit()
    with app.app_context():
        assert merge(ids, ids[0], session) == ids[0]
    session.rollback()
    session.expire_all()
    assert session.scalars(select(Contact.id)).all() == [ids[0]]
    assert session.scalars(select(HostTicket.contact_id)).all() == [ids[0]]
    member = session.scalars(select(MarketingMember)).one()
    assert member.contact_id == ids[0]
    assert member.unsubscribed_at is not None
    for uuid in uuids:
        assert session.scalars(select(Contact.id).where(trail.has_uuid(uuid))).all() == [ids[0]]
    assert {trail.survivor_of(session, one) for one in ids[1:]} == {ids[0]}


def test_the_list(app: Flask, session: Session, make_customer: Make, make_contact: Make) -> None:
    """The indexes are walked alike on each engine, and a hint finds who it is."""
    customer = make_customer()
    ids = [
        make_contact(customer, firstname="Kim", lastname=f"Bérg{'' if one else 'e'}",
                     phone="+44 20 7946 0018", email2=f"{'KIM' if one else 'kim'}@x.example",
                     **ALONE).id
        for one in range(2)
    ]  # fmt: skip
    with app.app_context():
        for kind in KINDS:
            found = group_page(session, kind, true())
            assert found.after is None
            assert [[one.id for one in group.contacts] for group in found.groups] == [ids], kind
        name = {"firstname": "kim", "lastname": "BERGE", "customer_id": customer.id}
        for typed in ({"emails": ["Kim@X.example"]}, {"numbers": ["+442079460018"]}, name):
            hits = candidates(session, Person(**typed), true())  # type: ignore[arg-type]
            assert {one.contact.id for one in hits} == set(ids), typed


def test_two_who_merge_the_same(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Each keeps another one: one wins, the others find it done; nothing is lost or doubled."""
    customer = make_customer()
    ids = [make_contact(customer, **ALONE).id for _one in range(2)]
    results = together(app, [partial(merge, ids, ids[one % 2]) for one in range(THREADS)])
    won = [one for one in results if isinstance(one, int)]
    assert len(won) == 1
    assert {type(one) for one in results} == {int, NotFound}
    session.rollback()
    assert session.scalars(select(Contact.id)).all() == won
    assert session.scalars(select(ContactMerge.contact_id)).all() == won
    verbs = session.scalars(select(Activity.verb).where(Activity.verb == "merged")).all()
    assert verbs == ["merged"]
    assert primaries(session, customer.id) == 1


def test_crossing_merges_end(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Pairs of a handful, in every direction at once: all become one or are told; no circle."""
    customer = make_customer()
    ids = [make_contact(customer, **ALONE).id for _one in range(4)]
    pairs = [(one, other) for one in ids for other in ids if one != other][:THREADS]
    results = together(app, [partial(merge, [one, two], two) for one, two in pairs])
    assert all(isinstance(one, (int, NotFound)) for one in results)
    session.rollback()
    left = set(session.scalars(select(Contact.id)))
    assert len(left) == 4 - sum(isinstance(one, int) for one in results)
    assert set(session.scalars(select(ContactMerge.contact_id))) <= left
    assert primaries(session, customer.id) == 1


def test_beside_what_others_do(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Moving, deleting and telling apart at the same moment: one primary contact, no row that
    leads nowhere, no login without its contact."""
    customer, elsewhere = make_customer(), make_customer()
    make_contact(customer)
    keep, old = make_contact(customer).id, make_contact(customer, **ALONE).id

    def told_apart(own: Session) -> Any:
        return say_not_duplicates(own, [keep, old], STAFF, visible=true())

    key, other = customer.id, elsewhere.id
    session.rollback()
    jobs: list[Callable[[Session], Any]] = [
        partial(merge, [keep, old], keep),
        lambda own: move_contact(own, key, old, other),
        lambda own: delete_contact(own, key, keep),
        told_apart,
    ]
    results = together(app, jobs)
    assert all(not isinstance(one, Exception) or isinstance(one, ContactsError) for one in results)
    session.rollback()
    left = set(session.scalars(select(Contact.id)))
    assert set(session.scalars(select(ContactMerge.contact_id))) <= left
    assert primaries(session, key) == 1
    used = select(Contact.login_id).where(Contact.login_id.is_not(None))
    assert set(session.scalars(select(Login.id))) == set(session.scalars(used))


def meanwhile(
    app: Flask, monkeypatch: pytest.MonkeyPatch, ids: list[int], job: Callable[[Session], Any]
) -> Any:
    """Merge all into the first, and begin ``job`` when the others' rows are moved already; its
    result or error. A job that need not wait for the merge is done before the merge goes on."""
    results: list[Any] = []
    ended, delete = Event(), merging._delete

    def run() -> None:
        with app.app_context(), Session(db.engine) as own:
            try:
                results.append(job(own))
            except (ContactsError, SQLAlchemyError) as error:
                results.append(error)
        ended.set()

    other = Thread(target=run)

    def late(session: Session, former: Contact) -> None:
        if other.ident is None:
            other.start()
            ended.wait(1)
        delete(session, former)

    monkeypatch.setattr(merging, "_delete", late)
    with app.app_context(), Session(db.engine) as own:
        merge(ids, ids[0], own)
    other.join(30)
    return results[0]


@pytest.fixture
def addressless(session: Session, make_customer: Make, make_contact: Make) -> tuple[list[int], Any]:
    """Two contacts, the second without an address, and their customer's key."""
    customer = make_customer()
    ids = [make_contact(customer, **ALONE).id for _one in range(2)]
    gone = update(Contact).where(Contact.id == ids[1]).values(email=None, email_key=None)
    session.execute(gone)
    key = customer.id
    session.commit()
    return ids, key


@pytest.mark.parametrize("what", ["comment", "ticket"])
def test_what_is_written_meanwhile_is_not_deleted(
    app: Flask, session: Session, addressless: tuple[list[int], Any],
    monkeypatch: pytest.MonkeyPatch, what: str,
) -> None:  # fmt: skip
    """Who writes for the contact that goes is refused or keeps what was written: nobody is told
    that something was saved that the merge deletes."""
    ids, key = addressless

    def write(own: Session) -> str:
        if what == "comment":
            write_comment(own, ids[1], {"body": "Precious"}, STAFF,
                          may_see=lambda *_two: True, path="/x")  # fmt: skip
        else:
            own.add(HostTicket(subject="Precious", customer_id=key, contact_id=ids[1]))
            own.commit()
        return "saved"

    said = meanwhile(app, monkeypatch, ids, write)
    session.rollback()
    model: Any = Comment if what == "comment" else HostTicket
    there = session.scalars(select(model.contact_id)).all()
    assert len(there) == (said == "saved"), said


def test_leaving_a_list_meanwhile(
    app: Flask, session: Session, make_customer: Make, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The link in the mail of the contact that goes leaves the list for the one that stays."""
    customer = make_customer()
    keep, old = make_contact(customer), make_contact(customer, **ALONE)
    news = MarketingList(name="News", name_key="news")
    session.add(news)
    session.commit()
    ids, link, list_id = [keep.id, old.id], MarketingLink(old.uuid, news.uuid), news.id
    session.rollback()
    with app.app_context():
        add_members(session, list_id, ids)
    session.rollback()
    said = meanwhile(app, monkeypatch, ids, lambda own: leave_list(own, link, None))
    assert not isinstance(said, Exception), said
    session.rollback()
    member = session.scalars(select(MarketingMember)).one()
    assert member.contact_id == ids[0]
    assert member.unsubscribed_at is not None


def test_stopping_a_topic_meanwhile(
    app: Flask, session: Session, make_customer: Make, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """One click in the mail of the contact that goes switches the topic off for the one that
    stays."""
    customer = make_customer()
    mine: dict[str, Any] = {"permissions": ["invoices"], "topics": ["invoice"]}
    ids = [make_contact(customer, **mine).id, make_contact(customer, **mine).id]
    session.rollback()
    said = meanwhile(
        app, monkeypatch, ids, lambda own: stop_topic(own, ids[1], "invoice", None).contact.id
    )
    assert said == ids[0]
    session.rollback()
    assert session.scalars(select(ContactTopic.name)).all() == []
