"""The tables on each engine: made by the command, as the models say, and strict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_appbuilder import Model
from sqlalchemy import Engine, delete, func, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from flask_contacts.models import Base, Contact, Customer, Login, Mail
from flask_contacts.models.schema import own_tables


def ours(name: str | None) -> bool:
    """Whether a table is the package's."""
    return (name or "").startswith("contacts_")


def test_init_db_makes_our_tables_and_no_others(app: Flask, engine: Engine) -> None:
    """``flask contacts init-db`` creates what is missing, all of it, once; the host's stay.
    A table of the host's that ours refer to must be there; else it is named, and nothing made."""
    tables = [table for table in Model.metadata.sorted_tables if not table.name.startswith("ab_")]
    Model.metadata.drop_all(engine, tables=tables)
    host_tables = {Customer.__tablename__} - {table.name for table in own_tables()}
    try:
        runner = app.test_cli_runner()
        for name in host_tables:
            refused = runner.invoke(args=["contacts", "init-db"])
            assert refused.exit_code == 1
            assert f"The table {name} does not exist yet" in refused.output
            assert not [found for found in inspect(engine).get_table_names() if ours(found)]
            Model.metadata.tables[name].create(engine)
        created = runner.invoke(args=["contacts", "init-db"])
        assert created.exit_code == 0, created.output
        assert f"{len(own_tables())} tables created" in created.output
        names = inspect(engine).get_table_names()
        assert {name for name in names if ours(name)} == {table.name for table in own_tables()}
        assert {name for name in names if name.startswith("host_")} == host_tables
        assert (
            "tables of flask_contacts are there."
            in runner.invoke(args=["contacts", "init-db"]).output
        )
    finally:
        Model.metadata.create_all(engine)


def test_alembic_finds_nothing_to_do(app: Flask, engine: Engine) -> None:
    """Autogenerate on a fresh database is empty: types, nullability, keys, indexes, defaults."""

    def include(_object: object, name: str | None, kind: str, _there: bool, _other: object) -> bool:
        return kind != "table" or ours(name)

    with engine.connect() as connection:
        options = {
            "include_object": include,
            "compare_type": True,
            "compare_server_default": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_every_constraint_has_its_name(app: Flask, engine: Engine) -> None:
    """What Alembic cannot compare: the CHECKs are there, under the names they were given."""
    checks = {check["name"] for check in inspect(engine).get_check_constraints("contacts_contact")}
    assert checks >= {
        "ck_contacts_contact_primary_of",
        "ck_contacts_contact_primary_own",
        "ck_contacts_contact_archived",
    }


def test_times_keep_their_fraction(app: Flask, session: Session) -> None:
    """A time is read back as it was written, on every engine (MariaDB's default cuts it)."""
    login = Login(email="a@example.com", email_key="a@example.com")
    session.add(login)
    session.flush()
    written = login.created_at.replace(microsecond=123_456)
    session.execute(update(Login).values(created_at=written))
    session.expire_all()
    assert login.created_at == written


def contact_row(customer_id: Any, email: str, **values: object) -> dict[str, object]:
    """A contact's columns, as somebody would write them past the services."""
    return {
        "customer_id": customer_id,
        "email_scope": str(customer_id),
        "email": email,
        "email_key": email,
        "firstname": "Ada",
        "lastname": "Direct",
        "is_primary": False,
        "active": True,
        **values,
    }


@pytest.fixture
def two_customers(make_customer: Callable[..., Any]) -> tuple[Any, Any]:
    """Two customers' ids."""
    return make_customer().id, make_customer().id


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"is_primary": True, "primary_of": "own"}, "a second primary"),
        ({"is_primary": True}, "primary, but not by the column that is unique"),
        ({"primary_of": "other"}, "the column without the flag"),
        ({"is_primary": True, "primary_of": "other"}, "primary of another customer"),
        ({"is_primary": True, "primary_of": "own", "active": False}, "primary and not active"),
        ({"email_key": "first@example.com"}, "the address of another contact"),
    ],
)
def test_the_database_refuses(
    app: Flask, session: Session, two_customers: tuple[Any, Any], values: Any, why: str
) -> None:
    """C3, C6: past the services too, the constraints hold."""
    own, other = two_customers
    first = contact_row(own, "first@example.com", is_primary=True, primary_of=own)
    session.execute(insert(Contact).values(first))
    session.commit()
    keys = {"own": own, "other": other}
    changes = {name: keys.get(value, value) for name, value in values.items()}
    with pytest.raises(DBAPIError):
        session.execute(insert(Contact).values(contact_row(own, "second@example.com", **changes)))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Contact)) == 1, why


def test_what_the_database_takes(
    app: Flask, session: Session, two_customers: tuple[Any, Any]
) -> None:
    """The same address at another customer, contacts without one, ordinary contacts."""
    own, other = two_customers
    rows = [
        contact_row(own, "a@example.com", is_primary=True, primary_of=own),
        contact_row(own, "b@example.com"),
        contact_row(own, "c@example.com", email_key=None),
        contact_row(own, "d@example.com", email_key=None),
        contact_row(own, "e@example.com", active=False),
        contact_row(other, "a@example.com", is_primary=True, primary_of=other),
    ]
    for row in rows:
        session.execute(insert(Contact).values(row))
    session.commit()
    assert session.scalar(select(func.count()).select_from(Contact)) == len(rows)


def test_a_login_and_a_mail_are_unique(app: Flask, session: Session) -> None:
    """One login for an address, one row for a Message-ID."""
    login = {"email": "A@example.com", "email_key": "a@example.com", "session_epoch": 0}
    mail = {"message_id": "<1@example.com>", "template": "welcome", "language": "en"}
    mail |= {"recipient": "a@example.com", "subject": "Hello", "dedupe_key": "1"}
    for table, row, again in (
        (Login, login, login),
        (Mail, mail, {**mail, "dedupe_key": "2"}),
        (Mail, {**mail, "message_id": "<2@example.com>", "dedupe_key": "3"}, {
            **mail, "message_id": "<3@example.com>", "dedupe_key": "3"}),
    ):  # fmt: skip
        session.execute(insert(table).values(row))
        session.commit()
        with pytest.raises(IntegrityError):
            session.execute(insert(table).values(again))
        session.rollback()


def test_a_customer_with_contacts_stays(
    app: Flask, engine: Engine, two_customers: tuple[Any, Any]
) -> None:
    """The foreign key refuses to delete it; SQLite checks those only where the host says so."""
    own, _ = two_customers
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.execute(insert(Contact).values(contact_row(own, "a@example.com")))
        connection.commit()
        with pytest.raises(IntegrityError):
            connection.execute(delete(Customer).where(Customer.id == own))
        connection.rollback()
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
