"""Saving a new contact, and the floor of it: a bare route that writes the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from flask import Flask, redirect, request
from sqlalchemy import Connection, Engine, func, select, text
from werkzeug.wrappers import Response

from benchmarks.contacts_seed import made_up
from flask_contacts.models import (
    Activity,
    Contact,
    ContactPermission,
    ContactTopic,
    Link,
    Login,
    Mail,
)

NAME = "saving a new contact"
CUSTOMER = 78
PATH = f"/customercontacts/new/{CUSTOMER}"
#: The tables that a save writes to, and the column by which a row belongs to its contact.
_TABLES: tuple[tuple[Any, str], ...] = (
    (Login.__table__, "id"),
    (Contact.__table__, "id"),
    (ContactPermission.__table__, "contact_id"),
    (ContactTopic.__table__, "contact_id"),
    (Activity.__table__, "contact_id"),
    (Link.__table__, "contact_id"),
    (Mail.__table__, "contact_id"),
)
_numbers = count(1)


def typed(token: str) -> Callable[[], str]:
    """What a browser posts for the next new contact: a login, a link, a welcome."""

    def body() -> str:
        number = next(_numbers)  # nobody's double, which is another page's work
        return urlencode(
            {
                "csrf_token": token,
                "firstname": made_up(number),
                "lastname": made_up(1_000_003 * number),
                "email": f"newcomer{number}@example.org",
                "phone": f"+44 20 7{number:03} {number * 7:04}",
                "is_user": "y",
                "send_password_mail": "y",
                "contact_preference": "any",
                "permissions": ["invoices", "support"],
                "topics": ["invoice"],
            },
            doseq=True,
        )

    return body


def add_floor(bare: Flask, engine: Engine) -> str:
    """A route of ``bare`` that writes the rows of the newest contact again, in one transaction,
    for another address; its path."""
    with engine.connect() as connection:
        pattern = _rows_of_newest(connection)

    @bare.post("/saving")
    def save() -> Response:
        with engine.begin() as connection:
            _write_again(connection, pattern, request.form["email"])
        return redirect("/")

    return "/saving"


@contextmanager
def nothing_left(engine: Engine) -> Iterator[None]:
    """Delete what was saved inside the block, so that a kept database stays as it was."""
    with engine.connect() as connection:
        last = connection.scalar(select(func.max(Contact.id))) or 0
        last_login = connection.scalar(select(func.max(Login.id))) or 0
    try:
        yield
    finally:
        with engine.begin() as connection:
            for table, column in reversed(_TABLES):
                after = last_login if table is Login.__table__ else last
                connection.execute(table.delete().where(table.c[column] > after))


def _rows_of_newest(connection: Connection) -> list[tuple[str, list[dict[str, Any]]]]:
    newest = connection.execute(
        text("SELECT id, login_id FROM contacts_contact ORDER BY id DESC LIMIT 1")
    ).one()
    found = []
    for table, column in _TABLES:
        key = newest.login_id if table is Login.__table__ else newest.id
        query = text(f"SELECT * FROM {table.name} WHERE {column} = :key")
        rows = [dict(row) for row in connection.execute(query, {"key": key}).mappings()]
        found.append((table.name, rows))
    return found


def _write_again(
    connection: Connection, pattern: list[tuple[str, list[dict[str, Any]]]], address: str
) -> None:
    given: dict[str, Any] = {}
    uuids: dict[str, str] = {}
    for table, rows in pattern:
        has_id = bool(rows) and "id" in rows[0]
        made = [_fresh(row, given, uuids, address) for row in rows]
        if not made:
            continue
        names = list(made[0])
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES (:{', :'.join(names)})"
        if has_id and len(made) == 1:
            key = connection.scalar(text(f"{statement} RETURNING id"), made[0])
            given.setdefault("login_id" if table == Login.__tablename__ else "contact_id", key)
        else:
            connection.execute(text(statement), made)


def _fresh(
    row: dict[str, Any], given: dict[str, Any], uuids: dict[str, str], address: str
) -> dict[str, Any]:
    """The row as another contact has it."""
    fresh = {name: value for name, value in row.items() if name != "id"}
    for name, value in fresh.items():
        if name in given and value is not None:
            fresh[name] = given[name]
        elif name in {"email", "email_key", "email_search", "recipient"} and value:
            fresh[name] = address
        elif name in {"uuid", "link_uuid", "message_id"} and value:
            fresh[name] = uuids.setdefault(str(value), str(uuid4()))
        elif isinstance(value, dict | list):
            fresh[name] = json.dumps(value)
    return fresh
