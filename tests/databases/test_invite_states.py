"""The states of invitations on each engine: shown and filtered alike, found by an index."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timezone
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Engine, insert, inspect, select, text, true
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Contact, Login
from flask_contacts.services.invitations.filters import in_state
from flask_contacts.services.invitations.lists import count_invitations
from flask_contacts.services.invitations.sending import resend
from tests.unit.services.invitation_cases import NOW, assert_shown_as_found


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_the_filter_says_the_same(
    session: Session, make_customer: Callable[..., Any], seed: int
) -> None:
    """Each contact is found in exactly the state that is shown for it, whatever its history."""
    customer = make_customer()
    try:
        with time_machine.travel(NOW.replace(tzinfo=timezone.utc), tick=False):
            assert_shown_as_found(session, customer.id, seed)
    finally:
        session.rollback()


def test_many_are_sent_to(
    app: Flask,
    session: Session,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
) -> None:
    """A resend locks, writes and counts on each engine; the second one sends nothing."""
    customer = make_customer()
    ids = [make_contact(customer).id for _ in range(3)]
    with app.app_context():
        assert {one.refusal for one in resend(session, ids)} == {None}
        assert {one.refusal for one in resend(session, ids)} == {"recent"}
        assert count_invitations(session, true())["waiting"] == 3


@pytest.mark.parametrize(
    ("state", "index"),
    [("never_invited", "uninvited"), ("expired", "invited"), ("dormant", "came")],
)
def test_a_rare_state_has_its_index(
    app: Flask, session: Session, engine: Engine, make_customer: Callable[..., Any],
    state: str, index: str,
) -> None:  # fmt: skip
    """Three among many are found without a walk through all contacts."""
    if engine.dialect.name not in {"sqlite", "postgresql"}:
        assert f"ix_contacts_contact_{index}" in {
            one["name"] for one in inspect(engine).get_indexes("contacts_contact")
        }
        return  # MariaDB has no index of some rows
    customer, now = make_customer(), utc_now()
    login = Login(email="a@example.com", email_key="a@example.com")
    session.add(login)
    session.flush()
    common = {"email_scope": "1", "login_id": login.id, "firstname": "F", "lastname": "L"}
    present = {"last_signed_in_at": now, "accepted_at": now, "invited_at": now}
    if state == "dormant":
        present = {"last_signed_in_at": None, "accepted_at": None, "invited_at": now}
    rows = [{"customer_id": customer.id, **common, **present} for _ in range(3000)]
    session.execute(insert(Contact), rows)
    session.commit()
    query = select(Contact.id).where(in_state(state, now)).order_by(Contact.id.desc()).limit(26)
    plain = query.compile(engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":  # SQLite hosts rarely do
            connection.execute(text("ANALYZE contacts_contact"))
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {plain}"))
    assert f"ix_contacts_contact_{index}" in plan, plan
