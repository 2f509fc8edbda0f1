"""Data quality on each engine: the same contacts, customers and charts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, true
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Activity, Contact, Customer
from flask_contacts.services.agent import question as agent_question
from flask_contacts.services.agent.filters import Filters
from flask_contacts.services.agent.listing import ListQuery, Scope, count_matching
from flask_contacts.services.invitations.lists import count_invitations
from flask_contacts.services.quality import customers, trends
from flask_contacts.services.quality.figures import FIGURES, count_figures
from flask_contacts.services.quality.problems import REFUSED
from tests.unit.services.invitation_cases import contacts_at_random
from tests.unit.services.quality_cases import add, add_mail, add_mixture, found

Make = Callable[..., Any]


@pytest.mark.parametrize("most", [3, 1000])
def test_problems(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Those with a problem are found by comparing indexes and one by one, few and many."""
    monkeypatch.setattr(agent_question, "MOST_COUNTED", most)
    monkeypatch.setattr(agent_question, "_FIRST_LOOK", 10)
    session.execute(delete(Contact))
    with app.app_context():
        for problem, ids in add_mixture(session, seed=5).items():
            assert found(session, problem) == ids
            some = Scope(Contact.id % 2 == 0)
            assert found(session, problem, some) == {one for one in ids if one % 2 == 0}
        contact = add(session, email_key="a@example.com", email_search="a")
        add_mail(session, contact, "failed", "550 5.1.1 no such user")
        assert found(session, REFUSED) == {contact.id}
        assert set(count_figures(session, Scope())) == set(FIGURES)
    session.rollback()


def test_customers_and_charts(app: Flask, session: Session, make_customer: Make) -> None:
    """Customers are counted as they are listed, sign-ins and invitations as they are."""
    empty, broken, full = make_customer(), make_customer(), make_customer()
    contact = add(session, customer_id=broken.id, last_signed_in_at=utc_now())
    signed_in = {"verb": "signed_in", "actor_kind": "contact", "actor_name": "Ada"}
    session.add_all(Activity(contact_id=contact.id, **signed_in) for _ in range(2))
    contacts_at_random(session, full.id, 3)
    with app.app_context():
        everyone = session.query(Customer)
        counts = customers.count_customers(session, everyone)
        for problem, customer in ((customers.NO_ACTIVE, empty), (customers.NO_PRIMARY, broken)):
            rows = customers.customer_page(session, everyone, problem).rows
            assert customer.id in {row.customer.id for row in rows}
            assert len(rows) == counts[problem]
        weeks, total = trends.signed_in_by_week(session, true())
        assert (list(weeks.values()), total) == ([*[0] * 11, 1], 1)
        today = utc_now().date()
        for first, count in ((today, 1), (today + timedelta(days=1), 0)):
            for last in (first, None):  # a day by the activity; since it, by the last sign-in
                filters = Filters(signed_in_from=first, signed_in_until=last)
                assert count_matching(session, Scope(), ListQuery(filters=filters)) == count
        this_month = utc_now().date().replace(day=1)
        assert trends.contacts_by_month(session, Contact.id == contact.id)[this_month] == 1
        states = trends.invitations_by_state(session, true())
        assert states == count_invitations(session, true())
    session.rollback()
