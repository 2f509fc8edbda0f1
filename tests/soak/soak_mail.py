"""The long form of the kills in ``tests/databases/test_mail_faults.py``: ``make soak``.

``SOAK_KILLS`` (1,000) is the number of ``kill -9`` in all, over three engines and every
kind of drainer. ``SOAK_SEED`` repeats what can be repeated.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.celery_drainer import celery_drainer
from tests.databases.bad_smtp import BadSmtp
from tests.databases.drainers import Drainer, DrainingHost, Fork
from tests.databases.mail_kills import (
    check,
    deliver_the_rest,
    kill_drainers,
    make_people,
    promise,
)
from tests.databases.servers import ENGINES

KILLS = int(os.environ.get("SOAK_KILLS", "1000"))
SEED = int(os.environ.get("SOAK_SEED", random.randrange(1_000_000)))
_PEOPLE = 20

pytestmark = pytest.mark.usefixtures("app_context")

Make = Callable[[str, DrainingHost, int], AbstractContextManager[Drainer]]


def forked(kind: str) -> Make:
    """A drainer that is forked from a host which runs already."""

    @contextmanager
    def make(_url: str, host: DrainingHost, port: int) -> Iterator[Drainer]:
        yield Fork(host, kind, port)

    return make


@contextmanager
def celery(url: str, _host: DrainingHost, port: int) -> Iterator[Drainer]:
    """A worker of Celery, with a Redis of its own."""
    with celery_drainer(url, port) as drainer:
        yield drainer


#: Every kind of drainer: given the database's URL, a host and the mail server's port, it
#: makes one. A command of its own (a worker) is a :class:`tests.databases.drainers.Command`.
DRAINERS: dict[str, Make] = {"embedded": forked("embedded"), "cli": forked("cli"), "celery": celery}


@pytest.mark.parametrize("kind", list(DRAINERS))
def test_killed_at_any_moment(
    app: Flask,
    engine: Engine,
    session: Session,
    database: str,
    bad_smtp: BadSmtp,
    two_hosts: list[DrainingHost],
    kind: str,
) -> None:
    """The server refuses one in ten and drops three in a hundred after it has taken them:
    0 lost, none to a wrong person, twice at most once for each kill and each drop."""
    bad_smtp.refuse, bad_smtp.drop = 0.1, 0.03
    bad_smtp.chance.seed(SEED)
    kills = max(KILLS // (len(ENGINES) * len(DRAINERS)), 1)
    people = make_people(session, _PEOPLE)
    with DRAINERS[kind](database, two_hosts[0], bad_smtp.port) as drainer:
        kill_drainers(
            engine, bad_smtp, drainer, kills, lambda more: promise(session, people, more), SEED
        )
    deliver_the_rest(engine, session)
    print(f"{engine.dialect.name}, {kind}: {check(engine, bad_smtp, kills)}")
