"""The host application on SQLite, PostgreSQL and MariaDB, one after the other.

Overrides ``app`` of the whole suite: every test of this folder runs on each engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from flask import Flask
from sqlalchemy import make_url

from tests.databases.bad_smtp import BadSmtp, running_bad_smtp
from tests.databases.crowded_host import create_crowded_host, delete_rows, hanging_up
from tests.databases.drainers import DrainingHost, draining_hosts
from tests.databases.servers import (
    ENGINES,
    Unavailable,
    another_database,
    keep_mariadb,
    keep_postgresql,
)
from tests.first_state import keep_first_state
from tests.host_app import create_host_app, db


@pytest.fixture(scope="session")
def _databases() -> Iterator[Callable[[str], str]]:
    """The URL of an engine's database; a server starts once and runs until the last test.

    Each file asks for the engines anew, and to start a server takes seconds.
    """
    with ExitStack() as stack:
        yield cache(lambda engine: stack.enter_context(ENGINES[engine]()))


@pytest.fixture(scope="session", params=list(ENGINES))
def database(request: pytest.FixtureRequest, _databases: Callable[[str], str]) -> str:
    """The URL of a database with no other rows than ``host``'s, on each engine in turn."""
    try:
        return _databases(request.param)
    except Unavailable as reason:
        pytest.skip(f"{request.param}: {reason}")


@pytest.fixture(scope="session")
def _hosts() -> Callable[[str], Flask]:
    """The host application on the database at a URL; it is made once."""
    return cache(create_crowded_host)


@pytest.fixture(scope="session")
def host(database: str, _hosts: Callable[[str], Flask]) -> Iterator[Flask]:
    """The host application on that database, with all tables."""
    with hanging_up(_hosts(database)) as app:
        yield app


@pytest.fixture
def app(host: Flask) -> Iterator[Flask]:
    """The host application with no rows but its staff user."""
    with host.app_context():
        delete_rows()
    config = dict(host.config)
    yield host
    host.config.clear()
    host.config.update(config)


@pytest.fixture(scope="session")
def _separate_hosts() -> Callable[[str], Callable[[], Flask]]:
    """What gives a host on a database of its own, as it is after the first start."""

    def prepare(database: str) -> Callable[[], Flask]:
        url = another_database(database, "separate")
        app = create_host_app(url)
        with app.app_context():
            db.engine.dispose()
        keep = {"postgresql": keep_postgresql, "mariadb": keep_mariadb}
        engine = make_url(url).get_backend_name()
        restore = keep[engine](url) if engine in keep else keep_first_state(app)

        def again() -> Flask:
            restore()
            return app

        return again

    return cache(prepare)


@pytest.fixture
def separate_host(
    database: str, _separate_hosts: Callable[[str], Callable[[], Flask]]
) -> Iterator[Flask]:
    """A host on a database of its own, for tests that change tables."""
    with hanging_up(_separate_hosts(database)()) as app:
        yield app


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
