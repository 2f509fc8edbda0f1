"""The time as the tables keep it."""

from __future__ import annotations

from datetime import datetime, timezone


def now() -> datetime:
    """Now in UTC, without a zone."""
    return datetime.now(timezone.utc).replace(tzinfo=None)
