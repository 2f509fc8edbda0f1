"""One use case, one transaction, tried again when it met another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ..models import Contact

T = TypeVar("T")
_ATTEMPTS = 10


def in_transaction(session: Session, work: Callable[[], T]) -> T:
    """Run ``work``, commit, give its result; anything raised rolls everything back.

    What the session has open is committed first: the work must see the present, not the
    state that the request's first SELECT saw, and a new attempt must lose nothing of the
    caller's.

    A database error (a lost race for a unique key, a deadlock, a locked file; MariaDB
    reports a failed CHECK as an operational error, so all kinds) starts the work anew,
    at most ten times with growing pauses; the last one is raised. ``work`` therefore
    reads what it needs itself and keeps no object from outside.
    """
    session.commit()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _see_what_others_commit(session)
            result = work()
            session.commit()
        except (DBAPIError, StaleDataError):
            session.rollback()
            if attempt == _ATTEMPTS:
                raise
            time.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311  jitter
        except BaseException:
            session.rollback()
            raise
        else:
            return result
    raise AssertionError("unreachable")


def _see_what_others_commit(session: Session) -> None:
    """Begin at READ COMMITTED, PostgreSQL's default and not MariaDB's.

    There a transaction would go on reading the state of its first SELECT, also after it
    waited for a lock, and decide by what is no longer so.
    """
    bind = session.get_bind(Contact)
    if isinstance(bind, Engine) and bind.dialect.name != "sqlite":
        session.connection(
            {"mapper": Contact}, execution_options={"isolation_level": "READ COMMITTED"}
        )
