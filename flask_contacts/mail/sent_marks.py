"""Marking mails as sent, one by one, while the server thinks about the next."""

from __future__ import annotations

import logging
from types import TracebackType
from typing import cast

from sqlalchemy import Connection, Engine, Table, bindparam, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from ..clock import utc_now
from ..models import Mail
from .queue import patiently

log = logging.getLogger(__name__)
_TABLE = cast("Table", Mail.__table__)
_COLUMNS = _TABLE.c
_MARK = (
    update(_TABLE)
    .where(_COLUMNS.id == bindparam("mail_id"), _COLUMNS.lease_owner == bindparam("owner"))
    .values(
        state="sent",
        error=None,
        lease_owner=None,
        lease_until=None,
        sent_at=bindparam("sent"),
        attempts=bindparam("tried"),
    )
)


class SentMarks:
    """Marks mails as sent, each in a transaction of its own; use as a context manager.

    A mark is written while the server thinks about the next mail's announcement: the
    transport calls :meth:`write` before any of that mail leaves. So there is never more
    than one mail that the server took and nobody marked, and the server's time is not lost.
    ``patience`` is how many seconds a mark waits for a database that is away.
    """

    def __init__(self, session: Session, patience: float) -> None:
        bind = session.get_bind(Mail)
        # A database in memory may have one connection in all, or one for each thread.
        own = isinstance(bind, Engine) and isinstance(bind.pool, QueuePool)
        self._engine = bind if own and isinstance(bind, Engine) else None
        self._session = session
        self._patience = patience
        self._connection: Connection | None = None
        self._newest: dict[str, object] | None = None

    def __enter__(self) -> SentMarks:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.settle()

    def add(self, mail_id: int, owner: str, attempts: int) -> None:
        """The server has taken this mail."""
        self.write()
        self._newest = {"mail_id": mail_id, "owner": owner, "tried": attempts, "sent": utc_now()}

    def write(self) -> None:
        """Write the newest mark, if it is not; raises what kept it from being so."""
        mark, self._newest = self._newest, None
        if mark is not None:
            self._keep(mark)

    def settle(self) -> None:
        """The same, and give the connection back for other work."""
        try:
            self.write()
        finally:
            self._close()

    def _keep(self, mark: dict[str, object]) -> None:
        own = self._session if self._engine is None else None
        try:
            patiently(own, lambda: self._write(mark), self._patience)
        except DBAPIError:
            log.exception("mail %s was sent and will be again: no mark", mark["mail_id"])
            raise

    def _write(self, mark: dict[str, object]) -> None:
        if self._engine is None:  # a test of the host's may hold one outer transaction
            self._session.execute(_MARK, mark)
            self._session.commit()
            return
        try:
            if self._connection is None:
                connection = self._engine.connect()
                self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            self._connection.execute(_MARK, mark)
            self._connection.commit()
        except DBAPIError:
            self._close()
            raise

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
