"""The thread of a web process that delivers the outbox.

Started at a process's first request, because a thread started before would die at the
server's fork. It sweeps when it starts, whenever mail was committed, and every
``CONTACTS_MAIL_SWEEP_SECONDS``; what it leaves, any other process or
``flask contacts mail-drain`` delivers.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.orm import Session

from ..config import setting
from ..errors import ConfigError
from ..state import current_contacts
from .written import WRITTEN

log = logging.getLogger(__name__)


class MailThread:
    """One delivering thread for one application in one process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def ensure_running(self) -> None:
        """Start the thread, once in each process."""
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid == os.getpid():
                return
            self._pid = os.getpid()
            self._wake, self._stopping = threading.Event(), threading.Event()
            self._thread = threading.Thread(target=self._run, name="contacts-mail", daemon=True)
            self._thread.start()
            atexit.register(self.stop)

    def nudge(self) -> None:
        """Mail was committed: look now rather than at the next sweep."""
        self._wake.set()

    def stop(self) -> None:
        """The process ends: finish the mail that is on its way, give the others back.

        Waits for it no longer than ``CONTACTS_MAIL_TIMEOUT`` seconds.
        """
        thread, self._thread = self._thread, None
        if thread is None or self._pid != os.getpid():
            return
        self._stopping.set()
        self._wake.set()
        thread.join(float(self._app.config["CONTACTS_MAIL_TIMEOUT"]))

    def _run(self) -> None:
        from .delivery import drain  # noqa: PLC0415  the thread needs it, not the start

        while not self._stopping.is_set():
            try:
                with self._app.app_context():
                    pause = float(setting("MAIL_SWEEP_SECONDS"))
                    drain(current_contacts.session, stop=self._stopping.is_set)
            except Exception:  # the thread must outlive a database that is away
                log.exception("the outbox could not be swept; trying again")
                pause = 5.0
            self._wake.wait(pause)
            self._wake.clear()


class CeleryThread(MailThread):
    """Asks Celery, once for any number of commits, beside the thread that commits.

    A request must not wait for a broker that is away. Started by the first commit, so a
    command of the host's asks too, before its process ends.
    """

    def __init__(self, app: Flask, ask: Callable[[], None]) -> None:
        super().__init__(app)
        self._ask = ask

    def nudge(self) -> None:
        """Mail was committed: have a worker look at it."""
        self.ensure_running()
        super().nudge()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            with self._app.app_context():
                self._ask()


def register(app: Flask, session: Any) -> None:
    """Deliver what is committed on ``session`` in ``app``, unless delivery is manual.

    Raises :class:`ConfigError` where Celery is to deliver and is not installed.
    """
    if not event.contains(session, "after_commit", _after_commit):
        event.listen(session, "after_commit", _after_commit)
        event.listen(session, "after_rollback", _after_rollback)
    delivery = app.config["CONTACTS_MAIL_DELIVERY"]
    if delivery == "manual":
        return
    if delivery == "celery":
        try:
            tasks = import_module(".tasks", __package__)  # an optional dependency
        except ModuleNotFoundError as error:
            raise ConfigError(
                "contacts.C019",
                "CONTACTS_MAIL_DELIVERY is 'celery', but Celery is not installed.",
                "pip install 'flask-contacts[celery]'",
            ) from error
        tasks.register(app)
        app.extensions["contacts_mail_thread"] = CeleryThread(app, tasks.nudge)
        return
    thread = MailThread(app)
    app.extensions["contacts_mail_thread"] = thread
    app.before_request(thread.ensure_running)


def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint: nobody else sees the mail yet
        return
    if session.info.pop(WRITTEN, None) and current_app:
        thread = current_app.extensions.get("contacts_mail_thread")
        if thread is not None:
            thread.nudge()


def _after_rollback(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(WRITTEN, None)
