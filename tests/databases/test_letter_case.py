"""Names whose letters are not all of ASCII are found in whatever case, on every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.services.comments.mentions import (
    staff_beginning,
    staff_named_in,
    unknown_names,
)
from flask_contacts.services.staff.users import staff_ids_of_full_name

NAMES = ["Élise", "Дмитрий", "øyvind", "sam"]


@pytest.fixture
def people(app: Flask) -> Iterator[dict[str, int]]:
    """Staff users, by user name; gone afterwards, as what is Flask-AppBuilder's stays else."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("Named")
        users = {
            name: sm.add_user(name, name.title(), "Ågren", f"s{number}@example.com", role, "x")
            for number, name in enumerate(NAMES)
        }
        yield {name: user.id for name, user in users.items()}
        for user in users.values():
            sm.session.delete(user)
        sm.session.delete(role)
        sm.session.commit()


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("name", NAMES)
def test_a_colleague_is_named_in_any_case(
    app: Flask, session: Session, statements: Callable[..., Any], name: str
) -> None:
    """In a comment, by one statement; and no warning says that nobody is called so."""
    with app.app_context():
        for way in (name, name.lower(), name.upper(), name.title()):
            text = f"@{way}. Please call back, @{way}"
            with statements() as said:
                found = [one.username for one in staff_named_in(session, text)]
            assert found == [name], way
            assert unknown_names(text, found) == (), way
            assert len(said) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_colleague_is_offered_in_any_case(
    app: Flask, session: Session, people: dict[str, int], name: str
) -> None:
    """By what the user name or the last name begins with, and found by the whole name."""
    with app.app_context():
        for way in (name, name.lower(), name.upper()):
            assert [one.username for one in staff_beginning(session, way[:3])] == [name], way
            assert staff_ids_of_full_name(f"{way} {'Ågren'.lower()}") == [people[name]], way
        for way in ("Ågr", "ågr", "ÅGR"):
            assert {one.username for one in staff_beginning(session, way)} == set(NAMES), way


def test_a_manager_is_found_in_any_case(
    staff_client: FlaskClient, make_customer: Any, make_contact: Any
) -> None:
    """The look-up of the field Manager offers a contact by the beginning of its name."""
    acme = make_customer(company="Acme")
    make_contact(acme, firstname="Élise", lastname="Örn", email="elise@example.com")
    for way in ("Éli", "éli", "ÉLI", "örn", "ÉLISE Ö"):
        query = {"q": way, "with": f"Acme (#{acme.id})"}
        found = staff_client.get("/customer-contacts/managers", query_string=query).json
        assert found == ["Élise Örn"], way
