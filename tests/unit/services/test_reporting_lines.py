"""Managers (S2): who can be one, who stays one, and who is told when theirs has gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from flask_contacts.errors import InvalidInput
from flask_contacts.models import Activity, Contact
from flask_contacts.services.contacts import archive
from flask_contacts.services.contacts.editing import edit_contact
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.reporting_lines import team_of
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.testing import count_statements

pytestmark = pytest.mark.usefixtures("app_context")
Make = Callable[..., Any]


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer()


@pytest.fixture
def person(make_contact: Make, customer: Any) -> Make:
    """``person("ana", "olivia")``: ana@example.com, whose manager is olivia@example.com.

    The primary contact has no part in this.
    """
    make_contact(customer, email="primary@example.com")

    def make(name: str, manager: str = "") -> Contact:
        address = f"{manager}@example.com" if manager else ""
        return make_contact(  # type: ignore[no-any-return]
            customer, firstname=name.title(), email=f"{name}@example.com", manager=address
        )

    return make


def save(session: Session, contact: Contact, manager: str | None, **changes: object) -> None:
    """Save the form of a contact with this manager's address."""
    raw = {"firstname": contact.firstname, "lastname": contact.lastname, "email": contact.email}
    edit_contact(session, contact.customer_id, contact.id, {**raw, "manager": manager, **changes})


def lost(session: Session, contact: Contact) -> list[tuple[str, Any]]:
    """What the contact's activity says about managers who have gone."""
    query = select(Activity).where(
        Activity.contact_id == contact.id, Activity.verb.startswith("manager_")
    )
    return [(row.verb, row.changes) for row in session.scalars(query)]


def test_an_archived_manager_stays(session: Session, person: Make) -> None:
    """The form shows the address of the archived manager: saving it unchanged is no error, and
    neither is taking the manager away; but nobody else can have an archived one."""
    olivia, ana, ben = person("olivia"), person("ana", "olivia"), person("ben")
    archive.archive_contact(session, olivia.customer_id, olivia.id)
    save(session, ana, "Olivia@example.com", notes="changed")
    assert (ana.manager_id, ana.notes) == (olivia.id, "changed")
    with pytest.raises(InvalidInput) as caught:
        save(session, ben, "olivia@example.com")
    assert list(caught.value.errors) == ["manager"]
    save(session, ana, "")
    assert ana.manager_id is None


def test_a_stranger_with_the_address_takes_no_managers_place(
    session: Session, person: Make
) -> None:
    """The archived manager's address was given to another contact: a form that shows it keeps
    the manager; for somebody else, or after it was cleared, it means who has it now."""
    olivia, ana, ben = person("olivia"), person("ana", "olivia"), person("ben")
    archive.archive_contact(session, olivia.customer_id, olivia.id)
    successor = person("olivia")
    save(session, ana, "Olivia@example.com", notes="changed")
    assert (ana.manager_id, ana.notes) == (olivia.id, "changed")
    save(session, ben, "olivia@example.com")
    assert ben.manager_id == successor.id
    save(session, ana, "")
    save(session, ana, "olivia@example.com")
    assert ana.manager_id == successor.id


def test_the_archived_managers_address_is_the_contacts_own_now(
    session: Session, person: Make
) -> None:
    """Who was given it keeps the manager: each later form can be saved."""
    olivia, ana = person("olivia"), person("ana", "olivia")
    archive.archive_contact(session, olivia.customer_id, olivia.id)
    for notes in ("first", "second"):
        save(session, ana, "olivia@example.com", email="olivia@example.com", notes=notes)
        assert (ana.manager_id, ana.notes, ana.email) == (olivia.id, notes, "olivia@example.com")


