"""View-as: who begins a view, how long it lasts, what ends it, what is kept of it (P8)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.clock import utc_now
from flask_contacts.errors import InvalidInput, NotFound, ReadOnlyView
from flask_contacts.models import Activity, Contact, PortalView
from flask_contacts.services.access import view_as
from flask_contacts.services.access.view_as import EndedView, StaffVisit
from flask_contacts.services.accounts.own_data import own_data
from flask_contacts.services.accounts.sign_in import resolve, sign_in
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import deactivate_contact, delete_contact
from flask_contacts.services.retention import purge
from flask_contacts.testing import PASSWORD

Make = Callable[..., Any]
STAFF = Actor("staff", "Ada Min", staff_id=1, address="10.0.0.9")
REASON = "asked on the phone about an invoice"

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """A contact with a permission and a login."""
    return make_contact(make_customer(), permissions=["invoices"], email="anna@example.com")


def begin(session: Session, contact: Any, reason: object = REASON, who: Actor = STAFF) -> str:
    """The token of a new view."""
    key, pk = contact.customer_id, contact.id
    return view_as.begin(session, key, pk, {"reason": reason}, who, language="en")


def ended(session: Session, token: str) -> str | None:
    """Why a view is over; None while it goes on."""
    session.expire_all()
    found = view_as.resolve(session, token)
    assert found is not None
    return found.reason if isinstance(found, EndedView) else None


def noted(session: Session, contact: Any) -> list[tuple[str, str]]:
    """What of views stands in the contact's activity: verb and name of the actor."""
    query = select(Activity.verb, Activity.actor_name).where(
        Activity.contact_id == contact.id, Activity.verb.startswith("view_as")
    )
    return [tuple(row) for row in session.execute(query.order_by(Activity.id))]  # type: ignore[misc]


def test_a_view_shows_the_contact_and_not_the_login(session: Session, contact: Any) -> None:
    """The visit has contact and permissions; whatever asks for login or session is refused."""
    visit = view_as.resolve(session, begin(session, contact))
    assert isinstance(visit, StaffVisit)
    assert visit.contact.id == contact.id
    assert visit.permissions == {"invoices"}
    assert visit.viewed_by.staff_name == "Ada Min"
    assert visit.viewed_by.minutes_left == 15
    assert not visit.must_set_up_two_factor
    for name in ("login", "session_row"):
        with pytest.raises(ReadOnlyView):
            getattr(visit, name)


def test_the_token_is_kept_as_a_hash_alone(session: Session, contact: Any) -> None:
    """Nothing in the table opens a view; and it is no token of a portal session."""
    token = begin(session, contact)
    row = session.scalars(select(PortalView)).one()
    assert token not in {str(value) for value in vars(row).values()}
    assert resolve(session, token) is None
    own = sign_in(session, "anna@example.com", PASSWORD, None, None).token
    assert view_as.resolve(session, own) is None
    assert view_as.resolve(session, "") is None


@pytest.mark.parametrize(
    "reason", ["", "   ", "x" * 201, "a\x00b", "a\u202eb", "\u3164", None, 7, ["a"]]
)
def test_a_reason_is_required(session: Session, contact: Any, reason: object) -> None:
    """Missing, too long, unprintable or no text: a message at its field, and nothing is kept."""
    with pytest.raises(InvalidInput) as caught:
        begin(session, contact, reason)
    assert set(caught.value.errors) == {"reason"}
    assert session.scalars(select(PortalView)).all() == []
    assert noted(session, contact) == []


def test_the_longest_reason(session: Session, contact: Any) -> None:
    """200 characters of any script are taken."""
    begin(session, contact, "ß" * 200)
    assert session.scalars(select(PortalView.reason)).one() == "ß" * 200


