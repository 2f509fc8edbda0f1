"""What must hold when a primary contact and staff look after the same people at once (P5)."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.errors import ContactsError, InvalidInput, TooManyAttempts
from flask_contacts.models import Activity, Contact, Customer, SignInAttempt
from flask_contacts.services import limits
from flask_contacts.services.company.colleagues import (
    change_permissions,
    deactivate_colleague,
    invite_colleague,
    reactivate_colleague,
)
from flask_contacts.services.company.details import (
    ChangedMeanwhile,
    edit_company,
    marks_of,
    present_values,
)
from flask_contacts.services.company.rights import Asker, NotPermitted
from flask_contacts.services.contacts.editing import edit_contact
from flask_contacts.services.contacts.lists import contact_form
from flask_contacts.services.contacts.states import make_primary, reactivate_contact
from flask_contacts.services.settings import save_settings
from tests.conftest import HOST
from tests.databases.test_races import THREADS, primaries, together

Make = Callable[..., Any]
TEXT = "address" if HOST == "bundled" else "street"


@pytest.fixture
def people(app: Flask, session: Session, make_customer: Make, make_contact: Make) -> list[Any]:
    """Anna, the primary contact, with all that can be given, and Bob, with nothing."""
    with app.app_context():
        save_settings(session, {"primary_may": ["colleagues"]})
    customer = make_customer()
    held = ["invoices", "support", "projects"]
    anna = make_contact(customer, firstname="Anna", permissions=held)
    return [anna, make_contact(customer, firstname="Bob", permissions=[])]


def with_permissions(own: Session, contact: Any, names: list[str]) -> Any:
    """Staff save the contact's form with these permissions."""
    form = contact_form(own, contact.customer_id, contact.id).values
    raw = {name: "" if value is None else value for name, value in form.items()}
    raw.update(permissions=names, topics=[])
    return edit_contact(own, contact.customer_id, contact.id, raw)


def history(session: Session, contact_id: int) -> list[Activity]:
    """What was noted of a contact, in order."""
    session.rollback()
    query = select(Activity).where(Activity.contact_id == contact_id).order_by(Activity.id)
    return list(session.scalars(query))


def test_a_permission_that_is_taken_cannot_be_given(
    app: Flask, session: Session, people: list[Any]
) -> None:
    """Staff take a permission from Anna at the moment when she gives it to Bob: either she
    gave it before, or she was refused. She never gives what she had lost already."""
    anna, bob = people
    for round_ in range(8):
        with app.app_context():
            with_permissions(session, anna, ["invoices", "support"])
            with_permissions(session, bob, [])
        asker = Asker.of(session.get_one(Contact, anna.id))
        results = together(
            app,
            [
                lambda own: with_permissions(own, anna, ["support"]),
                lambda own, asker=asker: change_permissions(own, asker, bob.id, [], ["invoices"]),
            ],
        )
        taken = [row for row in history(session, anna.id) if row.changes.get("permissions")][-1]
        given = [row for row in history(session, bob.id) if row.actor_kind == "contact"]
        held = session.get_one(Contact, bob.id, populate_existing=True).permission_names
        if isinstance(results[1], InvalidInput):
            assert held == frozenset(), round_
        else:
            assert not isinstance(results[1], Exception)
            assert held == {"invoices"}, round_
            assert given[-1].id < taken.id, round_


def test_deactivating_each_other(app: Flask, session: Session, people: list[Any]) -> None:
    """Anna deactivates Bob while staff make him primary and he deactivates her: one primary
    contact remains, and whoever was deactivated was so by who was primary then."""
    anna, bob = people
    key = anna.customer_id
    for _round in range(8):
        with app.app_context():
            for one in people:
                with suppress(ContactsError):
                    reactivate_contact(session, key, one.id)
            make_primary(session, key, anna.id)
        askers = [Asker.of(session.get_one(Contact, one.id)) for one in people]
        results = together(
            app,
            [
                lambda own, by=askers[0]: deactivate_colleague(own, by, bob.id),
                lambda own: make_primary(own, key, bob.id),
                lambda own, by=askers[1]: deactivate_colleague(own, by, anna.id),
            ],
        )
        active, primary = primaries(session, key)
        assert (active >= 1, primary) == (True, 1)
        by_anna, _made, by_bob = (not isinstance(one, Exception) for one in results)
        assert not (by_anna and by_bob)
        assert all(
            isinstance(one, NotPermitted)
            for one in (results[0], results[2])
            if isinstance(one, Exception)
        )


