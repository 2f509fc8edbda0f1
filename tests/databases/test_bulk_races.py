"""Changes of many contacts beside those of one, on three engines and many at once."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.errors import ContactsError
from flask_contacts.mail.recipients import reach
from flask_contacts.models import Activity, Contact
from flask_contacts.services.accounts import logins
from flask_contacts.services.agent.filters import Filters
from flask_contacts.services.agent.listing import ListQuery, Scope
from flask_contacts.services.bulk import parts, running
from flask_contacts.services.bulk.changes import Change, Deactivation, Edit, Reactivation
from flask_contacts.services.bulk.running import Progress
from flask_contacts.services.bulk.selection import Chosen
from flask_contacts.services.contacts import primary, states
from tests.databases.invariants import violations
from tests.databases.test_races import THREADS, together

Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1)
WANTS: dict[str, Any] = {"permissions": ["invoices"], "topics": ["invoice"]}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three contacts in a transaction, so that a few contacts are several."""
    monkeypatch.setattr(running, "CHUNK", 3)


def run(own: Session, change: Change, ids: Sequence[int], *, silences: bool = True) -> Progress:
    """Do it to the end, or to where the database stayed busy."""
    chosen, progress = Chosen(Scope(), tuple(ids)), Progress(len(ids))
    while not progress.is_done and not progress.is_busy:
        progress = running.advance(own, change, chosen, progress, STAFF, silences=silences)
    return progress


def number(session: Session, verb: str) -> int:
    """How many entries of a kind the activity has."""
    session.rollback()
    query = select(func.count()).select_from(Activity).where(Activity.verb == verb)
    return session.scalar(query) or 0


