"""The same hosts and databases as the short form."""

from __future__ import annotations

from tests.databases.conftest import app, database, host, quick_passwords

__all__ = ["app", "database", "host", "quick_passwords"]
