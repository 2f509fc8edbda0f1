"""The short form of ``make soak``: everything at random, from threads and from processes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.host_app import new_customer
from tests.soak.processes import race_in_processes
from tests.soak.race import CUSTOMERS, broken_at_the_end, race

OPERATIONS = 320
pytestmark = pytest.mark.bundled_only(reason="the race names the customers by number")


@pytest.fixture
def customers(app: Flask, session: Session) -> None:
    """The few customers that everybody wants to change at once."""
    session.add_all(new_customer(f"Customer {number}") for number in range(CUSTOMERS))
    session.commit()
    session.close()


@pytest.mark.usefixtures("customers")
def test_eight_threads_break_no_rule(app: Flask, engine: Engine) -> None:
    """C3, C4, C6, C7, C9, P7 hold while eight threads do everything there is, and after."""
    seen, counts = race(app, OPERATIONS, threads=8, seed=1)
    assert seen == []
    assert sum(counts.values()) == OPERATIONS
    with app.app_context():
        assert broken_at_the_end(engine) == []


@pytest.mark.usefixtures("customers")
def test_four_processes_break_no_rule(app: Flask, engine: Engine, database: str) -> None:
    """The same from four processes: what holds is held by the database, by no lock of ours."""
    assert race_in_processes(database, OPERATIONS, processes=4, seed=1) == []
    with app.app_context():
        assert broken_at_the_end(engine) == []
