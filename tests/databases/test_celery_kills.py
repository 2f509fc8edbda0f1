"""Killed workers of Celery lose nothing: the short form of ``tests/soak/soak_mail.py``."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.celery_drainer import celery_drainer
from tests.databases.bad_smtp import BadSmtp
from tests.databases.mail_kills import (
    check,
    deliver_the_rest,
    kill_drainers,
    make_people,
    promise,
)

_KILLS = 3


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("app_context")
def test_killed_workers_lose_nothing(
    app: Flask, engine: Engine, session: Session, database: str, bad_smtp: BadSmtp
) -> None:
    """A server that refuses one in ten and drops three in a hundred after it has taken them:
    0 lost, none to a wrong person, twice at most once for each kill and each drop."""
    bad_smtp.refuse, bad_smtp.drop = 0.1, 0.03
    people = make_people(session, 20)
    with celery_drainer(database, bad_smtp.port) as drainer:
        kill_drainers(
            engine, bad_smtp, drainer, _KILLS, lambda more: promise(session, people, more), 1
        )
    deliver_the_rest(engine, session)
    check(engine, bad_smtp, _KILLS)
