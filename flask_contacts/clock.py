"""The time as the tables keep it."""

from __future__ import annotations

from datetime import datetime, timezone


def utc_now() -> datetime:
    """Now in UTC, without a zone and to the second's fraction: what our columns hold.

    The three databases disagree about zones; naive UTC is the same on all of them.
    """
    return datetime.now(timezone.utc).replace(tzinfo=None)
