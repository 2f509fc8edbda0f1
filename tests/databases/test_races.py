"""What must hold when many do it at once. Each thread has a connection of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.errors import ContactsError, InvalidInput, LinkUsed, NotFound, TransactionOpen
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Contact, Customer, Link, Login, Mail, PortalSession
from flask_contacts.services.contacts import states as contact_states
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.invitations.set_password import set_password
from flask_contacts.services.mailing.notifications import notify
from flask_contacts.testing import RecordingSmtp
from tests.host_app import CUSTOMER_NAME, db, new_customer

THREADS = 8
SECRET = "correct horse battery staple"


def together(app: Flask, jobs: list[Callable[[Session], Any]]) -> list[Any]:
    """Run the jobs in threads that start at one moment; results or errors, in order."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[Session], Any]) -> Any:
        with app.app_context():
            barrier.wait()
            try:
                return job(db.session)  # type: ignore[arg-type]
            except ContactsError as error:
                return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def values(name: str, **changes: object) -> dict[str, object]:
    """A new contact's form."""
    form: dict[str, object] = {
        "firstname": name, "lastname": "Race", "email": f"{name}@example.com",
        "send_password_mail": True, "no_welcome_mail": True,
    }  # fmt: skip
    return {**form, **changes}


def creation(customer_id: int, name: str, own: Session) -> Any:
    """Create a contact of that name."""
    return create_contact(own, customer_id, values(name))


def change_at_random(own: Session, customer_id: int, chance: random.Random, name: str) -> None:
    """One change of one of the customer's contacts, whichever."""
    ids = list(own.scalars(select(Contact.id).where(Contact.customer_id == customer_id)))
    own.rollback()
    contact_id, other = (chance.choice(ids), chance.choice(ids)) if ids else (0, 0)
    edit = values(f"e{contact_id}", is_primary=True, send_password_mail=False, is_user=False)
    changes: list[Callable[[], Any]] = [
        lambda: creation(customer_id, name, own),
        lambda: contact_states.make_primary(own, customer_id, contact_id),
        lambda: contact_states.deactivate_contact(own, customer_id, contact_id, other),
        lambda: contact_states.reactivate_contact(own, customer_id, contact_id),
        lambda: contact_states.delete_contact(own, customer_id, contact_id, other),
        lambda: edit_contact(own, customer_id, contact_id, edit),
    ]
    with suppress(ContactsError):
        chance.choice(changes)()


def primaries(session: Session, customer_id: int) -> tuple[int, int]:
    """How many active contacts, and how many of them are primary."""
    session.rollback()
    active = select(Contact.is_primary).where(Contact.customer_id == customer_id, Contact.active)
    flags = list(session.scalars(active))
    return len(flags), sum(flags)


def test_eight_first_contacts_make_one_primary(
    app: Flask, session: Session, make_customer: Callable[..., Any]
) -> None:
    """The database refuses a second primary, the retry makes it an ordinary contact (C3)."""
    for round_ in range(5):
        customer_id = make_customer().id
        names = [f"r{round_}n{number}" for number in range(THREADS)]
        jobs = [partial(creation, customer_id, name) for name in names]
        results = together(app, jobs)
        assert not [result for result in results if isinstance(result, Exception)]
        assert primaries(session, customer_id) == (THREADS, 1)


def test_any_mix_of_changes_leaves_one_primary(
    app: Flask, session: Session, make_customer: Callable[..., Any]
) -> None:
    """Create, promote, deactivate, reactivate, delete in any order, from eight threads."""
    customer_id = make_customer().id
    with app.app_context():
        for number in range(4):
            create_contact(session, customer_id, values(f"start{number}"))
    broken: list[tuple[int, int]] = []

    def work(own: Session, seed: int) -> None:
        chance = random.Random(seed)
        for step in range(12):
            change_at_random(own, customer_id, chance, f"t{seed}s{step}")
            active, primary = primaries(own, customer_id)
            if primary != min(active, 1):
                broken.append((active, primary))

    together(app, [lambda own, seed=seed: work(own, seed) for seed in range(THREADS)])
    assert broken == []


def test_one_address_is_taken_once_at_a_customer(
    app: Flask, session: Session, make_customer: Callable[..., Any]
) -> None:
    """Eight staff type the same person: one contact, seven clear errors (C6)."""
    customer_id = make_customer().id
    spellings = ["Same@Example.com", "same@example.com ", "SAME@EXAMPLE.COM", "same@example.com"]
    jobs = [
        lambda own, email=email: create_contact(own, customer_id, values("x", email=email))
        for email in spellings * 2
    ]
    results = together(app, jobs)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert sum(isinstance(result, InvalidInput) for result in results) == THREADS - 1
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Contact)) == 1


def test_one_person_at_eight_companies_has_one_login(
    app: Flask, session: Session, make_customer: Callable[..., Any]
) -> None:
    """Created everywhere at one moment: eight contacts join one login (C6)."""
    ids = [make_customer().id for _ in range(THREADS)]
    jobs = [
        lambda own, key=key: create_contact(own, key, values("x", email="one@example.com"))
        for key in ids
    ]
    results = together(app, jobs)
    assert not [result for result in results if isinstance(result, Exception)]
    session.rollback()
    assert len(set(session.scalars(select(Contact.login_id)))) == 1
    assert session.scalar(select(func.count()).select_from(Login)) == 1


