"""One use case, one transaction, tried again when it met another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.session import SessionTransaction, SessionTransactionOrigin

from ..errors import DatabaseBusy, TransactionOpen
from ..models.isolation import begin

T = TypeVar("T")
_ATTEMPTS = 10
_BUDGET_SECONDS = 10.0
_FLUSHED = "contacts_flushed"
#: What drivers say of a lock that was not given: PostgreSQL's states, MariaDB's numbers.
_LOCKED_STATES = frozenset({"55P03", "40P01", "40001"})
_LOCKED_NUMBERS = frozenset({1205, 1213})


def in_transaction(session: Session, work: Callable[[], T]) -> T:
    """Run ``work``, commit, give its result; anything raised rolls everything back.

    The transaction that the session reads in is ended first: the work must see the present,
    not the state that the request's first SELECT saw. Raises :class:`TransactionOpen` where
    the caller has changed something in it, or has begun it: who rolls back later must not
    find it committed.

    A database error (a lost race for a unique key, a deadlock, a locked file; MariaDB
    reports a failed CHECK as an operational error, so all kinds) starts the work anew,
    at most ten times with growing pauses and not for longer than ten seconds. ``work``
    therefore reads what it needs itself and keeps no object from outside. Raises
    :class:`DatabaseBusy` when the database stays locked or away, the last error else.
    """
    _refuse_callers_changes(session)
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


def is_locked(error: OperationalError) -> bool:
    """Whether the database was locked by others: the same will do later."""
    cause: Any = error.orig
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    number = next(iter(getattr(cause, "args", ())), None)
    return (
        state in _LOCKED_STATES
        or (isinstance(number, int) and number in _LOCKED_NUMBERS)
        or " is locked" in str(cause)
    )


def _refuse_callers_changes(session: Session) -> None:
    if has_changes(session):
        raise TransactionOpen


def has_changes(session: Session) -> bool:
    """Whether the session holds what is not committed, or was begun explicitly."""
    given: Any = session
    own: Session = given.registry() if isinstance(given, scoped_session) else given
    begun = own.get_transaction()
    return bool(
        (begun is not None and begun.origin is not SessionTransactionOrigin.AUTOBEGIN)
        or own.in_nested_transaction()
        or own.new
        or own.deleted
        or any(own.is_modified(one) for one in own.dirty)
        or own.info.get(_FLUSHED)
    )


@event.listens_for(Session, "after_flush")
def _note_flush(session: Session, _context: object) -> None:
    session.info[_FLUSHED] = True


@event.listens_for(Session, "after_transaction_end")
def _forget_flush(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_FLUSHED, None)
