"""The long form: ``make soak``. Its name keeps it out of ``make test``.

``SOAK_OPERATIONS`` (20,000) is the number of operations of each race on each engine, half
of it by eight threads, half by four processes, and of steps compared with the model.
``SOAK_SEED`` repeats a race as far as threads can be repeated.
"""

from __future__ import annotations

import os
import random

import pytest
from flask import Flask
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.databases.contact_machine import ContactMachine, machine_settings
from tests.host_app import new_customer
from tests.soak.processes import race_in_processes
from tests.soak.race import CUSTOMERS, broken_at_the_end, race

OPERATIONS = int(os.environ.get("SOAK_OPERATIONS", "20000"))
SEED = int(os.environ.get("SOAK_SEED", random.randrange(1_000_000)))
_STEPS = 50


@pytest.fixture
def customers(app: Flask, session: Session) -> None:
    """The few customers that everybody wants to change at once."""
    session.add_all(new_customer(f"Customer {number}") for number in range(CUSTOMERS))
    session.commit()
    session.close()


@pytest.mark.usefixtures("customers")
def test_eight_threads(app: Flask, engine: Engine) -> None:
    """No rule is broken, at any moment or at the end, by eight threads."""
    seen, counts = race(app, OPERATIONS // 2, threads=8, seed=SEED)
    assert seen == [], f"SOAK_SEED={SEED}"
    assert sum(counts.values()) == OPERATIONS // 2
    with app.app_context():
        assert broken_at_the_end(engine) == [], f"SOAK_SEED={SEED}"


@pytest.mark.usefixtures("customers")
def test_four_processes(app: Flask, engine: Engine, database: str) -> None:
    """No rule is broken, at any moment or at the end, by four processes."""
    broken = race_in_processes(database, OPERATIONS // 2, processes=4, seed=SEED)
    assert broken == [], f"SOAK_SEED={SEED}"
    with app.app_context():
        assert broken_at_the_end(engine) == [], f"SOAK_SEED={SEED}"


def test_the_services_agree_with_the_model(app: Flask) -> None:
    """New sequences in every run, each step compared with the model."""
    run_state_machine_as_test(
        lambda: ContactMachine(app),
        settings=machine_settings(max(OPERATIONS // _STEPS, 1), _STEPS),
    )
