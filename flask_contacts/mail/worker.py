"""The thread of a web process that delivers the outbox.

Started at a process's first request, because a thread started before would die at the
server's fork. It sweeps when it starts, whenever mail was committed, and every
``CONTACTS_MAIL_SWEEP_SECONDS``; what it leaves, any other process or
``flask contacts mail-drain`` delivers.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from ..config import setting
from ..state import current_contacts
from .delivery import drain
from .outbox import WRITTEN

log = logging.getLogger(__name__)


class MailThread:
    """One delivering thread for one application in one process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._pid: int | None = None

    def ensure_running(self) -> None:
        """Start the thread, once in each process."""
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._wake = threading.Event()
            threading.Thread(target=self._run, name="contacts-mail", daemon=True).start()

    def nudge(self) -> None:
        """Mail was committed: look now rather than at the next sweep."""
        self._wake.set()

    def _run(self) -> None:
        while True:
            try:
                with self._app.app_context():
                    pause = float(setting("MAIL_SWEEP_SECONDS"))
                    drain(current_contacts.session)
            except Exception:  # the thread must outlive a database that is away
                log.exception("the outbox could not be swept; trying again")
                pause = 5.0
            self._wake.wait(pause)
            self._wake.clear()


def register(app: Flask, session: Any) -> None:
    """Deliver what is committed on ``session`` in ``app``, unless delivery is manual."""
    if not event.contains(session, "after_commit", _after_commit):
        event.listen(session, "after_commit", _after_commit)
        event.listen(session, "after_rollback", _after_rollback)
    if app.config["CONTACTS_MAIL_DELIVERY"] != "thread":
        return
    thread = MailThread(app)
    app.extensions["contacts_mail_thread"] = thread
    app.before_request(thread.ensure_running)


def _after_commit(session: Session) -> None:
    if session.info.pop(WRITTEN, None) and current_app:
        thread = current_app.extensions.get("contacts_mail_thread")
        if thread is not None:
            thread.nudge()


def _after_rollback(session: Session) -> None:
    session.info.pop(WRITTEN, None)
