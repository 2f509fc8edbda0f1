"""The mark of a session's transaction that has written mail."""

from __future__ import annotations

#: Set in ``session.info`` when mail was written; the commit wakes the worker.
WRITTEN = "contacts_mail_written"
