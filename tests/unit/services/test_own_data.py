"""The file with the own data: bounded, and of active contacts alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from flask_contacts.models import Activity, Login
from flask_contacts.services.accounts import own_data as service
from flask_contacts.services.accounts.sign_in import PortalVisit, resolve, sign_in
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.testing import PASSWORD, count_statements

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """A contact of a customer of her own."""
    return make_contact(make_customer(company="Aurora"), email="mara@example.com")


def visit(session: Session) -> PortalVisit:
    """Mara, signed in."""
    found = resolve(session, sign_in(session, "mara@example.com", PASSWORD, None, None).token)
    assert found is not None
    return found


def test_it_is_bounded(
    session: Session, engine: Engine, contact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However much has happened: a few statements, and the newest of it."""
    monkeypatch.setattr(service, "MOST_ACTIVITIES", 100)
    rows = [
        {
            "contact_id": contact.id, "verb": "edited", "actor_kind": "system", "actor_name": "",
            "changes": {"position": ["", str(number)]},
        }
        for number in range(300)
    ]  # fmt: skip
    session.execute(insert(Activity), rows)
    session.commit()
    who = visit(session)
    with count_statements(engine) as seen:
        data = service.own_data(session, who, "192.0.2.1")
    assert len(data["activity"]) == 100
    assert data["activity"][0]["what"] == "signed_in"
    assert data["activity"][1]["changes"]["position"] == ["", "299"]
    assert len(seen) <= 9


def test_a_company_that_ended_it_shows_nothing(
    session: Session, contact: Any, make_customer: Make, make_contact: Make
) -> None:
    """P7: what a deactivated contact could see is over, the person's other company stays."""
    login = session.get_one(Login, contact.login_id)
    login.proven_at, login.held = contact.created_at, True
    session.commit()
    other = make_contact(make_customer(company="Borealis"), email="mara@example.com")
    who = visit(session)
    assert len(service.own_data(session, who, None)["companies"]) == 2
    deactivate_contact(session, other.customer_id, other.id)
    data = service.own_data(session, visit(session), None)
    assert [one["company"] for one in data["companies"]] == ["Aurora"]
    assert {one["company"] for one in data["activity"]} == {"Aurora"}


def test_what_was_changed_of_the_company_is_in_it(session: Session, contact: Any) -> None:
    """The person's own edit of the company's details comes with its old and new values."""
    changes = {"company.phone": ["", "+44 20 7946 0000"]}
    edit = Activity(
        contact_id=contact.id, verb="company_edited", actor_kind="contact",
        actor_contact_id=contact.id, actor_name=contact.name, changes=changes,
    )  # fmt: skip
    session.add(edit)
    session.commit()
    data = service.own_data(session, visit(session), None)
    [told] = [one for one in data["activity"] if one["what"] == "company_edited"]
    assert told["changes"] == changes
