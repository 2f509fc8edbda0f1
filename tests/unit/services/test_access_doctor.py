"""The access doctor: why a contact does not get in, and what it sees."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.errors import InvalidInput, NotFound, SignInRefused, TooManyAttempts
from flask_contacts.models import Activity, Contact, Login, Mail, PortalSession, Setting, TwoFactor
from flask_contacts.services import limits
from flask_contacts.services.access import doctor as access_doctor
from flask_contacts.services.access.checks import CHECKS, Finding
from flask_contacts.services.access.doctor import diagnose, grant, modules_of
from flask_contacts.services.access.facts import Facts
from flask_contacts.services.access.records import SENTENCES, RecordAnswer, discreet
from flask_contacts.services.accounts import logins
from flask_contacts.services.accounts.sign_in import sign_in
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.invitations.sending import send_invitation
from flask_contacts.services.invitations.set_password import forgot_password
from flask_contacts.testing import PASSWORD, RecordingSmtp

Make = Callable[..., Any]
Found = dict[str, Finding]
INVITED = {"password": "", "send_password_mail": True}

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer."""
    return make_customer()


def examined(session: Session, contact: Any, *, precise: bool = True) -> tuple[str, Found]:
    """The verdict, and the findings by their names."""
    session.expire_all()
    diagnosis = diagnose(session, session.get_one(Contact, contact.id), precise=precise)
    return diagnosis.verdict, {one.name: one for one in diagnosis.findings}


def test_somebody_who_is_in(session: Session, make_contact: Make, customer: Any) -> None:
    """Yes, with the last sign-in and the open sessions."""
    contact = make_contact(customer, email="in@example.com")
    sign_in(session, "in@example.com", PASSWORD, "10.0.0.1", "a browser")
    verdict, found = examined(session, contact)
    assert verdict == "yes"
    assert set(found) == {"signed_in", "sessions"}
    assert found["signed_in"].when is not None
    assert found["sessions"].count == 1


def test_each_state_that_keeps_somebody_out(
    session: Session, make_contact: Make, customer: Any
) -> None:
    """Inactive, archived, anonymised: no, with what repairs it, or nothing where nothing does."""
    make_contact(customer)
    contact = make_contact(customer)
    key, pk = contact.customer_id, contact.id
    for leave, name, repairs in (
        (deactivate_contact, "inactive", ("reactivate",)),
        (archive_contact, "archived", ("restore",)),
        (anonymise_contact, "anonymised", ()),
    ):
        leave(session, key, pk)
        verdict, found = examined(session, contact)
        assert verdict == "no"
        assert found[name].repairs == repairs
    assert "login" not in found


def test_without_a_login(session: Session, make_contact: Make, customer: Any) -> None:
    """No, with the way to one; where there is no address either, that is said first."""
    contact = make_contact(customer, is_user=False)
    verdict, found = examined(session, contact)
    assert (verdict, found["login"].repairs) == ("no", ("login",))
    session.execute(
        update(Contact).where(Contact.id == contact.id).values(email=None, email_key=None)
    )
    session.commit()
    assert "login" not in examined(session, contact)[1]
    assert examined(session, contact)[1]["email"].repairs == ("edit",)


def test_a_password_by_staff_is_not_used_yet(
    session: Session, make_contact: Make, customer: Any
) -> None:
    """The person can sign in, and has not: a warning, no refusal."""
    verdict, found = examined(session, make_contact(customer))
    assert verdict == "yes"
    assert found["unused"].level == "warning"
    assert "invitation" not in found


def test_the_way_of_an_invitation(
    session: Session, make_contact: Make, customer: Any, smtp: RecordingSmtp, drain: Make
) -> None:
    """Never invited, waiting, sent: no password yet, each with its button."""
    contact = make_contact(customer, **{**INVITED, "send_password_mail": False}, is_user=False)
    login = Login(email="x@example.com", email_key="x@example.com")
    session.add(login)
    session.flush()
    session.execute(update(Contact).where(Contact.id == contact.id).values(login_id=login.id))
    session.commit()
    verdict, found = examined(session, contact)
    assert (verdict, set(found)) == ("no", {"password", "invitation"})
    assert (found["invitation"].level, found["invitation"].repairs) == ("warning", ("invite",))
    send_invitation(session, contact.customer_id, contact.id)
    found = examined(session, contact)[1]
    assert found["invitation"].level == "info"
    assert found["invitation"].repairs == ("invite", "outgoing_mail")
    drain()
    assert examined(session, contact)[1]["invitation"].repairs == ("invite",)


def test_failed_and_expired_invitations(
    session: Session, make_contact: Make, customer: Any, smtp: RecordingSmtp, drain: Make
) -> None:
    """A mail that failed leads to the outbox too, a link that has run out to another one."""
    contact = make_contact(customer, **INVITED)
    drain()
    session.execute(update(Mail).values(state="failed", error="550 no such user"))
    session.commit()
    found = examined(session, contact)[1]
    assert found["invitation"].level == "warning"
    assert "outgoing_mail" in found["invitation"].repairs
    session.execute(update(Mail).values(state="sent", error=None))
    session.commit()
    with time_machine.travel(utc_now() + timedelta(days=3)):
        found = examined(session, contact)[1]
    assert (found["invitation"].level, found["invitation"].repairs) == ("warning", ("invite",))


