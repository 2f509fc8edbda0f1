"""Whether what should leave leaves: mails that are stuck, who delivers them, what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module

from sqlalchemy import select

from ...clock import utc_now
from ...config import setting
from ...models import Mail
from ...state import current_contacts
from ..mailing.mail_counts import MOST_COUNTED, count_by_state
from .problems import ERROR, NOTE, WARNING, Finding, problem

_PATIENCE = timedelta(minutes=10)
_ANSWERS_WITHIN = 2.0

OVERDUE = problem(
    "FC501",
    ERROR,
    "Mail waits and nobody takes it",
    "It was due more than ten minutes ago: what delivers the outbox does not run, or not here.",
    'With `CONTACTS_MAIL_DELIVERY = "thread"` a web process delivers, from its first request on; '
    'with `"celery"` start a worker and the beat; with `"manual"` run `flask contacts '
    "mail-drain` every minute. The log of that process says why it stopped.",
)
ABANDONED = problem(
    "FC502",
    WARNING,
    "Mail was taken and never given back",
    "The process that sent it has died; any that delivers takes it again, and none has.",
    "Start what delivers, as for FC501.",
)
FAILED = problem(
    "FC503",
    WARNING,
    "Mail has failed",
    "It rests and is not tried again; its recipients have not got it.",
    "`flask contacts mail-status` and Setup → Outgoing mail say why; it can be sent again there.",
)
NO_BROKER = problem(
    "FC504",
    ERROR,
    "Celery's broker does not answer",
    "Mail leaves only when the periodic sweep runs, and without a broker that does not run either.",
    "Start the broker, or correct its address in your Celery application.",
)
NO_WORKER = problem(
    "FC505",
    ERROR,
    "No Celery worker answers",
    "No mail leaves.",
    "Start one: `celery --app … worker`, and the beat for the periodic sweep; see "
    "docs/howto/scale-out.md.",
)
NOT_PURGED = problem(
    "FC506",
    WARNING,
    "What should be forgotten is kept",
    "Mail bodies are older than `CONTACTS_KEEP_MAIL_DAYS` says.",
    "Run `flask contacts purge` from cron, once a day.",
)
BY_HAND = problem(
    "FC507",
    NOTE,
    "Mail leaves when a command says so",
    '`CONTACTS_MAIL_DELIVERY` is `"manual"`.',
    "Run `flask contacts mail-drain` every minute, or with `--watch` as a service.",
)


def check_outbox() -> Iterator[Finding]:
    """Mails that should have left."""
    session, late = current_contacts.session, utc_now() - _PATIENCE
    waiting = select(Mail.not_before).where(Mail.state == "waiting", Mail.not_before < late)
    oldest = session.scalar(waiting.order_by(Mail.not_before).limit(1))
    if oldest is not None:
        delivery = setting("MAIL_DELIVERY")
        yield OVERDUE.found(f"The oldest since {oldest:%Y-%m-%d %H:%M} UTC; {delivery!r} delivers.")
    taken = select(Mail.id).where(Mail.state == "sending", Mail.lease_until < late).limit(1)
    if session.scalar(taken) is not None:
        yield ABANDONED.found()
    failed = count_by_state(session)["failed"]
    if failed:
        yield FAILED.found(f"{failed:,}" if failed <= MOST_COUNTED else f"{MOST_COUNTED:,}+")
    if setting("MAIL_DELIVERY") == "manual":
        yield BY_HAND.found()


def check_purge() -> Iterator[Finding]:
    """Whether ``flask contacts purge`` runs: a week late is too late."""
    kept = timedelta(days=int(setting("KEEP_MAIL_DAYS")) + 7)
    done = Mail.state.in_(["sent", "cancelled", "failed"])
    query = select(Mail.created_at).where(done, Mail.recipient != "")
    oldest = current_contacts.session.scalar(query.order_by(Mail.created_at).limit(1))
    if oldest is not None and oldest < utc_now() - kept:
        yield NOT_PURGED.found(f"The oldest is of {oldest:%Y-%m-%d}.")


def check_worker() -> Iterator[Finding]:
    """Whether a worker of Celery's is there to deliver."""
    if setting("MAIL_DELIVERY") != "celery":
        return
    celery = import_module("celery").current_app
    broker_error = import_module("kombu.exceptions").KombuError
    try:
        with celery.connection_for_write(connect_timeout=_ANSWERS_WITHIN) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_ANSWERS_WITHIN)
        answers = celery.control.ping(timeout=_ANSWERS_WITHIN)
    except (broker_error, OSError) as error:
        yield NO_BROKER.found(f"{type(error).__name__}: {error}")
        return
    if not answers:
        yield NO_WORKER.found(f"Asked and waited {_ANSWERS_WITHIN:g} seconds.")
