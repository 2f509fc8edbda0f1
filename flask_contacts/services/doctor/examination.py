"""All checks, in an order in which one failure does not hide the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from ...state import current_contacts
from . import (
    addresses,
    database,
    delivery,
    mail_server,
    registered,
    search,
    secret_keys,
    staff_rights as rights,
)
from .problems import Check, Finding


@dataclass(frozen=True)
class Examined:
    """One check: what it was about, and what it found."""

    name: str
    findings: tuple[Finding, ...]


def examine(*, offline: bool = False) -> Iterator[Examined]:
    """Examine the current application, check by check; changes nothing and sends nothing.

    ``offline`` asks no mail server, no broker and no storage of limits.
    """
    yield from _run(
        [
            ("secret keys", secret_keys.check_keys),
            ("base URL", addresses.check_base_url),
            ("proxy", addresses.check_proxy),
            ("limits", partial(addresses.check_limits, offline=offline)),
            ("sender", mail_server.check_sender),
            ("addresses", registered.check_addresses),
            ("names", registered.check_names),
            ("customers", registered.check_customers),
            ("modules", registered.check_modules),
            ("languages", registered.check_languages),
            ("templates", registered.check_templates),
        ]
    )
    if not offline:
        yield from _run(
            [("mail server", mail_server.check_server), ("worker", delivery.check_worker)]
        )
    yield from _of_the_database()


def _of_the_database() -> Iterator[Examined]:
    connected = Examined("database", tuple(database.check_connection()))
    yield connected
    if connected.findings:
        return
    yield from _run(
        [
            ("tables", database.check_tables),
            ("keys", database.check_foreign_keys),
            ("pooler", database.check_pooler),
        ]
    )
    if not database.are_tables_there():
        return
    yield from _run(
        [
            ("clock", database.check_clock),
            ("two-factor", secret_keys.check_two_factor),
            ("permissions", rights.check_permissions),
            ("roles", rights.check_roles),
            ("outbox", delivery.check_outbox),
            ("purge", delivery.check_purge),
            ("search", search.check_search),
        ]
    )


def _run(checks: list[tuple[str, Check]]) -> Iterator[Examined]:
    for name, check in checks:
        try:
            findings = tuple(check())
        except SQLAlchemyError as error:  # a table that is not as it should be, says FC303
            findings = (database.UNREADABLE.found(f"{name}: {_said(error)}"),)
        finally:
            current_contacts.session.rollback()
        yield Examined(name, findings)


def _said(error: SQLAlchemyError) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:200]