def test_any_mix_leaves_one_primary_and_nothing_beyond(
    app: Flask, session: Session, people: list[Any], make_contact: Make
) -> None:
    """Eight threads change permissions, states and who is primary; there is one primary
    contact at any time, and no contact ever gave what it did not hold itself."""
    anna, bob = people
    key = anna.customer_id
    ids = [anna.id, bob.id, *(make_contact(key, permissions=["support"]).id for _ in range(2))]
    askers = {one: Asker.of(session.get_one(Contact, one)) for one in ids}
    broken: list[tuple[int, int]] = []

    def change(own: Session, chance: random.Random) -> None:
        by, target = askers[chance.choice(ids)], chance.choice(ids)
        names = chance.sample(["invoices", "support", "projects", "contracts"], 2)
        actions: list[Callable[[], Any]] = [
            lambda: change_permissions(own, by, target, names[:1], names[1:]),
            lambda: change_permissions(own, by, target, [], names),
            lambda: deactivate_colleague(own, by, target),
            lambda: reactivate_colleague(own, by, target),
            lambda: make_primary(own, key, target),
        ]
        with suppress(ContactsError):
            chance.choice(actions)()

    def work(own: Session, seed: int) -> None:
        chance = random.Random(seed)
        for _step in range(12):
            change(own, chance)
            active, primary = primaries(own, key)
            if primary != min(active, 1) or not active:
                broken.append((active, primary))

    together(app, [lambda own, seed=seed: work(own, seed) for seed in range(THREADS)])
    assert broken == []
    session.rollback()
    held = {one: session.get_one(Contact, one, populate_existing=True) for one in ids}
    assert all("contracts" not in contact.permission_names for contact in held.values())


def test_invitations_at_once_keep_to_the_limit(
    app: Flask, session: Session, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.4.1: eight at one moment with room for three: three go out, nobody sees a fault."""
    monkeypatch.setattr(limits, "INVITATIONS_PER_HOUR", 3)
    asker = Asker.of(people[0])

    def invite(own: Session, number: int) -> Any:
        raw = {"firstname": "E", "lastname": "S", "position": "", "phone": "", "permissions": [],
               "email": f"e{number}@example.com"}  # fmt: skip
        return invite_colleague(own, asker, raw)

    results = together(app, [lambda own, n=n: invite(own, n) for n in range(THREADS)])
    assert sum(isinstance(one, TooManyAttempts) for one in results) == THREADS - 3
    assert sum(not isinstance(one, Exception) for one in results) == 3
    session.rollback()
    slots = select(func.count()).select_from(SignInAttempt)
    assert session.scalar(slots.where(SignInAttempt.kind == limits.INVITATION)) == 3
    assert session.scalar(select(func.count()).select_from(Contact)) == 5


def test_customers_that_invite_one_address_at_once(
    app: Flask,
    session: Session,
    people: list[Any],
    make_customer: Make,
    make_contact: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """2.4.1: they lock nothing in common but the slots of the address, which are two."""
    monkeypatch.setattr(limits, "INVITATIONS_PER_ADDRESS", 2)
    askers = [Asker.of(make_contact(make_customer())) for _ in range(4)]
    raw = {"firstname": "E", "lastname": "S", "position": "", "phone": "", "permissions": [],
           "email": "prey@example.com"}  # fmt: skip
    results = together(app, [lambda own, by=by: invite_colleague(own, by, raw) for by in askers])
    assert sum(isinstance(one, TooManyAttempts) for one in results) == 2
    assert sum(not isinstance(one, Exception) for one in results) == 2


def test_two_who_edit_the_company(app: Flask, session: Session, people: list[Any]) -> None:
    """Of four forms that were opened together one is saved; the others are told."""
    anna = people[0]
    customer = session.get_one(Customer, anna.customer_id)
    with app.app_context():
        shown = present_values(customer)
    marks, asker = marks_of(shown), Asker.of(anna)

    def save(own: Session, number: int) -> Any:
        return edit_company(own, asker, {**shown, TEXT: f"Street {number}"}, marks)

    results = together(app, [lambda own, n=n: save(own, n) for n in range(4)])
    [winner] = [number for number, one in enumerate(results) if not isinstance(one, Exception)]
    assert sum(isinstance(one, ChangedMeanwhile) for one in results) == 3
    session.rollback()
    assert getattr(session.get_one(Customer, anna.customer_id), TEXT) == f"Street {winner}"
