"""SQLite that does not wait for the disk: tests commit a thousand times a minute, and cut no power.

All else of a transaction stays as it is: what a killed process had committed is there.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Engine, event


@event.listens_for(Engine, "connect")
def do_not_wait(connection: Any, _record: object) -> None:
    """Leave it to the system when a file reaches the disk."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")
