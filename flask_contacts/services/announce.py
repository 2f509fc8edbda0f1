"""Telling the host's receivers of what has been committed."""

from __future__ import annotations

import logging

from blinker import NamedSignal
from flask import current_app
from sqlalchemy.orm import Session

from .transaction import has_changes

log = logging.getLogger(__name__)


def announce(session: Session, signal: NamedSignal, **payload: int) -> None:
    """Call each receiver; one that fails is logged and keeps nobody from the answer.

    What it describes is stored already, so its caller must not see an error; and what a
    receiver left uncommitted in the session must not become the next transaction's.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    for receiver in () if signal.is_muted else signal.receivers_for(app):
        try:
            receiver(app, **payload)
        except Exception:
            session.rollback()
            log.exception("a receiver of %s failed: %s", signal.name, payload)
        else:
            if has_changes(session):
                session.rollback()
                log.warning(
                    "a receiver of %s left changes uncommitted: they are rolled back", signal.name
                )
