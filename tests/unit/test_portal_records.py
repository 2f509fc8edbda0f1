"""Whose records a module shows, where nobody could be asked."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Integer, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_contacts.portal.records.scope import Scope


class Base(DeclarativeBase):
    """Tables of this test alone."""


class Thing(Base):
    """A record that may belong to nobody."""

    __tablename__ = "portal_records_thing"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(Integer)


def test_without_a_visitor_there_is_no_record() -> None:
    """Outside a request, and outside the portal, the scope lets no row through; above all
    not those without a customer."""
    app = Flask(__name__)
    app.config["CONTACTS_PORTAL_PREFIX"] = "/portal"
    assert "WHERE false" in str(Scope("customer_id").of(select(Thing), Thing))
    with app.test_request_context("/elsewhere"):
        assert "WHERE false" in str(Scope("customer_id").of(select(Thing), Thing))
    with app.test_request_context("/portal/"):
        assert "WHERE false" in str(Scope("customer_id").of(select(Thing), Thing))


def test_the_scope_is_applied_once() -> None:
    """A statement that was scoped is left as it is."""
    scope = Scope("customer_id")
    once = scope.of(select(Thing), Thing)
    assert scope.of(once, Thing) is once
    assert scope.of(once.where(Thing.id == 1), Thing).compare(once.where(Thing.id == 1))


@pytest.mark.parametrize("contact_column", [None, "customer_id"])
def test_another_statement_is_scoped(contact_column: str | None) -> None:
    """What a host builds anew, without asking super(), does not escape."""
    scope = Scope("customer_id", contact_column)
    assert "false" in str(scope.of(select(Thing).where(Thing.id > 3), Thing))
