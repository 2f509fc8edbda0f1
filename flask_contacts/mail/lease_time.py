"""How long a mail is leased, by a clock that all drainers share: the database's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import DateTime, Integer, Interval, bindparam, func, text
from sqlalchemy.sql.elements import ColumnElement

from ..clock import utc_now
from ..config import setting

#: How long a message, attachments and all, may be on its way to the server.
LONGEST_UPLOAD = 300.0
_MARIADB = frozenset({"mysql", "mariadb"})


def lease_seconds() -> float:
    """How long a lease holds: longer than a server may take for one mail, step by step, and
    than the five minutes by which a machine's clock may jump."""
    return max(420.0, 120 + 30 * float(setting("MAIL_TIMEOUT"))) + LONGEST_UPLOAD


def now(dialect: str) -> ColumnElement[datetime]:
    """The database's clock in UTC; SQLite has the one of the machine, which is ours."""
    if dialect == "postgresql":
        return cast("ColumnElement[datetime]", func.timezone("UTC", func.clock_timestamp()))
    if dialect in _MARIADB:
        return func.utc_timestamp(text("6"), type_=DateTime())
    return bindparam("now", type_=DateTime())


def now_values(dialect: str) -> dict[str, object]:
    """What :func:`now` needs to be given."""
    return {} if dialect == "postgresql" or dialect in _MARIADB else {"now": utc_now()}


def until(dialect: str) -> ColumnElement[datetime]:
    """When a lease that begins now runs out."""
    if dialect == "postgresql":
        return now(dialect) + bindparam("lease", type_=Interval())
    if dialect in _MARIADB:
        seconds = bindparam("lease", type_=Integer())
        return func.timestampadd(text("SECOND"), seconds, now(dialect), type_=DateTime())
    return bindparam("until", type_=DateTime())


def until_values(dialect: str) -> dict[str, object]:
    """What :func:`until` needs to be given."""
    lease = timedelta(seconds=lease_seconds())
    if dialect == "postgresql":
        return {"lease": lease}
    if dialect in _MARIADB:
        return {"lease": int(lease.total_seconds())}
    return {"until": utc_now() + lease}