def test_a_link_has_one_winner(
    app: Flask, session: Session, make_customer: Callable[..., Any]
) -> None:
    """Of sixteen who use one link at once, one sets the password (C9)."""
    with app.app_context():
        contact = create_contact(session, make_customer().id, values("x")).contact
        link = session.scalars(select(Link)).one()
        links.start_life(link)
        session.commit()
        token = links.sign(link)
    passwords = [f"the words of thread number {number}" for number in range(16)]
    jobs = [lambda own, text=text: set_password(own, token, text, text) for text in passwords]
    results = together(app, jobs)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, LinkUsed) for result in results) == 15
    session.rollback()
    assert session.get_one(Login, contact.login_id).session_epoch == 1
    notices = select(func.count()).where(Mail.template == "password_changed")
    assert session.scalar(notices) == 1


def test_two_drainers_send_each_mail_once(
    app: Flask, session: Session, smtp: RecordingSmtp, make_customer: Callable[..., Any]
) -> None:
    """Four drainers at once: every mail once, none left."""
    with app.app_context():
        customer_id = make_customer().id
        for number in range(20):
            create_contact(session, customer_id, values(f"n{number}"))
    together(app, [drain] * 4)
    assert len(smtp.messages) == 20
    assert len({message["Message-ID"] for message in smtp.messages}) == 20


@pytest.mark.parametrize("change", ["deactivate", "delete"])
def test_a_contact_that_leaves_while_it_signs_in(
    app: Flask, session: Session, make_customer: Any, make_contact: Any, change: str
) -> None:
    """Whatever the order, afterwards no session of an inactive contact resolves (P7)."""
    from flask_contacts.services.accounts.sign_in import resolve, sign_in

    contact = make_contact(make_customer(), password=SECRET)
    leave = getattr(contact_states, f"{change}_contact")
    customer_id, contact_id, email = contact.customer_id, contact.id, contact.email
    session.rollback()
    jobs = [lambda own: sign_in(own, email, SECRET, None, None) for _ in range(THREADS - 1)]
    results = together(app, [*jobs, lambda own: leave(own, customer_id, contact_id)])
    session.expire_all()
    with app.app_context():
        tokens = [result.token for result in results if hasattr(result, "token")]
        assert all(resolve(session, token) is None for token in tokens)
    leftover = select(func.count()).select_from(PortalSession)
    assert change == "deactivate" or session.scalar(leftover) == 0


def test_a_service_decides_by_the_present(
    app: Flask, session: Session, make_customer: Any, make_contact: Any
) -> None:
    """Not by what its request has read before: MariaDB would go on showing that (C4)."""
    customer = make_customer()
    customer_id = customer.id
    first, second = (make_contact(customer).id for _ in range(2))
    with app.app_context():
        own: Any = db.session
        assert all(own.scalars(select(Contact.active)))  # the request's transaction begins
        with app.app_context():
            contact_states.deactivate_contact(session, customer_id, second)
        with pytest.raises(InvalidInput):
            contact_states.make_primary(own, customer_id, second)
        with app.app_context():
            contact_states.reactivate_contact(session, customer_id, second)
        contact_states.deactivate_contact(own, customer_id, first, second)
    assert primaries(session, customer_id) == (1, 1)


def test_what_the_caller_began_is_the_callers(
    app: Flask, session: Session, make_customer: Any
) -> None:
    """A host's own change is neither committed by a service nor lost: it refuses at once."""
    customer_id = make_customer().id
    with app.app_context():
        session.add(new_customer("Own"))
        session.flush()
        with pytest.raises(TransactionOpen):
            create_contact(session, customer_id, values("x"))
        with pytest.raises(TransactionOpen):
            contact_states.make_primary(session, customer_id, 2**31)
        session.rollback()
        session.add(new_customer("Kept"))
        session.commit()
        create_contact(session, customer_id, values("x"))
    companies = set(session.scalars(select(getattr(Customer, CUSTOMER_NAME))))
    assert "Kept" in companies
    assert "Own" not in companies


@pytest.mark.parametrize("wrong", ["1", 1.0, True, 0, -1, 2**31, 2**80])
def test_a_key_of_a_wrong_type_is_nobody(
    app: Flask, session: Session, make_customer: Any, make_contact: Any, wrong: Any
) -> None:
    """NotFound on every engine, never a guess and never a database's error."""
    contact = make_contact(make_customer())
    customer_id, contact_id = contact.customer_id, contact.id
    with app.app_context():
        with pytest.raises(NotFound):
            contact_states.make_primary(session, customer_id, wrong)
        with pytest.raises(NotFound):
            contact_states.make_primary(session, wrong, contact_id)
        with pytest.raises(NotFound):
            create_contact(session, wrong, values("x"))


@pytest.mark.parametrize("has_read", [False, True])
def test_one_key_at_the_same_moment_promises_once(
    app: Flask, session: Session, make_customer: Any, make_contact: Any, has_read: bool
) -> None:
    """Two transactions of the host's notify with one key, also where each has read before: one
    mail, and no error (N3)."""
    customer_id = make_customer().id
    make_contact(customer_id, permissions=["invoices"], topics=["invoice"])
    session.rollback()
    has_begun = Barrier(2, timeout=10)
    words = {"invoice_number": "1", "invoice_total": "2"}

    def tell(own: Session) -> int:
        if has_read:
            own.scalars(select(Mail.id)).all()
        has_begun.wait()
        told = notify(own, "invoice", customer_id, "invoice", words, dedupe_key="overdue:1")
        own.commit()
        return len(told)

    assert sorted(together(app, [tell, tell])) == [0, 1]
    assert session.scalar(select(func.count()).select_from(Mail)) == 1
