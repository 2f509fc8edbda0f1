"""The host application for many at once: a connection for each, and limits out of the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import delete, update

from flask_contacts.models import Base, Contact
from tests.host_app import create_host_app, db


def create_crowded_host(url: str) -> Flask:
    """The host application on the database at ``url``; its tables are made if need be."""
    return create_host_app(
        url,
        {
            "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 20},
            "CONTACTS_LINKS_PER_HOUR": 1_000_000,
            "CONTACTS_REQUESTS_PER_ADDRESS": "1000000 per minute",
            "CONTACTS_SIGN_IN_FAILURES": 1_000_000,
        },
    )


@contextmanager
def hanging_up(host: Flask) -> Iterator[Flask]:
    """The host application for as long as tests use it: no connection stays open behind them."""
    yield host
    with host.app_context():
        db.engine.dispose()


def delete_rows() -> None:
    """Empty the package's and the host's tables; needs an application context."""
    with db.engine.begin() as connection:
        connection.execute(update(Contact).values(manager_id=None))
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith(("contacts_", "host_")):
                connection.execute(delete(table))