def test_a_password_that_was_erased(session: Session, make_contact: Make, customer: Any) -> None:
    """Somebody who has been in and has no password any more gets a link, and is told so."""
    contact = make_contact(customer, email="was@example.com")
    sign_in(session, "was@example.com", PASSWORD, None, None)
    login = session.scalars(select(Login)).one()
    logins.change_credentials(session, login, None)
    session.commit()
    verdict, found = examined(session, contact)
    assert (verdict, found["password"].repairs) == ("no", ("invite",))
    assert "invitation" not in found


def test_too_many_attempts(app: Flask, session: Session, make_contact: Make, customer: Any) -> None:
    """While the limit holds the answer is no, until when, and it passes by itself."""
    app.config["CONTACTS_SIGN_IN_FAILURES"] = 2
    contact = make_contact(customer, email="typo@example.com")
    with time_machine.travel(utc_now(), tick=False) as clock:
        for _ in range(2):
            with pytest.raises(SignInRefused):
                sign_in(session, "Typo@example.com", "wrong", None, None)
        verdict, found = examined(session, contact)
        until = found["attempts"].when
        assert verdict == "no"
        assert until is not None
        with pytest.raises(TooManyAttempts):
            sign_in(session, "typo@example.com", PASSWORD, None, None)
        clock.move_to(until)
        assert examined(session, contact)[0] == "yes"
        assert sign_in(session, "typo@example.com", PASSWORD, None, None).token


def test_too_many_links(
    app: Flask, session: Session, make_contact: Make, customer: Any, smtp: RecordingSmtp
) -> None:
    """Who has asked for all links of the hour gets one from staff; the person can sign in."""
    app.config["CONTACTS_LINKS_PER_HOUR"] = 1
    contact = make_contact(customer, email="lost@example.com")
    forgot_password(session, "lost@example.com", None)
    verdict, found = examined(session, contact)
    assert verdict == "yes"
    assert (found["links"].level, found["links"].repairs) == ("warning", ("invite",))


def test_the_second_factor(session: Session, make_contact: Make, customer: Any) -> None:
    """On with codes, on without a code, required and not set up: each is said."""
    contact = make_contact(customer)
    assert "two_factor" not in examined(session, contact)[1]
    session.add(Setting(name="two_factor", value=["required"]))
    session.commit()
    assert examined(session, contact)[1]["two_factor"].repairs == ()
    session.add(
        TwoFactor(login_id=contact.login_id, secret="sealed", last_step=1, recovery_salt="salt")
    )
    session.commit()
    found = examined(session, contact)[1]["two_factor"]
    assert (found.level, found.repairs) == ("warning", ("reset_two_factor",))


def test_mail_that_nobody_delivers(session: Session, make_contact: Make, customer: Any) -> None:
    """A mail that is due for more than ten minutes shows that no worker runs."""
    contact = make_contact(customer, **INVITED)
    assert "delivery" not in examined(session, contact)[1]
    with time_machine.travel(utc_now() + timedelta(minutes=11)):
        found = examined(session, contact)[1]
    assert found["delivery"].repairs == ("outgoing_mail",)
    assert found["delivery"].when == session.scalar(select(Mail.not_before))


def test_without_a_base_url(
    app: Flask, session: Session, make_contact: Make, customer: Any
) -> None:
    """Links in mail would lead nowhere: staff are told who can help."""
    contact = make_contact(customer)
    assert "base_url" not in examined(session, contact)[1]
    app.config["CONTACTS_BASE_URL"] = None
    assert examined(session, contact)[1]["base_url"].level == "warning"


def test_without_a_customer(session: Session, make_contact: Make, customer: Any) -> None:
    """Signing in works and shows nothing."""
    contact = make_contact(customer, permissions=["invoices"])
    session.execute(
        update(Contact).where(Contact.id == contact.id).values(customer_id=None, primary_of=None)
    )
    session.commit()
    verdict, found = examined(session, contact)
    assert (verdict, found["customer"].level) == ("yes", "warning")
    sights = {one.module.name: one.reason for one in modules_of(contact)}
    assert sights["invoices"] == "no_customer"


