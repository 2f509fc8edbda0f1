"""Data quality: each number is the length of its list, and the lists hold what they say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
import time_machine
from sqlalchemy import true
from sqlalchemy.orm import Session

from flask_contacts.models import Activity, Contact, Customer, Login
from flask_contacts.models.customer import customer_key
from flask_contacts.services.agent import question as agent_question
from flask_contacts.services.agent.filters import Filters
from flask_contacts.services.agent.listing import (
    ListQuery,
    Scope,
    contact_page,
    count_matching,
)
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.invitations.lists import count_invitations
from flask_contacts.services.quality import customers, trends
from flask_contacts.services.quality.figures import FIGURES, count_figures
from flask_contacts.services.quality.problems import (
    NO_PERMISSION,
    NO_TOPIC,
    OPENS_NOTHING,
    PROBLEMS,
    REFUSED,
)
from flask_contacts.state import current_contacts
from tests.unit.services.invitation_cases import NOW, contacts_at_random
from tests.unit.services.quality_cases import add, add_mail, add_mixture, found

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize("most", [0, 3, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_permissions_and_topics(
    session: Session, monkeypatch: pytest.MonkeyPatch, seed: int, most: int
) -> None:
    """Whatever contacts hold, the lists hold those with a permission and no topic of its module,
    and those with a topic whose permission is missing, however many are counted and however
    they are found; modules without topics do not count."""
    monkeypatch.setattr(agent_question, "MOST_COUNTED", most)
    monkeypatch.setattr(agent_question, "_FIRST_LOOK", 10)
    wanted = add_mixture(session, seed)
    for problem, ids in wanted.items():
        assert found(session, problem) == ids
        some = Scope(Contact.id % 2 == 0)
        assert found(session, problem, some) == {one for one in ids if one % 2 == 0}
        assert found(session, problem, permission="support") == {
            one for one in ids if "support" in session.get_one(Contact, one).permission_names
        }


def test_a_host_without_bound_topics(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no topic belongs to a module nobody lacks one."""
    monkeypatch.setattr(current_contacts.registry, "topics", {})
    add(session, ["invoices"])
    assert not found(session, NO_TOPIC)
    assert not found(session, NO_PERMISSION)