def test_beside_changes_of_one(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Whatever many do to the same customers at once: one primary contact for each, no session
    and no link of nobody, and nothing that fails."""
    customers = [make_customer() for _one in range(3)]
    people = [
        make_contact(customer, email=f"person{number}@example.com", **WANTS)
        for number in range(5)
        for customer in customers
    ]
    ids, of = [one.id for one in people], {one.id: one.customer_id for one in people}
    session.rollback()

    def alone(own: Session, chance: random.Random) -> None:
        for _turn in range(6):
            pk = chance.choice(ids)
            with suppress(ContactsError):
                chance.choice([states.make_primary, states.reactivate_contact])(own, of[pk], pk)

    def several(own: Session, chance: random.Random) -> list[Progress]:
        kinds: list[Change] = [
            Deactivation(), Reactivation(), Edit(take=frozenset({"invoices"})),
            Edit(give=frozenset({"invoices"}), switch_on=frozenset({"invoice"})),
        ]  # fmt: skip
        return [run(own, chance.choice(kinds), chance.sample(ids, 9)) for _turn in range(3)]

    jobs = [
        partial(lambda seed, own: (several if seed % 3 else alone)(own, random.Random(seed)), seed)
        for seed in range(THREADS)
    ]
    answers = together(app, jobs)
    failed = [one.counts for some in answers if some for one in some if "error" in one.counts]
    assert failed == []
    assert violations(session) == []


def test_somebody_still_gets_the_mail(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """Those who get a topic are deactivated, or lose it, from all sides: one is left (N6)."""
    customer = make_customer()
    make_contact(customer, permissions=[], topics=[])
    ids = [make_contact(customer, **WANTS).id for _one in range(THREADS)]
    session.rollback()
    kinds: list[Change] = [Deactivation(), Edit(take=frozenset({"invoices"}))]
    jobs = [
        partial(lambda turn, own: run(own, kinds[turn % 2], ids[turn:] + ids[:turn],
                                      silences=False), turn)
        for turn in range(THREADS)
    ]  # fmt: skip
    together(app, jobs)
    with app.app_context():
        assert reach(session, customer.id).counts == {"invoice": 1}


def test_many_who_do_the_same(
    app: Flask, session: Session, make_customer: Make, make_contact: Make
) -> None:
    """However many press at once, each contact is changed once and the others are told so."""
    customer = make_customer()
    ids = [make_contact(customer, permissions=[], topics=[]).id for _one in range(7)]
    session.rollback()
    change = Edit(give=frozenset({"support"}))
    answers = together(app, [partial(lambda own: run(own, change, ids))] * THREADS)
    assert sum(one.counts.get("done", 0) for one in answers) == 7
    assert number(session, "edited") == 7


def test_few_are_locked_at_once(
    app: Flask, session: Session, make_customer: Make, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Contacts of many customers are parted, so that no transaction locks more contacts than it
    may; the customers of one that is larger wait alone, and each contact is changed once."""
    monkeypatch.setattr(running, "CHUNK", 50)
    monkeypatch.setattr(parts, "MOST_LOCKED", 6)
    customers = [make_customer() for _one in range(6)]
    people = [make_contact(None, permissions=[], topics=[])]
    sizes = [8, *([2] * 5)]
    for turn in range(max(sizes)):  # the ids of the customers lie between each other
        people += [
            make_contact(customer, permissions=[], topics=[])
            for customer, size in zip(customers, sizes, strict=True)
            if turn < size
        ]
    ids = [one.id for one in people]
    session.rollback()
    locks = locked_at_once(monkeypatch)
    with app.app_context():
        done = run(session, Deactivation(), ids)
    assert done.counts == {"done": 19}
    assert done.ahead == []
    assert violations(session) == []
    assert number(session, "deactivated") == 19
    assert sorted(locks, reverse=True)[0] == 8
    assert max(one for one in locks if one != 8) <= 6
    # Twice: those who are primary come after all others.
    assert sum(locks) == 2 * sum(sizes)


def locked_at_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fills with how many contacts each transaction locks for the sake of their customers."""
    locks: list[int] = []
    real = primary.lock_customers_of

    def counting(own: Session, contact_ids: Sequence[int]) -> set[Any]:
        keys = real(own, contact_ids)
        query = select(func.count()).select_from(Contact).where(Contact.customer_id.in_(keys))
        locks.append(own.scalar(query) or 0)
        return keys

    monkeypatch.setattr(primary, "lock_customers_of", counting)
    return locks


def test_rules_stay_where_few_are_locked(
    app: Flask, session: Session, make_customer: Make, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Several who change the same contacts in many small parts at once leave each customer with
    one primary contact and each contact changed once; nobody waits for another in a circle."""
    monkeypatch.setattr(running, "CHUNK", 50)
    monkeypatch.setattr(parts, "MOST_LOCKED", 3)
    customers = [make_customer() for _one in range(6)]
    ids = [
        make_contact(customer, permissions=[], topics=[]).id
        for _turn in range(3)
        for customer in customers
    ]
    session.rollback()
    kinds: list[Change] = [Deactivation(), Reactivation()]
    jobs = [partial(lambda turn, own: run(own, kinds[turn % 2], ids), turn) for turn in range(6)]
    answers = together(app, jobs)
    failed = [one.counts for one in answers if one and {"error", "busy"} & set(one.counts)]
    assert failed == []
    assert violations(session) == []


class Killed(BaseException):
    """Ends the work as the end of a process does: nobody catches it."""


def test_killed_in_the_middle(
    app: Flask, session: Session, make_customer: Make, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What was committed stays, the rest of its transaction is gone; pressed again, from the
    page that was there last, all are done, and each once."""
    customer = make_customer()
    ids = [make_contact(customer, permissions=[], topics=[]).id for _one in range(7)]
    session.rollback()
    chosen = Chosen(Scope(), None, ListQuery(filters=Filters(state="all")))
    real, victim = logins.left, ids[5]

    def killing(own: Session, contact_id: int, login_id: int) -> None:
        if contact_id == victim:
            raise Killed
        real(own, contact_id, login_id)

    with app.app_context():
        monkeypatch.setattr(logins, "left", killing)
        with pytest.raises(Killed):
            running.advance(session, Deactivation(), chosen, Progress(7), STAFF)
        monkeypatch.setattr(logins, "left", real)
        session.rollback()
        active = session.scalars(select(Contact.id).where(Contact.active)).all()
        assert sorted(active) == [ids[0], *ids[4:]]
        session.rollback()
        progress = running.advance(session, Deactivation(), chosen, Progress(7), STAFF)
    assert progress.is_done
    assert progress.counts == {"done": 4, "already": 3}
    assert number(session, "deactivated") == 7
    assert violations(session) == []