@pytest.mark.parametrize("known", ["nowhere", "unproven", "proven", "signed in", "two-factor"])
def test_what_is_told_to_staff_who_do_not_see_every_customer(
    app: Flask,
    session: Session,
    make_contact: Make,
    make_customer: Make,
    customer: Any,
    smtp: RecordingSmtp,
    drain: Make,
    known: str,
) -> None:
    """Whether the person has a login elsewhere changes nothing of what they read (C6, S7)."""
    app.config["CONTACTS_SIGN_IN_FAILURES"] = 1
    address = "jo@example.com"
    if known != "nowhere":
        make_contact(make_customer(), email=address)
        if known != "unproven":
            session.execute(update(Login).values(held=True, proven_at=utc_now()))
        session.commit()
    if known in {"signed in", "two-factor"}:
        sign_in(session, address, PASSWORD, None, None)
    if known == "two-factor":
        login_id = session.scalars(select(Login.id)).one()
        session.add(
            TwoFactor(login_id=login_id, secret="sealed", last_step=1, recovery_salt="salt")
        )
        session.commit()
    contact = make_contact(customer, email=address, **INVITED)
    drain()
    if known in {"signed in", "proven"}:  # a session that goes on here would tell of it too
        session.execute(update(PortalSession).values(contact_id=contact.id))
        session.commit()
    with pytest.raises(SignInRefused):
        sign_in(session, address, "wrong", None, None)
    verdict, found = examined(session, contact, precise=False)
    assert verdict == "not_yet"
    assert {name: (one.level, one.repairs) for name, one in found.items()} == {
        "password": ("open", ()),
        "invitation": ("info", ("invite",)),
    }


def test_another_check_is_a_function(
    session: Session, make_contact: Make, customer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Added to the list it is asked, and counts for the verdict."""

    def always(_facts: Facts) -> Finding:
        return Finding("mine", "stop", "Closed on Mondays.")

    monkeypatch.setattr(access_doctor, "CHECKS", [*CHECKS, always])
    verdict, found = examined(session, make_contact(customer))
    assert (verdict, found["mine"].text) == ("no", "Closed on Mondays.")


def test_what_a_diagnosis_costs(
    session: Session,
    make_contact: Make,
    customer: Any,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    """A handful of statements, however many contacts there are."""
    costs = []
    for _ in range(2):
        contact = make_contact(customer)
        session.expire_all()
        found = session.get_one(Contact, contact.id)
        with statements() as seen:
            diagnose(session, found, precise=True)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 9


def test_the_modules(session: Session, make_contact: Make, customer: Any) -> None:
    """Open, own records only, without the permission, without a page of the host."""
    make_contact(customer)
    contact = make_contact(customer, permissions=["invoices", "estimates"])
    reasons = {one.module.name: one.reason for one in modules_of(contact)}
    assert reasons["invoices"] == "open"
    assert reasons["support"] == "no_permission"
    assert reasons["estimates"] == "no_page"
    seen = {one.module.name for one in modules_of(contact) if one.is_seen}
    assert seen == {"invoices"}


def test_granting(session: Session, make_contact: Make, customer: Any) -> None:
    """One permission more, noted with who did it; topics and the others stay. Twice is once."""
    contact = make_contact(customer, permissions=["invoices"], topics=["invoice"])
    for _ in range(2):
        grant(session, contact.customer_id, contact.id, "support")
    session.expire_all()
    assert contact.permission_names == {"invoices", "support"}
    assert contact.topic_names == {"invoice"}
    rows = session.scalars(select(Activity).where(Activity.verb == "edited")).all()
    assert [row.changes for row in rows] == [
        {"permissions": [["invoices"], ["invoices", "support"]]}
    ]


def test_what_cannot_be_granted(
    session: Session, make_contact: Make, make_customer: Make, customer: Any
) -> None:
    """No unknown module, no permission that is no module, nobody of another customer, nobody
    who is archived."""
    make_contact(customer)
    contact = make_contact(customer)
    key, pk = contact.customer_id, contact.id
    for module in ("nonsense", "", "email_notifications"):
        with pytest.raises(InvalidInput):
            grant(session, key, pk, module)
    with pytest.raises(NotFound):
        grant(session, make_customer().id, pk, "invoices")
    archive_contact(session, key, pk)
    with pytest.raises(InvalidInput):
        grant(session, key, pk, "invoices")


def test_wrong_codes(session: Session, make_contact: Make, customer: Any) -> None:
    """Each kind of attempt has a window of its own: codes that failed keep out, and say so."""
    contact = make_contact(customer, email="codes@example.com")
    for _ in range(limits.TWO_FACTOR_FAILURES):
        assert "codes" not in examined(session, contact)[1]
        limits.take_two_factor_slot(session, "codes@example.com")
        session.commit()
    verdict, found = examined(session, contact)
    assert (verdict, found["codes"].repairs) == ("no", ("reset_two_factor",))
    assert found["codes"].when is not None
    assert "attempts" not in found
    assert "links" not in found


def test_a_discreet_answer() -> None:
    """Whether a record is missing or another customer's is the same to staff who do not see
    every customer; what is this customer's is told as it is."""
    told = {
        kind: discreet(RecordAnswer(kind, "invoices", title="T", owner_id=7)) for kind in SENTENCES
    }
    assert told["no_such_record"] == told["other_customer"] == RecordAnswer("not_here", "invoices")
    assert all(told[kind].title == "T" for kind in ("visible", "own_records", "filtered"))