@pytest.mark.parametrize("most", [0, 1000])
def test_a_login_that_opens_nothing(
    session: Session, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """It is one of an active contact that holds no permission at all; who has no login signs in
    nowhere, and a permission without a module is one as well."""
    monkeypatch.setattr(agent_question, "MOST_COUNTED", most)
    logins = [Login(email=f"{one}@x.example", email_key=f"{one}@x.example") for one in range(5)]
    session.add_all(logins)
    session.flush()
    empty, away, _full, _settings, other = (
        add(session, held, login_id=login.id, active=login is not logins[1])
        for login, held in zip(
            logins, ((), (), ("invoices",), ("email_notifications",), ()), strict=True
        )
    )
    add(session)
    assert found(session, OPENS_NOTHING) == {empty.id, other.id}
    assert found(session, OPENS_NOTHING, Scope(Contact.id != other.id)) == {empty.id}
    assert found(session, OPENS_NOTHING, state="all") == {empty.id, away.id, other.id}


def test_refused(session: Session) -> None:
    """Refused is who was not mailed at the present address, because a server said no; a later
    mail that got there, another address and a failure before the server take it back."""
    people = {
        name: add(session, lastname=name, email_key=f"{name}@example.com", email_search=name)
        for name in ("refused", "later", "corrected", "ours", "waits", "cancelled", "again")
    }
    add_mail(session, people["refused"], "sent", None)
    add_mail(session, people["refused"], "failed", "550 5.1.1 no such user")
    add_mail(session, people["later"], "failed", "452 4.2.2 mailbox full")
    add_mail(session, people["later"], "sent", None)
    add_mail(session, people["corrected"], "failed", "550 unknown", to="old@example.com")
    add_mail(session, people["ours"], "failed", "No template of this name")
    add_mail(session, people["waits"], "waiting", "450 try again")
    add_mail(session, people["cancelled"], "cancelled", "inactive")
    add_mail(session, people["again"], "failed", "452 4.2.2 mailbox full")
    add_mail(session, people["again"], "sent", None, to="old@example.com")
    assert found(session, REFUSED) == {people["refused"].id, people["again"].id}


def test_numbers_are_lengths(session: Session, make_customer: Make) -> None:
    """Each number is the length of its list, and just as much under a limited view."""
    with time_machine.travel(NOW.replace(tzinfo=timezone.utc), tick=False):
        customer, other = make_customer(), make_customer()
        contacts_at_random(session, customer.id, 7)
        add(session, ["invoices"], ["tickets"], customer_id=other.id, email_search="")
        refused = add(session, customer_id=other.id, email_key="a@example.com", email_search="a")
        add_mail(session, refused, "failed", "550 no")
        for scope in (Scope(), Scope(Contact.customer_id == other.id), Scope(Contact.id < 0)):
            numbers = count_figures(session, scope)
            for name, filters in FIGURES.items():
                page = contact_page(session, scope, ListQuery(filters=filters, size=1000))
                assert numbers[name] == len(page.contacts), name
                assert all(session.get_one(Contact, one.id).active for one in page.contacts)
        limited = count_figures(session, Scope(Contact.customer_id == other.id))
    assert limited == {
        "no_email": 1, NO_TOPIC: 1, NO_PERMISSION: 1, REFUSED: 1, "dormant": 0,
        OPENS_NOTHING: 0, "primary_no_login": 0,
    }  # fmt: skip
    assert set(PROBLEMS) <= set(FIGURES)


def test_customers(
    session: Session, make_customer: Make, make_contact: Make, statements: Any
) -> None:
    """Customers without an active contact, and those whose primary one is missing, page by
    page, with how many contacts they have."""
    fine, empty, left, broken = [make_customer() for _ in range(4)]
    make_contact(fine)
    gone = make_contact(left)
    with session.no_autoflush:
        deactivate_contact(session, left.id, gone.id)
    add(session, customer_id=broken.id)
    session.commit()
    everyone = session.query(Customer)
    counts = customers.count_customers(session, everyone)
    assert counts == {customers.NO_ACTIVE: 2, customers.NO_PRIMARY: 1}
    first = customers.customer_page(session, everyone, customers.NO_ACTIVE, size=1)
    with statements() as seen:
        rest = customers.customer_page(session, everyone, customers.NO_ACTIVE, first.after)
    assert len(seen) == 2
    rows = [*first.rows, *rest.rows]
    assert [(row.customer.id, row.active, row.inactive, row.archived) for row in rows] == [
        (empty.id, 0, 0, 0), (left.id, 0, 1, 0),
    ]  # fmt: skip
    assert rest.after is None
    page = customers.customer_page(session, everyone, customers.NO_PRIMARY)
    assert [(row.customer.id, row.active) for row in page.rows] == [(broken.id, 1)]
    mine = everyone.filter(customer_key == fine.id)
    counts = customers.count_customers(session, mine)
    assert counts == {customers.NO_ACTIVE: 0, customers.NO_PRIMARY: 0}
    nobody = customers.count_customers(session, everyone.filter(customer_key.is_(None)))
    assert set(nobody.values()) == {0}


@time_machine.travel(datetime(2026, 3, 31, 23, 59, tzinfo=timezone.utc), tick=False)
def test_contacts_by_month(session: Session) -> None:
    """Each is counted in its month, at its first and in its last moment; twelve in all, also at
    the end of a long month; of older ones none."""
    moments = [
        datetime(2025, 3, 31, 23, 59, 59), datetime(2025, 4, 1), datetime(2026, 2, 28, 23, 59, 59),
        datetime(2026, 3, 1), datetime(2026, 3, 31, 23, 59),
    ]  # fmt: skip
    for number, moment in enumerate(moments):
        add(session, created_at=moment, active=number % 2 == 0)
    counts = trends.contacts_by_month(session, true())
    assert (min(counts), max(counts)) == (date(2025, 4, 1), date(2026, 3, 1))
    assert len(counts) == 12
    present = {month.isoformat(): count for month, count in counts.items() if count}
    assert present == {"2025-04-01": 1, "2026-02-01": 1, "2026-03-01": 2}
    for first, count in counts.items():
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        filters = Filters(state="all", created_from=first, created_until=last)
        assert count_matching(session, Scope(), ListQuery(filters=filters)) == count
    assert sum(trends.contacts_by_month(session, Contact.active.expression).values()) == 2


@time_machine.travel(datetime(2026, 3, 4, tzinfo=timezone.utc), tick=False)
def test_signed_in_by_week(session: Session) -> None:
    """A contact who signed in counts once in each week, which begins on a Monday, and once in
    all; nothing else that happened counts, and nobody who is hidden. Each number is its list's."""
    seen, hidden = add(session), add(session, active=False)
    events = [
        (seen, "signed_in", datetime(2026, 3, 2)), (seen, "signed_in", datetime(2026, 3, 8, 23)),
        (seen, "signed_in", datetime(2026, 3, 1, 23, 59, 59)),
        (hidden, "signed_in", datetime(2026, 3, 3)), (seen, "edited", datetime(2026, 3, 3)),
        (hidden, "edited", datetime(2026, 1, 3)), (seen, "signed_in", datetime(2025, 12, 14, 23)),
    ]  # fmt: skip
    for contact, verb, moment in events:
        session.add(Activity(
            contact_id=contact.id, verb=verb, happened_at=moment, actor_kind="contact",
            actor_name="Ada",
        ))  # fmt: skip
    session.flush()
    counts, total = trends.signed_in_by_week(session, true())
    assert (len(counts), min(counts), total) == (12, date(2025, 12, 15), 2)
    present = {monday.isoformat(): count for monday, count in counts.items() if count}
    assert present == {"2026-02-23": 1, "2026-03-02": 2}
    limited, one = trends.signed_in_by_week(session, Contact.id == seen.id)
    assert (sum(limited.values()), one) == (2, 1)
    for visible, expected in ((true(), counts), (Contact.id == seen.id, limited)):
        for monday, count in expected.items():
            sunday = monday + timedelta(days=6)
            week = Filters(state="all", signed_in_from=monday, signed_in_until=sunday)
            query = ListQuery(filters=week)
            assert count_matching(session, Scope(visible), query) == count
            assert len(contact_page(session, Scope(visible), query).contacts) == count


def test_signed_in_plan(session: Session, statements: Any) -> None:
    """Who signed in on some days is read from the index of the sign-ins alone."""
    week = Filters(state="all", signed_in_from=date(2026, 3, 2), signed_in_until=date(2026, 3, 8))
    with statements() as seen:
        count_matching(session, Scope(), ListQuery(filters=week))
    plan = explain(session, seen[0])
    assert "COVERING INDEX ix_contacts_activity_signed_in" in plan, plan


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_invitations_by_state(session: Session, make_customer: Make, seed: int) -> None:
    """Each state has as many as its list, for whatever histories."""
    with time_machine.travel(NOW.replace(tzinfo=timezone.utc), tick=False):
        first, second = make_customer(), make_customer()
        contacts_at_random(session, first.id, seed)
        contacts_at_random(session, second.id, seed + 100)
        for visible in (true(), Contact.customer_id == first.id):
            expected = count_invitations(session, visible)
            assert trends.invitations_by_state(session, visible) == expected
            assert sum(expected.values()) > 100


def test_plans(session: Session, statements: Any) -> None:
    """Contacts over time and who signed in are read from their indexes alone."""
    for work, index in (
        (trends.contacts_by_month, "ix_contacts_contact_created"),
        (trends.signed_in_by_week, "ix_contacts_activity_signed_in"),
    ):
        with statements() as seen:
            work(session, true())
        plan = explain(session, seen[0])
        assert f"COVERING INDEX {index}" in plan, plan


def explain(session: Session, statement: str) -> str:
    """SQLite's plan for a statement, whatever its parameters are."""
    raw: Any = session.connection().connection.driver_connection
    rows = raw.execute(f"EXPLAIN QUERY PLAN {statement}", [1] * statement.count("?")).fetchall()
    return "\n".join(str(row[3]) for row in rows)
