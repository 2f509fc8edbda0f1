"""The company's details: checks, clashes, and what the database has to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import ForeignKey, String, create_engine, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from flask_contacts import CompanyField
from flask_contacts.errors import InvalidInput
from flask_contacts.models import Activity, Customer
from flask_contacts.services.company.details import (
    ChangedMeanwhile,
    company_fields,
    edit_company,
    editable_fields,
    keep_staff_editor,
    marks_of,
    present_values,
)
from flask_contacts.services.company.rights import Asker, NotPermitted
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.states import make_primary
from tests.conftest import HOST

pytestmark = pytest.mark.usefixtures("app_context")
Make = Callable[..., Any]
TEXT = "address" if HOST == "bundled" else "street"


@pytest.fixture
def anna(make_customer: Make, make_contact: Make) -> Any:
    """The primary contact of a customer that has an address."""
    return make_contact(make_customer(**{TEXT: "Old Lane 1"}))


def present(session: Session, contact: Any) -> dict[str, str]:
    """What the form opens with."""
    session.expire_all()
    return present_values(session.get_one(Customer, contact.customer_id))


def edit(session: Session, contact: Any, **typed: str) -> dict[str, list[str]]:
    """Open the form, type, save."""
    shown = present(session, contact)
    return edit_company(session, Asker.of(contact), {**shown, **typed}, marks_of(shown))


def test_only_what_changed_is_written(session: Session, anna: Any) -> None:
    """Old and new values by field; blanks around are no change; empty becomes none again."""
    assert edit(session, anna, **{TEXT: "New Street 2"}) == {TEXT: ["Old Lane 1", "New Street 2"]}
    assert edit(session, anna, **{TEXT: "  New  Street 2 "}) == {}
    assert edit(session, anna, **{TEXT: ""}) == {TEXT: ["New Street 2", ""]}
    assert edit(session, anna) == {}


def test_a_clash_names_what_others_saved(session: Session, anna: Any) -> None:
    """The fields that hold something else than was shown and than was typed; nothing else."""
    shown = present(session, anna)
    edit(session, anna, **{TEXT: "Theirs"})
    with pytest.raises(ChangedMeanwhile) as caught:
        edit_company(session, Asker.of(anna), {**shown, TEXT: "Mine"}, marks_of(shown))
    assert caught.value.now == {TEXT: "Theirs"}
    with pytest.raises(ChangedMeanwhile):  # not touched: it must not be written back
        edit_company(session, Asker.of(anna), shown, marks_of(shown))
    same = {**shown, TEXT: "Theirs"}
    assert edit_company(session, Asker.of(anna), same, marks_of(shown)) == {}
    assert present(session, anna)[TEXT] == "Theirs"


def test_marks_that_were_made_up(session: Session, anna: Any) -> None:
    """A mark that fits nothing is a clash, never a fault."""
    shown = present(session, anna)
    with pytest.raises(ChangedMeanwhile):
        edit_company(session, Asker.of(anna), {**shown, TEXT: "x"}, dict.fromkeys(shown, ""))


def test_only_the_primary_contact(session: Session, anna: Any, make_contact: Make) -> None:
    """Asked inside the transaction; where there are no fields there is nothing to save."""
    bob = make_contact(anna.customer_id)
    with pytest.raises(NotPermitted):
        edit(session, bob, **{TEXT: "Mine"})
    shown = present(session, anna)
    make_primary(session, anna.customer_id, bob.id)
    with pytest.raises(NotPermitted):
        edit_company(session, Asker.of(anna), {**shown, TEXT: "Mine"}, marks_of(shown))
    assert present(session, anna)[TEXT] == "Old Lane 1"


def test_a_column_of_the_hosts_choice(
    app: Flask, session: Session, anna: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Required, e-mail and own checks are held on the server, each message at its field."""
    field = CompanyField(TEXT, "Billing", kind="email", required=True,
                         check=lambda text: "Not this one." if "no@" in text else None)  # fmt: skip
    registry = app.extensions["contacts"].registry
    monkeypatch.setattr(registry, "company_fields", (field,))
    assert [one.name for one in editable_fields()] == [TEXT]
    for typed, words in (("", "required"), ("x@", "address"), ("no@example.com", "Not this one.")):
        with pytest.raises(InvalidInput) as caught:
            edit(session, anna, **{TEXT: typed})
        assert words in str(caught.value.errors[TEXT][0])
    assert edit(session, anna, **{TEXT: "yes@example.com"})


