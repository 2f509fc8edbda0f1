"""The host application on SQLite, PostgreSQL and MariaDB, one after the other.

Overrides ``app`` of the whole suite: every test of this folder runs on each engine.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, update

from flask_contacts.models import Base, Contact
from tests.databases.servers import ENGINES, Unavailable
from tests.host_app import create_host_app, db


@pytest.fixture(scope="session", params=list(ENGINES))
def database(request: pytest.FixtureRequest) -> Generator[str]:
    """The URL of an empty database, on each engine in turn."""
    server = ENGINES[request.param]()
    try:
        url = server.__enter__()
    except Unavailable as reason:
        pytest.skip(f"{request.param}: {reason}")
    yield url
    server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def host(database: str) -> Iterator[Flask]:
    """The host application on that database, with all tables."""
    app = create_host_app(
        database,
        {
            "SQLALCHEMY_ENGINE_OPTIONS": {"pool_size": 20},
            "CONTACTS_LINKS_PER_HOUR": 1_000_000,
            "CONTACTS_SIGN_IN_FAILURES": 1_000_000,
        },
    )
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(host: Flask) -> Iterator[Flask]:
    """The host application with no rows but its staff user."""
    with host.app_context():
        delete_rows()
    config = dict(host.config)
    yield host
    host.config.clear()
    host.config.update(config)


def delete_rows() -> None:
    """Delete what is in the package's and the host's tables; needs an application context."""
    with db.engine.begin() as connection:
        connection.execute(update(Contact).values(manager_id=None))
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith(("contacts_", "host_")):
                connection.execute(delete(table))
