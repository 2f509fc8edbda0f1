"""The same hosts and databases as the short form."""

from __future__ import annotations

from tests.databases.conftest import (
    _databases,
    _hosts,
    app,
    bad_smtp,
    database,
    host,
    two_hosts,
)

__all__ = ["_databases", "_hosts", "app", "bad_smtp", "database", "host", "two_hosts"]
