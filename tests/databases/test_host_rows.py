"""Deleting a contact that rows of the host refer to: what the host's foreign keys say happens.

The host's tables are made by statements, so no metadata of ours knows them. SQLite is tried
with its foreign keys switched on and off, because it is off unless a host says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from flask_contacts.errors import ContactInUse
from flask_contacts.services.contacts.archive import preview
from flask_contacts.services.contacts.states import delete_contact
from tests.databases.crowded_host import delete_rows, hanging_up
from tests.databases.servers import another_database
from tests.host_app import create_host_app, db

#: Table, column, what it refers to, ON DELETE. Parents stand before their children.
TABLES = (
    ("host_cascade", "contact_id", "contacts_contact (id)", "CASCADE"),
    ("host_cascade_line", "parent_id", "host_cascade (id)", "CASCADE"),
    ("host_cascade_note", "parent_id", "host_cascade (id)", "SET NULL"),
    ("host_firm", "contact_id", "contacts_contact (id)", "CASCADE"),
    ("host_firm_line", "parent_id", "host_firm (id)", "NO ACTION"),
    ("host_kept", "contact_id", "contacts_contact (id)", "SET NULL"),
    ("host_forbids", "contact_id", "contacts_contact (id)", "RESTRICT"),
    ("host_tree", "parent_id", "host_tree (id)", "CASCADE"),
)
FOREIGN = "FOREIGN KEY ({column}) REFERENCES {target} ON DELETE {rule}"


@pytest.fixture(scope="module", params=["as it is", "checking"])
def host(request: pytest.FixtureRequest, database: str) -> Iterator[Flask]:
    """A host with those tables; on SQLite both ways, elsewhere foreign keys are always checked."""
    app = create_host_app(another_database(database, f"host_rows_{request.param_index}"))
    with app.app_context():
        if request.param == "checking" and db.engine.dialect.name == "sqlite":

            def check(connection: Any, record: object) -> None:
                connection.execute("PRAGMA foreign_keys = ON")

            event.listen(db.engine, "connect", check)
            db.engine.dispose()
        with db.engine.begin() as connection:
            for name, column, target, rule in TABLES:
                foreign = FOREIGN.format(column=column, target=target, rule=rule)
                more = TREE if name == "host_tree" else ""
                connection.execute(
                    text(
                        f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {column} INTEGER, "
                        f"{more} {foreign})"
                    )
                )
            connection.execute(text(by_uuid(db.engine)))
    with hanging_up(app):
        yield app


@pytest.fixture
def app(host: Flask) -> Iterator[Flask]:
    """That host, with nothing in those tables and no rows but its staff user."""
    with host.app_context():
        with db.engine.begin() as connection:
            for name in ("host_uuid", *(table for table, *_ in reversed(TABLES))):
                connection.execute(text(f"DELETE FROM {name}"))
        delete_rows()
        yield host
        db.session.remove()
        db.engine.dispose()


#: A tree hangs on a contact by its root.
TREE = (
    "contact_id INTEGER, "
    + FOREIGN.format(column="contact_id", target="contacts_contact (id)", rule="CASCADE")
    + ","
)


def by_uuid(engine: Engine) -> str:
    """A table that knows contacts by their uuid; MariaDB wants the character set of ours."""
    kind = "VARCHAR(36)"
    if engine.dialect.name in {"mysql", "mariadb"}:
        kind += " CHARACTER SET ascii COLLATE ascii_bin"
    foreign = FOREIGN.format(column="uuid", target="contacts_contact (uuid)", rule="CASCADE")
    return f"CREATE TABLE host_uuid (id INTEGER PRIMARY KEY, uuid {kind}, {foreign})"


@pytest.fixture
def contact(app: Flask, make_customer: Callable[..., Any], make_contact: Callable[..., Any]) -> Any:
    """A contact who is not the only one of the customer."""
    customer = make_customer()
    make_contact(customer)
    return make_contact(customer)


@pytest.mark.parametrize(
    ("rows", "effects", "left"),
    [
        (
            {"host_cascade": ["contact"]},
            {("host_cascade", 1, "deleted")},
            {"host_cascade": []},
        ),
        (
            {"host_cascade": ["contact"], "host_cascade_line": [1], "host_cascade_note": [1]},
            {
                ("host_cascade", 1, "deleted"),
                ("host_cascade_line", 1, "deleted"),
                ("host_cascade_note", 1, "kept"),
            },
            {"host_cascade": [], "host_cascade_line": [], "host_cascade_note": [None]},
        ),
        ({"host_kept": ["contact", "other"]}, {("host_kept", 1, "kept")}, {"host_kept": [None, 0]}),
        ({"host_uuid": ["uuid"]}, {("host_uuid", 1, "deleted")}, {"host_uuid": []}),
        (
            {"host_tree": ["root", 1, 2]},
            {("host_tree", 1, "deleted")},
            {"host_tree": []},
        ),
    ],
)
def test_what_the_rules_let_happen(
    app: Flask,
    session: Session,
    contact: Any,
    rows: dict[str, list[Any]],
    effects: set[tuple[str, int, str]],
    left: dict[str, list[Any]],
) -> None:
    """The preview says what each table's rows do, along all foreign keys, and they do it."""
    customer_id, contact_id = contact.customer_id, contact.id
    put(session, contact, rows)
    found = preview(session, customer_id, contact_id).references
    assert {(one.table, one.rows, one.effect) for one in found} == effects
    session.commit()
    delete_contact(session, customer_id, contact_id)
    other = contact_id - 1
    for table, values in left.items():
        assert get(session, table) == [other if value == 0 else value for value in values]


