"""Many customers and contacts, written the quickest way that each engine has."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Table, text

from flask_contacts.models import Contact, ContactPermission, ContactTopic, Customer, Login
from flask_contacts.models.search_keys import contact_keys, folded

COMMON, RARE = "Silva", "Quillfeather"
#: The contact whose address is searched for, and its last name alone.
ADDRESS = "wanted.contact@example.com"
PER_CUSTOMER = 10
_FIRST = (
    "Ada", "Ben", "Carla", "Dmitri", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Karim",
    "Lena", "Maria", "Nils", "Olga",
)  # fmt: skip
_SYLLABLES = (
    "ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wa",
    "ye", "za", "bro", "cla", "dre", "fle", "gri", "sto",
)  # fmt: skip
_START = datetime.fromisoformat("2020-01-01")
_AT_ONCE = 20_000


def seed(engine: Engine, contacts: int) -> None:
    """Fill empty tables: a tenth as many customers, a fifth with logins, one in ten away."""
    customers = max(contacts // PER_CUSTOMER, 1)
    _write(engine, Customer.__table__, _customers(customers))
    _write(engine, Login.__table__, _logins(contacts))
    _write(engine, Contact.__table__, _contacts(contacts, customers))
    _write(engine, ContactPermission.__table__, _held(contacts, ("invoices", "support")))
    _write(engine, ContactTopic.__table__, _held(contacts, ("invoice",)))
    with engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        if engine.dialect.name == "postgresql":
            _set_sequences(connection)
            connection.execute(text("VACUUM ANALYZE"))


def _customers(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        company = f"{made_up(number)} {number} Ltd"
        yield {
            "id": number, "company": company, "company_key": folded(company),
            "created_at": _START, "city": "Lisbon",
        }  # fmt: skip


def _logins(contacts: int) -> Iterator[dict[str, Any]]:
    for number in range(5, contacts + 1, 5):
        address = _address(number)
        yield {
            "id": number, "email": address, "email_key": address, "session_epoch": 0,
            "created_at": _START,
        }  # fmt: skip


def _contacts(count: int, customers: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        customer = (number - 1) // PER_CUSTOMER + 1
        is_active = number % 10 != 3
        is_primary = (number - 1) % PER_CUSTOMER == 0
        address = _address(number)
        row = {
            "id": number, "uuid": str(UUID(int=number)), "customer_id": min(customer, customers),
            "firstname": _FIRST[number % len(_FIRST)], "lastname": _lastname(number),
            "position": "Buyer", "email": address, "email_key": address,
            "email_scope": str(customer), "phone": f"+4930{number:08}",
            "phone_e164": f"+4930{number:08}", "is_primary": is_primary, "active": is_active,
            "primary_of": customer if is_primary and is_active else None,
            "login_id": number if number % 5 == 0 else None,
            "last_signed_in_at": _moment(number) if number % 15 == 0 else None,
            "do_not_send_emails": number % 997 == 0, "do_not_call": False,
            "contact_preference": "any", "language": "en",
            "archived_at": _START if number % 50 == 3 else None,
            "created_at": _moment(number), "updated_at": _moment(number),
        }  # fmt: skip
        yield {**row, **contact_keys(row)}


def _held(contacts: int, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for number in range(1, contacts + 1):
        for name in names:
            yield {"contact_id": number, "name": name}


def _lastname(number: int) -> str:
    if number % 50 == 7:
        return COMMON
    if number % 100_000 == 99:
        return RARE
    return made_up(number * 7919 % 100_003)


def made_up(number: int) -> str:
    """A name of three syllables, always the same for a number."""
    chosen = random.Random(number).choices(_SYLLABLES, k=3)
    return "".join(chosen).title()


def _address(number: int) -> str:
    return ADDRESS if number == 4242 else f"contact{number}@example.com"


def _moment(number: int) -> datetime:
    return _START + timedelta(seconds=number * 61)


def _write(engine: Engine, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    assert isinstance(table, Table)
    first = next(rows, None)
    if first is None:
        return
    plain = {
        one.name: one.default.arg
        for one in table.columns
        if one.default is not None and one.default.is_scalar and one.name not in first
    }
    names = [*first, *plain]
    values = ((*row.values(), *plain.values()) for row in _with(first, rows))
    if engine.dialect.name == "postgresql":
        _copy(engine, table.name, names, values)
    else:
        _insert(engine, table.name, names, values)


def _with(first: dict[str, Any], rest: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest


def _copy(engine: Engine, table: str, names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    raw: Any = engine.raw_connection()
    try:
        cursor = raw.driver_connection.cursor()
        with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        raw.driver_connection.commit()
    finally:
        raw.close()


def _insert(engine: Engine, table: str, names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(names))
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
    raw: Any = engine.raw_connection()
    try:
        cursor = raw.cursor()
        batch: list[tuple[Any, ...]] = []
        for row in rows:
            batch.append(tuple(str(one) if isinstance(one, datetime) else one for one in row))
            if len(batch) == _AT_ONCE:
                cursor.executemany(statement, batch)
                batch.clear()
        cursor.executemany(statement, batch)
        raw.commit()
    finally:
        raw.close()


def _set_sequences(connection: Any) -> None:
    for table in ("contacts_customer", "contacts_portal_user", "contacts_contact"):
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        connection.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {table}))"))
