"""Out of the books: archive, restore, anonymise, delete; and moving to another company."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.errors import InvalidInput, NotFound, SignInRefused, SuccessorRequired
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Activity, Base, Contact, Link, Login, Mail, PortalSession
from flask_contacts.services.accounts.sign_in import resolve, sign_in
from flask_contacts.services.contacts import archive
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.contacts.lists import list_contacts
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import (
    deactivate_contact,
    delete_contact,
    reactivate_contact,
)
from flask_contacts.services.retention import purge
from flask_contacts.testing import PASSWORD
from tests.host_app import HostTicket

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def contact(make_customer: Callable[..., Any], make_contact: Callable[..., Any]) -> Any:
    """A contact with everything a person leaves behind."""
    return make_contact(
        make_customer(company="Aurora"),
        firstname="Maraxyz", lastname="Oneilxyz", middle_name="Midxyz",
        email="maraxyz@example.com",
        position="Bossxyz", phone="+44 20 7946 0018", mobile_phone="+44 7700 900118",
        birthday="1980-01-02", notes="notesxyz", certificate="certxyz",
        email2="two.xyz@example.com",
        other_contacts="otherxyz", no_welcome_mail=False, timezone="Europe/London",
    )  # fmt: skip


def everything(session: Session) -> str:
    """All values of all our tables, as text."""
    session.expire_all()
    tables = [table for table in Base.metadata.sorted_tables if table.name.startswith("contacts_")]
    rows = [list(map(str, row)) for table in tables for row in session.execute(select(table))]
    return json.dumps(rows)


def test_an_archived_contact_is_out_of_the_way(session: Session, contact: Any) -> None:
    """No login, not in the list, and its address is free for another (C6)."""
    token = sign_in(session, "maraxyz@example.com", PASSWORD, None, None).token
    archive.archive_contact(session, contact.customer_id, contact.id)
    assert resolve(session, token) is None
    with pytest.raises(SignInRefused):
        sign_in(session, "maraxyz@example.com", PASSWORD, None, None)
    assert list_contacts(session, contact.customer_id).items == []
    assert list_contacts(session, contact.customer_id, archived=True).items == [contact]
    again = {"firstname": "New", "lastname": "Mara", "email": "maraxyz@example.com"}
    created = create_contact(session, contact.customer_id, {**again, "password": PASSWORD})
    assert created.contact.is_primary


def test_an_archived_contact_cannot_be_changed_behind_its_back(
    session: Session, contact: Any
) -> None:
    """Edit and reactivate say to restore it first."""
    customer_id = contact.customer_id
    archive.archive_contact(session, customer_id, contact.id)
    raw = {"firstname": "M", "lastname": "O", "email": "maraxyz@example.com", "password": PASSWORD}
    for change in (
        lambda: edit_contact(session, customer_id, contact.id, raw),
        lambda: reactivate_contact(session, customer_id, contact.id),
        lambda: move_contact(session, customer_id, contact.id, customer_id),
    ):
        with pytest.raises(InvalidInput, match="archived"):
            change()


def test_restoring_gives_the_address_back_if_it_is_free(session: Session, contact: Any) -> None:
    """Restored: inactive, without login; refused where another took the address."""
    customer_id = contact.customer_id
    archive.archive_contact(session, customer_id, contact.id)
    archive.restore_contact(session, customer_id, contact.id)
    assert (contact.archived_at, contact.active, contact.login_id) == (None, False, None)
    assert contact.email_key == "maraxyz@example.com"
    archive.archive_contact(session, customer_id, contact.id)
    raw = {"firstname": "New", "lastname": "Mara", "email": "maraxyz@example.com"}
    create_contact(session, customer_id, {**raw, "password": PASSWORD})
    with pytest.raises(InvalidInput) as caught:
        archive.restore_contact(session, customer_id, contact.id)
    assert list(caught.value.errors) == ["email"]


def test_nothing_of_the_person_is_left(session: Session, contact: Any) -> None:
    """Anonymised: no value that was typed is found in any table of ours."""
    customer_id = contact.customer_id
    with pytest.raises(InvalidInput):
        archive.anonymise_contact(session, customer_id, contact.id)
    assert "xyz" in everything(session)
    with pytest.raises(SignInRefused):
        sign_in(session, "maraxyz@example.com", "wrong", None, None)
    archive.archive_contact(session, customer_id, contact.id)
    archive.anonymise_contact(session, customer_id, contact.id)
    left = everything(session)
    for trace in ("xyz", "7946", "900118", "1980-01-02", "Europe/London"):
        assert trace not in left
    assert contact.name == "Anonymised contact"
    assert set(session.scalars(select(Mail.state))) == {"cancelled"}
    with pytest.raises(InvalidInput):
        archive.restore_contact(session, customer_id, contact.id)
    fields = session.scalars(select(Activity.changes).where(Activity.verb == "created")).one()
    assert fields["firstname"] == [None, None], "what was typed is still known to have been"


def test_the_preview_counts_what_goes_and_what_stays(session: Session, contact: Any) -> None:
    """Activity, mail, the login, and the host's rows by what their foreign keys say."""
    session.add(HostTicket(subject="Help", customer_id=contact.customer_id, contact_id=contact.id))
    session.commit()
    shown = archive.preview(session, contact.customer_id, contact.id)
    assert shown.activities == 3
    assert shown.mails == 1
    assert shown.last_of_login
    reference = shown.references[0]
    assert (reference.table, reference.rows, reference.effect) == ("host_ticket", 1, "kept")