def test_only_the_customers_own_contact(
    session: Session, contact: Any, make_customer: Make
) -> None:
    """At another customer there is no such contact."""
    key, raw = make_customer().id, {"reason": REASON}
    with pytest.raises(NotFound):
        view_as.begin(session, key, contact.id, raw, STAFF, language="en")


def test_nobody_looks_as_who_is_not_active(session: Session, contact: Any) -> None:
    """An inactive and an archived contact have no portal, and the error says which."""
    deactivate_contact(session, contact.customer_id, contact.id)
    with pytest.raises(InvalidInput, match="not active"):
        begin(session, contact)
    archive_contact(session, contact.customer_id, contact.id)
    with pytest.raises(InvalidInput, match="archived"):
        begin(session, contact)


def test_without_a_login(session: Session, make_customer: Make, make_contact: Make) -> None:
    """What the person would see can be seen before there is a login."""
    contact = make_contact(make_customer(), is_user=False)
    assert contact.login_id is None
    assert ended(session, begin(session, contact)) is None


def test_it_lasts_fifteen_minutes(session: Session, contact: Any) -> None:
    """One second before it goes on, at the end it is over; looking does not prolong it."""
    with time_machine.travel(utc_now(), tick=False) as clock:
        token = begin(session, contact)
        clock.shift(14 * 60 + 59)
        visit = view_as.resolve(session, token)
        assert isinstance(visit, StaffVisit)
        assert visit.viewed_by.minutes_left == 1
        clock.shift(1)
        assert ended(session, token) == "expired"
        clock.shift(timedelta(days=1))
        assert ended(session, token) == "expired"


def test_ending_is_noted_once(session: Session, contact: Any) -> None:
    """The token is dead afterwards; ending again is no error and notes nothing."""
    token = begin(session, contact)
    assert view_as.end(session, token, "10.0.0.9")
    assert ended(session, token) == "ended"
    assert not view_as.end(session, token)
    assert not view_as.end(session, "of nobody")
    assert noted(session, contact) == [("view_as_begun", "Ada Min"), ("view_as_ended", "Ada Min")]


def test_many_who_end_it_at_once(app: Flask, session: Session, contact: Any) -> None:
    """Of several requests that end the same view one does, and the activity says so once."""
    from tests.host_app import db

    token = begin(session, contact)

    def end(_number: int) -> bool:
        with app.app_context():
            return view_as.end(db.session, token)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(end, range(4))) == [False, False, False, True]
    session.expire_all()
    assert [verb for verb, _name in noted(session, contact)].count("view_as_ended") == 1


def test_one_view_at_a_time(session: Session, contact: Any, make_contact: Make) -> None:
    """A new view ends the staff user's former one, and nobody else's."""
    colleague = make_contact(contact.customer, firstname="Bo")
    first = begin(session, contact)
    others = begin(session, contact, who=Actor("staff", "Bea Two", staff_id=2))
    second = begin(session, colleague)
    assert ended(session, first) == "ended"
    assert ended(session, second) is None
    rows = session.scalars(select(PortalView).where(PortalView.ended_at.is_(None))).all()
    assert {row.staff_id for row in rows} == {1, 2}
    assert ended(session, others) == "staff"  # there is no staff user of id 2 in this host
    assert noted(session, contact)[-1] == ("view_as_ended", "Ada Min")


def test_what_the_contact_does_not_notice(session: Session, contact: Any) -> None:
    """No session appears, and neither the last sign-in nor the change of the contact moves."""
    own = sign_in(session, "anna@example.com", PASSWORD, "10.0.0.1", "a browser").token
    before = session.get_one(Contact, contact.id, populate_existing=True)
    times = (before.last_signed_in_at, before.updated_at)
    visit = resolve(session, own)
    assert visit is not None
    seen = visit.session_row.last_seen_at
    with time_machine.travel(utc_now() + timedelta(minutes=5)):
        token = begin(session, contact)
        assert ended(session, token) is None
        view_as.end(session, token)
    after = session.get_one(Contact, contact.id, populate_existing=True)
    assert (after.last_signed_in_at, after.updated_at) == times
    session.expire_all()
    assert visit.session_row.last_seen_at == seen