@pytest.mark.parametrize(
    ("rows", "in_the_way"),
    [
        ({"host_forbids": ["contact"]}, {"host_forbids": 1}),
        ({"host_firm": ["contact"], "host_firm_line": [1, 1]}, {"host_firm_line": 2}),
    ],
)
def test_what_the_rules_forbid(
    app: Flask, session: Session, contact: Any, rows: dict[str, Any], in_the_way: dict[str, int]
) -> None:
    """Rows that forbid it, on the contact or on what would go with it, are named at the first
    attempt, and everything stays as it was."""
    customer_id, contact_id = contact.customer_id, contact.id
    put(session, contact, rows)
    before = {table: get(session, table) for table in rows}
    session.commit()
    attempts = []
    event.listen(session, "after_rollback", lambda _session: attempts.append(1))
    with pytest.raises(ContactInUse) as refused:
        delete_contact(session, customer_id, contact_id)
    assert refused.value.tables == in_the_way
    assert attempts == [1]
    assert {table: get(session, table) for table in rows} == before
    assert preview(session, customer_id, contact_id).references


def test_a_column_that_must_have_a_value(app: Flask, session: Session, contact: Any) -> None:
    """SET NULL on a column that takes none forbids the deletion, where an engine allows to say
    so at all (MariaDB does not)."""
    if db.engine.dialect.name in {"mysql", "mariadb"}:
        foreign = FOREIGN.format(
            column="contact_id", target="contacts_contact (id)", rule="RESTRICT"
        )
    else:
        foreign = FOREIGN.format(
            column="contact_id", target="contacts_contact (id)", rule="SET NULL"
        )
    customer_id, contact_id = contact.customer_id, contact.id
    session.commit()
    create = (
        f"CREATE TABLE host_firmly (id INTEGER PRIMARY KEY, contact_id INTEGER NOT NULL, {foreign})"
    )
    session.execute(text(create))
    try:
        put(session, contact, {"host_firmly": ["contact"]})
        with pytest.raises(ContactInUse) as refused:
            delete_contact(session, customer_id, contact_id)
        assert refused.value.tables == {"host_firmly": 1}
    finally:
        session.rollback()
        session.execute(text("DROP TABLE host_firmly"))
        session.commit()


def put(session: Session, contact: Any, rows: dict[str, list[Any]]) -> None:
    """Write rows with ids from 1 on; words stand for the contact and its neighbour."""
    words = {"contact": contact.id, "other": contact.id - 1, "uuid": contact.uuid}
    for table, values in rows.items():
        for number, value in enumerate(values, 1):
            columns: dict[str, Any] = {"id": number, column_of(table): words.get(value, value)}
            if value == "root":
                columns = {"id": number, "contact_id": contact.id}
            names = ", ".join(columns)
            marks = ", ".join(f":{name}" for name in columns)
            session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), columns)
    session.commit()


def get(session: Session, table: str) -> list[Any]:
    """The references in a table, by row."""
    column = column_of(table)
    return list(session.scalars(text(f"SELECT {column} FROM {table} ORDER BY id")))


def column_of(table: str) -> str:
    """The column that refers."""
    known = {name: column for name, column, *_ in TABLES}
    return "uuid" if table == "host_uuid" else known.get(table, "contact_id")
