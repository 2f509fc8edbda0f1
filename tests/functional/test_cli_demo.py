"""``flask contacts demo``: sample data in any host, and no mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Customer, Mail
from flask_contacts.services.demo.sample import COMPANIES
from flask_contacts.testing import RecordingSmtp, portal_sign_in

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(app: Flask) -> Run:
    """``run("--yes")`` gives the exit code and what was printed."""

    def invoke(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["contacts", "demo", *arguments])
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.exit_code, result.output

    return invoke


def count(session: Session, model: Any) -> int:
    """How many rows there are now."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.bundled_only(reason="a host's own customers are not made")
def test_an_empty_application_is_filled(
    run: Run, session: Session, smtp: RecordingSmtp, client: FlaskClient, drain: Callable[[], None]
) -> None:
    """Customers and contacts, who sign in with what was printed; nothing is mailed."""
    code, output = run()
    assert code == 0
    people = sum(len(company.people) for company in COMPANIES)
    assert f"Made {len(COMPANIES)} customers and {people} contacts." in output
    assert (count(session, Customer), count(session, Contact)) == (len(COMPANIES), people)
    assert count(session, Mail) == 0
    drain()
    assert smtp.messages == []
    found = re.search(
        r"Sign in at http://localhost/portal/ as (\S+) with the password (\S+)", output
    )
    assert found is not None
    assert portal_sign_in(client, *found.groups()).status_code in {302, 303}
    assert client.get("/portal/").status_code == 200


@pytest.mark.bundled_only(reason="a host's own customers are not made")
def test_every_customer_has_its_primary_contact(run: Run, session: Session) -> None:
    """The first of each company is primary, and all addresses are nobody's."""
    assert run()[0] == 0
    assert count(session, Contact) > 0
    contacts = session.scalars(select(Contact)).all()
    assert all(contact.email.endswith(".example") for contact in contacts)
    primary = [contact for contact in contacts if contact.primary_of is not None]
    assert len(primary) == len(COMPANIES)
    assert {one.firstname for one in primary} == {one.people[0].firstname for one in COMPANIES}


@pytest.mark.bundled_only(reason="a host's own customers are not made")
def test_twice_makes_nothing_twice(run: Run, session: Session) -> None:
    """The second run needs --yes; it makes what is missing, with a password that opens it."""
    assert run()[0] == 0
    before = count(session, Contact), count(session, Customer)
    assert run("--yes") == (0, "There is nothing to do: all is there.\n")
    assert (count(session, Contact), count(session, Customer)) == before
    session.delete(session.scalars(select(Contact).where(Contact.primary_of.is_(None))).first())
    session.commit()
    assert "Made 0 customers and 1 contact." in run("--yes")[1]
    assert count(session, Contact) == before[0]


def test_an_application_in_use_is_left_alone(
    run: Run, session: Session, make_customer: Callable[..., Any], make_contact: Callable[..., Any]
) -> None:
    """With contacts in it, it says so and makes nothing, unless it is told to."""
    make_contact(make_customer())
    code, output = run()
    assert code == 1
    assert "--yes" in output
    assert count(session, Contact) == 1
    assert run("--yes")[0] == 0
    assert count(session, Contact) > 1
    assert count(session, Mail) == 0


@pytest.mark.own_only(reason="a host with customers of its own")
def test_own_customers_get_contacts(
    run: Run, session: Session, make_customer: Callable[..., Any], client: FlaskClient
) -> None:
    """No customer is made; those that are there get contacts, and that is said."""
    code, output = run()
    assert code == 0
    assert "Your customers are Company" in output
    assert count(session, Contact) == 0
    for _number in range(len(COMPANIES) + 2):
        make_customer()
    code, output = run()
    assert code == 0
    people = sum(len(company.people) for company in COMPANIES)
    assert f"Made {people} contacts for the first records of your Company" in output
    assert (count(session, Contact), count(session, Mail)) == (people, 0)
    assert count(session, Customer) == len(COMPANIES) + 2
    found = re.search(r"as (\S+) with the password (\S+)", output)
    assert found is not None
    assert portal_sign_in(client, *found.groups()).status_code in {302, 303}