def test_no_circles(session: Session, person: Make) -> None:
    """Nobody reports to somebody who reports to them, at whatever distance; the sentence at the
    field names who it is. A circle that is there already keeps no form from being saved."""
    person("top")
    top = session.scalars(select(Contact).where(Contact.email == "top@example.com")).one()
    middle, low = person("middle", "top"), person("low", "middle")
    for manager in ("middle", "low"):
        with pytest.raises(InvalidInput) as caught:
            save(session, top, f"{manager}@example.com")
        [sentence] = caught.value.errors["manager"]
        assert str(sentence).startswith(f"{manager.title()} ")
    save(session, low, "top@example.com")
    top.manager_id, middle.manager_id = middle.id, top.id
    session.commit()
    save(session, top, "middle@example.com", notes="changed")
    assert top.notes == "changed"
    save(session, low, "middle@example.com")
    assert low.manager_id == middle.id


def test_the_climb_is_bounded(session: Session, engine: Engine, person: Make) -> None:
    """A line of 150 people costs a hundred statements, not more; as nobody knows then whether
    a circle would be closed, it is refused."""
    chain = [person("first")]
    for number in range(150):
        boss = Contact(
            customer_id=chain[0].customer_id, email_scope=chain[0].email_scope,
            firstname="Boss", lastname=str(number), email=f"boss{number}@example.com",
            email_key=f"boss{number}@example.com",
        )  # fmt: skip
        session.add(boss)
        session.flush()
        chain[-1].manager_id = boss.id
        chain.append(boss)
    session.commit()
    other = person("other")
    with count_statements(engine) as statements, pytest.raises(InvalidInput) as caught:
        save(session, other, "first@example.com")
    climbs = [one for one in statements if one.startswith("SELECT contacts_contact.manager_id")]
    assert len(climbs) == 99
    [sentence] = caught.value.errors["manager"]
    assert str(sentence) == f"There are too many managers above {chain[0].name}."
    with pytest.raises(InvalidInput):
        save(session, chain[-1], "first@example.com")
    save(session, other, "boss100@example.com")
    assert other.manager_id == chain[101].id


@pytest.mark.parametrize("way", ["moved", "anonymised", "deleted"])
def test_who_loses_the_manager_reads_so(
    session: Session, person: Make, make_customer: Make, way: str
) -> None:
    """Each of the manager's people has it in the own activity, and nothing else of theirs is
    touched; others have nothing there."""
    olivia, ana, ben, eve = (
        person("olivia"),
        *(person(name, "olivia") for name in ("ana", "ben")),
        person("eve"),
    )
    key, olivia_id, changed = olivia.customer_id, olivia.id, ana.updated_at
    if way == "moved":
        move_contact(session, key, olivia_id, make_customer().id)
    elif way == "deleted":
        delete_contact(session, key, olivia_id)
    else:
        archive.archive_contact(session, key, olivia_id)
        assert ana.manager_id == olivia_id
        archive.anonymise_contact(session, key, olivia_id)
    session.expire_all()
    for one in (ana, ben):
        assert one.manager_id is None
        assert lost(session, one) == [(f"manager_{way}", {"manager_id": [olivia_id, None]})]
    assert ana.updated_at == changed
    assert lost(session, eve) == []


def test_whoever_moves_leaves_the_own_manager(
    session: Session, person: Make, make_customer: Make
) -> None:
    """The row "moved" names the manager who stayed behind."""
    olivia, ana = person("olivia"), person("ana", "olivia")
    move_contact(session, ana.customer_id, ana.id, make_customer(company="Borealis").id)
    assert ana.manager_id is None
    [moved] = session.scalars(select(Activity).where(Activity.verb == "moved"))
    assert moved.changes["manager_id"] == [olivia.id, None]


def test_a_team_is_named_and_counted(session: Session, engine: Engine, person: Make) -> None:
    """Three names and the number of all, in two statements."""
    olivia = person("olivia")
    assert team_of(session, olivia).count == 0
    for name in ("ana", "ben"):
        person(name, "olivia")
    team = team_of(session, olivia)
    assert (len(team.names), team.count) == (2, 2)
    for name in ("cid", "dan", "eve"):
        person(name, "olivia")
    assert olivia.customer_id  # loaded
    with count_statements(engine) as statements:
        team = team_of(session, olivia)
    assert (len(team.names), team.count) == (3, 5)
    assert len(statements) == 2
