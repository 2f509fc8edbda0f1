"""Celery delivers the outbox: ``pip install 'flask-contacts[celery]'`` and
``CONTACTS_MAIL_DELIVERY = "celery"``.

Celery distributes, the table is the record: a task holds no mail, it says that there may
be some. So a broker that is away or was emptied loses nothing; the periodic sweep finds it.
"""

from __future__ import annotations

import logging

from celery import shared_task
from celery.signals import worker_process_init
from flask import Flask
from kombu.exceptions import KombuError
from sqlalchemy import Engine

from ..models import Mail
from ..state import current_contacts
from .delivery import drain

log = logging.getLogger(__name__)
#: The name of the task, for ``beat_schedule`` and ``task_routes``.
DELIVER_MAIL = "flask_contacts.deliver_mail"
_MAILS = 500
"""How many mails a task delivers before it makes way for others and asks for another task."""


@shared_task(name=DELIVER_MAIL, ignore_result=True)
def deliver_mail() -> int:
    """Deliver the mail that is due; how many were sent.

    Asked for after each commit that promised mail, and by the periodic sweep. Runs in an
    application context, which the host's Celery application brings.
    """
    tried = 0

    def progress(_outcome: str) -> None:
        nonlocal tried
        tried += 1

    sent = drain(current_contacts.session, progress, _MAILS)
    if tried == _MAILS:
        nudge()
    return sent


def nudge() -> None:
    """Ask a worker to look at the outbox now; without a broker the next sweep does."""
    try:
        deliver_mail.apply_async(retry=False)
    except (KombuError, OSError):
        log.warning("no broker to ask for mail to be delivered; the sweep will", exc_info=True)


def register(app: Flask) -> None:
    """Let the processes that a worker forks open database connections of their own."""

    def forget_connections(**_kwargs: object) -> None:
        with app.app_context():
            bind = current_contacts.session.get_bind(Mail)
            if isinstance(bind, Engine):
                bind.dispose(close=False)

    worker_process_init.connect(forget_connections, weak=False)
