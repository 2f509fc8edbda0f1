"""One use case, one transaction, tried again when it met another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ..errors import DatabaseBusy
from ..models.isolation import begin

T = TypeVar("T")
_ATTEMPTS = 10
_BUDGET_SECONDS = 10.0


def in_transaction(session: Session, work: Callable[[], T]) -> T:
    """Run ``work``, commit, give its result; anything raised rolls everything back.

    What the session has open is committed first: the work must see the present, not the
    state that the request's first SELECT saw, and a new attempt must lose nothing of the
    caller's.

    A database error (a lost race for a unique key, a deadlock, a locked file; MariaDB
    reports a failed CHECK as an operational error, so all kinds) starts the work anew,
    at most ten times with growing pauses and not for longer than ten seconds. ``work``
    therefore reads what it needs itself and keeps no object from outside. Raises
    :class:`DatabaseBusy` when the database stays locked or away, the last error else.
    """
    session.commit()
    give_up = time.monotonic() + _BUDGET_SECONDS
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            begin(session)
            result = work()
            session.commit()
        except (DBAPIError, StaleDataError) as error:
            session.rollback()
            if attempt == _ATTEMPTS or time.monotonic() > give_up:
                if isinstance(error, OperationalError):
                    raise DatabaseBusy("the database is busy") from error
                raise
            time.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311  jitter
        except BaseException:
            session.rollback()
            raise
        else:
            return result
    raise AssertionError("unreachable")