def test_leaving_ends_it(session: Session, contact: Any) -> None:
    """A contact that is deactivated meanwhile has no portal to see any more."""
    token = begin(session, contact)
    deactivate_contact(session, contact.customer_id, contact.id)
    assert ended(session, token) == "contact"


def test_moving_ends_it(session: Session, contact: Any, make_customer: Make) -> None:
    """Whoever may see this customer may not see the next: a moved contact is another matter."""
    token = begin(session, contact)
    move_contact(session, contact.customer_id, contact.id, make_customer().id)
    assert ended(session, token) == "contact"


def test_signing_out_ends_all(session: Session, contact: Any) -> None:
    """Every open view of a staff user ends, and of nobody else; without one nothing is done."""
    assert view_as.end_all_of(session, 1) == 0
    token = begin(session, contact)
    assert view_as.end_all_of(session, 2) == 0
    assert view_as.end_all_of(session, 1) == 1
    assert ended(session, token) == "ended"


def test_both_names_and_the_reason_are_kept(session: Session, contact: Any) -> None:
    """The activity of the contact has the staff user, the reason and the end at the latest."""
    begin(session, contact)
    row = session.scalars(select(Activity).where(Activity.verb == "view_as_begun")).one()
    assert (row.contact_id, row.actor_contact_id) == (contact.id, contact.id)
    assert (row.actor_kind, row.actor_staff_id, row.actor_name) == ("view_as", 1, "Ada Min")
    assert row.address == "10.0.0.9"
    assert row.changes["view_reason"] == [None, REASON]
    until = session.scalars(select(PortalView.expires_at)).one()
    assert row.changes["view_until"] == [None, until.isoformat()]


def test_the_person_learns_that_staff_looked(session: Session, contact: Any) -> None:
    """The download of the own data says when, and neither who, nor why, nor from where."""
    view_as.end(session, begin(session, contact))
    visit = resolve(session, sign_in(session, "anna@example.com", PASSWORD, None, None).token)
    assert visit is not None
    found = [one for one in own_data(session, visit, None)["activity"] if "view_as" in one["what"]]
    assert [one["what"] for one in found] == ["view_as_ended", "view_as_begun"]
    for one in found:
        assert one["who"] == "staff"
        assert one["happened_at"]
        assert (one["network_address"], one["changes"]) == (None, {})
    assert "Ada Min" not in str(found)


def test_forgetting_the_person(session: Session, contact: Any) -> None:
    """Anonymised: the views are gone and the reason with them; who looked stays."""
    begin(session, contact)
    archive_contact(session, contact.customer_id, contact.id)
    anonymise_contact(session, contact.customer_id, contact.id)
    assert session.scalars(select(PortalView)).all() == []
    row = session.scalars(select(Activity).where(Activity.verb == "view_as_begun")).one()
    assert row.changes["view_reason"] == [None, None]
    assert (row.actor_name, row.address) == ("Ada Min", None)


def test_deleting_the_contact(session: Session, contact: Any) -> None:
    """Its views go with it, on a database that checks no foreign keys too."""
    begin(session, contact)
    delete_contact(session, contact.customer_id, contact.id)
    assert session.scalars(select(PortalView)).all() == []


def test_purging(app: Flask, session: Session, contact: Any) -> None:
    """Views are forgotten with the sessions of their age, the activity is not."""
    begin(session, contact)
    days = app.config["CONTACTS_KEEP_SESSION_DAYS"]
    with time_machine.travel(utc_now() + timedelta(days=days)):
        assert purge(session)["views"] == 0
    with time_machine.travel(utc_now() + timedelta(days=days, hours=1)):
        assert purge(session)["views"] == 1
    assert len(noted(session, contact)) == 1
