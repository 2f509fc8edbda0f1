"""A pooler that stands before PostgreSQL is known, and the doctor warns where it does harm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, event

from flask_contacts.services.doctor import database as doctor
from tests.databases.servers import Unavailable, pgbouncer
from tests.host_app import create_host_app, db

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture(scope="module")
def pooled_url(database: str, host: Flask) -> Iterator[str]:
    """The same database through PgBouncer, where each transaction gets some connection."""
    try:
        with pgbouncer(database) as url:
            yield url
    except Unavailable as reason:
        pytest.skip(f"behind a pooler: {reason}")


def test_a_pooler_is_known(database: str, pooled_url: str) -> None:
    """A pooler names a process of its own where PostgreSQL names the one that answers."""
    for url, direct in ((database, True), (pooled_url, False)):
        engine = create_engine(url)
        with engine.connect() as connection:
            assert doctor.is_reached_directly(connection) is direct
        engine.dispose()


def test_the_doctor_warns_of_prepared_statements(pooled_url: str) -> None:
    """FC311 where the driver prepares statements behind a pooler, nothing where it does not."""
    options = {"connect_args": {"prepare_threshold": None}}
    pooled = create_host_app(pooled_url, {"SQLALCHEMY_ENGINE_OPTIONS": options})
    with pooled.app_context():
        engine = db.engine
        assert not list(doctor.check_pooler())
        engine.dispose()

        @event.listens_for(engine, "connect")
        def prepare_again(connection: Any, _record: object) -> None:
            connection.prepare_threshold = 5

        assert [one.problem.code for one in doctor.check_pooler()] == ["FC311"]
        db.session.remove()
        engine.dispose()


def test_the_doctor_finds_no_pooler_where_there_is_none(app: Flask) -> None:
    """PostgreSQL itself is nothing to warn of."""
    with app.app_context():
        assert not list(doctor.check_pooler())