def test_deleting_never_takes_the_hosts_rows(session: Session, contact: Any) -> None:
    """A ticket with ON DELETE SET NULL stays, also where SQLite does not enforce it."""
    session.add(HostTicket(subject="Help", customer_id=contact.customer_id, contact_id=contact.id))
    session.commit()
    delete_contact(session, contact.customer_id, contact.id)
    session.expire_all()
    assert session.scalars(select(HostTicket.contact_id)).all() == [None]
    for table in (Contact, Login, Link, PortalSession, Activity):
        assert session.scalar(select(func.count()).select_from(inspect(table).local_table)) == 0


def test_a_reused_id_does_not_inherit(session: Session, contact: Any, make_contact: Any) -> None:
    """Delete, create again: another id, and none of the old one's mail or links."""
    customer_id, old_id = contact.customer_id, contact.id
    delete_contact(session, customer_id, contact.id)
    fresh = make_contact(customer_id)
    assert fresh.id != old_id
    assert drain(session) == 0


def test_a_contact_moves_with_its_history(
    session: Session, contact: Any, make_customer: Any, make_contact: Any
) -> None:
    """Login, permissions and activity go along; both customers keep one primary (C4)."""
    target = make_customer(company="Borealis")
    colleague = make_contact(contact.customer_id, manager="maraxyz@example.com")
    old, login_id = contact.customer_id, contact.login_id
    with pytest.raises(SuccessorRequired):
        move_contact(session, old, contact.id, target.id)
    saved = move_contact(session, old, contact.id, target.id, colleague.id)
    assert saved.promoted is colleague
    assert (contact.customer_id, contact.login_id) == (target.id, login_id)
    assert (contact.primary_of, colleague.primary_of) == (target.id, old)
    session.refresh(colleague)
    assert colleague.manager_id is None
    moved = session.scalars(select(Activity).where(Activity.verb == "moved")).one()
    assert moved.changes == {"customer": ["Aurora", "Borealis"]}
    with pytest.raises(NotFound):
        move_contact(session, old, contact.id, target.id)


def test_a_password_of_staff_stays_behind(
    session: Session, contact: Any, make_customer: Any
) -> None:
    """C7: who set it must not get in at the new customer. Sessions end, a link is mailed; a
    contact that is not active gets none."""
    first, second = make_customer(), make_customer()
    token = sign_in(session, "maraxyz@example.com", PASSWORD, None, None).token
    saved = move_contact(session, contact.customer_id, contact.id, first.id)
    assert saved.password_erased
    assert saved.mails == ("set_password",)
    assert contact.login.password_hash is None
    assert resolve(session, token) is None
    again = move_contact(session, first.id, contact.id, second.id)
    assert (again.password_erased, again.mails) == (False, ())
    raw = {"firstname": "Mara", "lastname": "Oneil", "email": contact.email, "password": PASSWORD}
    edit_contact(session, second.id, contact.id, raw)
    deactivate_contact(session, second.id, contact.id)
    quiet = move_contact(session, second.id, contact.id, first.id)
    assert (quiet.password_erased, quiet.mails) == (True, ())


def test_the_holders_password_moves_along(
    session: Session, contact: Any, make_customer: Any
) -> None:
    """Nobody else knows it, so the person goes on with it."""
    target = make_customer()
    login = contact.login
    login.held, login.proven_at = True, utc_now()
    session.commit()
    token = sign_in(session, "maraxyz@example.com", PASSWORD, None, None).token
    saved = move_contact(session, contact.customer_id, contact.id, target.id)
    assert (saved.password_erased, saved.mails) == (False, ())
    assert resolve(session, token) is not None


def test_what_cannot_move(
    session: Session, contact: Any, make_customer: Any, make_contact: Any
) -> None:
    """To an unknown customer, to its own, or to where its address is taken."""
    target = make_customer()
    make_contact(target, email="MARAXYZ@example.com")
    with pytest.raises(NotFound):
        move_contact(session, contact.customer_id, contact.id, 999)
    for key in (contact.customer_id, target.id):
        with pytest.raises(InvalidInput) as caught:
            move_contact(session, contact.customer_id, contact.id, key)
        assert list(caught.value.errors) == ["customer"]


def test_old_things_are_forgotten(session: Session, contact: Any) -> None:
    """purge: bodies after 90 days, links and sessions after 30, addresses after 180."""
    token = sign_in(session, "maraxyz@example.com", PASSWORD, "10.0.0.1", None).token
    drain(session)
    assert set(purge(session).values()) == {0}
    assert resolve(session, token) is not None
    with time_machine.travel(utc_now() + timedelta(days=181)):
        done = purge(session)
    assert done["mail bodies"] == 1
    assert done["sessions"] == 1
    assert done["addresses"] == 1
    assert session.scalars(select(Mail.message)).all() == [None]
    assert session.scalars(select(Activity.address).distinct()).all() == [None]


@pytest.mark.parametrize(
    ("keep", "idle", "alive"),
    [(0, timedelta(0), True), (0, timedelta(hours=9), False), (30, timedelta(days=20), True)],
)
def test_no_living_session_is_purged(
    app: Flask, session: Session, contact: Any, keep: int, idle: timedelta, alive: bool
) -> None:
    """Kept for no day at all, a session still lives as long as sign-in says; and one that has
    timed out is kept for its days."""
    app.config["CONTACTS_KEEP_SESSION_DAYS"] = keep
    token = sign_in(session, "maraxyz@example.com", PASSWORD, None, None).token
    with time_machine.travel(utc_now() + idle):
        lives = resolve(session, token) is not None
        session.commit()
        assert purge(session)["sessions"] == (0 if alive else 1)
    assert lives == (idle == timedelta(0))