def test_phones_are_checked_as_contacts_are(
    app: Flask, session: Session, anna: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number with its country's code, or a local one; no words."""
    registry = app.extensions["contacts"].registry
    monkeypatch.setattr(registry, "company_fields", (CompanyField(TEXT, "Phone", kind="tel"),))
    for typed in ("abc", "+1", "call me"):
        with pytest.raises(InvalidInput) as caught:
            edit(session, anna, **{TEXT: typed})
        assert "Type a phone number" in str(caught.value.errors[TEXT][0])
    for typed in ("+44 20 7123 4567", "020 / 7123-45", ""):
        assert edit(session, anna, **{TEXT: typed})


def test_what_the_database_refuses(session: Session, anna: Any) -> None:
    """A constraint of the host's own: said on the page, nothing saved, no fault."""

    def refuse(_mapper: Any, _connection: Any, _customer: Any) -> None:
        raise IntegrityError("UPDATE", {}, Exception("unique"))

    event.listen(Customer, "before_update", refuse)
    try:
        with pytest.raises(InvalidInput) as caught:
            edit(session, anna, **{TEXT: "New"})
    finally:
        event.remove(Customer, "before_update", refuse)
    assert list(caught.value.errors) == [""]
    assert present(session, anna)[TEXT] == "Old Lane 1"
    assert session.scalars(select(Activity).where(Activity.verb == "company_edited")).all() == []


def test_what_the_hosts_model_refuses(session: Session, anna: Any) -> None:
    """A ``@validates`` that raises is a message at the field."""

    def refuse(_customer: Any, value: Any, _old: Any, _initiator: Any) -> None:
        raise ValueError(value)

    event.listen(getattr(Customer, TEXT), "set", refuse)
    try:
        with pytest.raises(InvalidInput) as caught:
            edit(session, anna, **{TEXT: "New"})
    finally:
        event.remove(getattr(Customer, TEXT), "set", refuse)
    assert list(caught.value.errors) == [TEXT]


def test_the_staff_user_who_changed_it_last_stays() -> None:
    """Flask-AppBuilder's ``AuditMixin`` asks who of the staff is signed in: in the portal
    nobody, and the column may not be empty."""

    class Base(DeclarativeBase):
        """Of this test alone."""

    class User(Base):
        """A staff user."""

        __tablename__ = "user"
        id: Mapped[int] = mapped_column(primary_key=True)

    class Company(Base):
        """A customer that says who changed it."""

        __tablename__ = "company"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(String(20))
        changes: Mapped[int] = mapped_column(default=0, onupdate=lambda: 7)
        changed_by: Mapped[int] = mapped_column(ForeignKey(User.id), onupdate=lambda: None)

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([User(id=1), Company(id=1, name="old", changed_by=1)])
        session.commit()
        company = session.get_one(Company, 1)
        company.name = "new"
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
        keep_staff_editor(company)
        company.name = "new"
        session.commit()
        assert (company.name, company.changed_by, company.changes) == ("new", 1, 7)
    engine.dispose()


def test_anonymising_leaves_what_is_the_companys(session: Session, anna: Any) -> None:
    """The person goes from the activity; the company's old and new address are no person's."""
    edit(session, anna, **{TEXT: "New"})
    archive_contact(session, anna.customer_id, anna.id)
    anonymise_contact(session, anna.customer_id, anna.id)
    row = session.scalars(select(Activity).where(Activity.verb == "company_edited")).one()
    assert row.changes == {f"company.{TEXT}": ["Old Lane 1", "New"]}
    assert row.actor_name == ""


@pytest.mark.bundled_only(reason="the bundled customer's own fields")
def test_what_stands_on_documents_is_the_staffs() -> None:
    """Name and VAT number can be read, not changed."""
    assert [field.name for field in company_fields() if field.read_only] == [
        "company",
        "vat_number",
    ]
