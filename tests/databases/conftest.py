"""The host application on SQLite, PostgreSQL and MariaDB, one after the other.

Overrides ``app`` of the whole suite: every test of this folder runs on each engine.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import MetaData

from tests.databases.bad_smtp import BadSmtp, running_bad_smtp
from tests.databases.crowded_host import create_crowded_host, delete_rows
from tests.databases.drainers import DrainingHost, draining_hosts
from tests.databases.servers import ENGINES, Unavailable, another_database
from tests.host_app import create_host_app, db


@pytest.fixture(scope="session", params=list(ENGINES))
def database(request: pytest.FixtureRequest) -> Generator[str]:
    """The URL of an empty database, on each engine in turn."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(ENGINES[request.param]())
        except Unavailable as reason:
            pytest.skip(f"{request.param}: {reason}")
        yield url


@pytest.fixture(scope="session")
def host(database: str) -> Iterator[Flask]:
    """The host application on that database, with all tables."""
    app = create_crowded_host(database)
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


@pytest.fixture
def separate_host(database: str) -> Iterator[Flask]:
    """A host on a database of its own, for tests that change tables."""
    app = create_host_app(another_database(database, "separate"))
    yield app
    with app.app_context():
        db.session.remove()
        everything = MetaData()
        everything.reflect(db.engine)
        everything.drop_all(db.engine)
        db.engine.dispose()


@pytest.fixture
def bad_smtp(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[BadSmtp]:
    """A mail server that misbehaves as it is told, with the host's mail pointed at it."""
    with running_bad_smtp() as bad:
        for name, value in {"server": bad.hostname, "port": bad.port, "suppress": False}.items():
            monkeypatch.setattr(app.extensions["mail"], name, value)
        yield bad


@pytest.fixture(scope="session")
def two_hosts(database: str, host: Flask) -> Iterator[list[DrainingHost]]:
    """Two processes on the same database, to fork drainers from."""
    with draining_hosts(database, 2) as both:
        yield both
