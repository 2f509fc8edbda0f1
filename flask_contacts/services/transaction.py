"""One use case, one transaction, tried again when it met another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

T = TypeVar("T")
_ATTEMPTS = 10


def in_transaction(session: Session, work: Callable[[], T]) -> T:
    """Run ``work``, commit, give its result; anything raised rolls everything back.

    A database error (a lost race for a unique key, a deadlock, a locked file; MariaDB
    reports a failed CHECK as an operational error, so all kinds) starts the work anew,
    at most ten times with growing pauses; the last one is raised. ``work`` therefore
    reads what it needs itself and keeps no object from outside.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            result = work()
            session.commit()
        except DBAPIError:
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
