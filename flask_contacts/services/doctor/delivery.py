"""Whether what should leave leaves: mails that are stuck, who delivers them, what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module

from flask_babel import format_decimal
from sqlalchemy import select

from ...clock import utc_now
from ...config import setting
from ...i18n import _, _l
from ...models import Mail
from ...state import current_contacts
from ..mailing.mail_counts import MOST_COUNTED, count_by_state
from ..utc_words import utc_date, utc_time
from .problems import ERROR, NOTE, WARNING, Finding, problem

_PATIENCE = timedelta(minutes=10)
_ANSWERS_WITHIN = 2.0

OVERDUE = problem(
    "FC501",
    ERROR,
    _l("Mail waits and nobody takes it"),
    _l("It was due more than ten minutes ago: what delivers the outbox does not run, or not here."),
    _l(
        'With `CONTACTS_MAIL_DELIVERY = "thread"` a web process delivers, from its first request '
        'on; with `"celery"` start a worker and the beat; with `"manual"` run `flask contacts '
        "mail-drain` every minute. The log of that process says why it stopped."
    ),
)
ABANDONED = problem(
    "FC502",
    WARNING,
    _l("Mail was taken and never given back"),
    _l("The process that sent it has died; any that delivers takes it again, and none has."),
    _l("Start what delivers, as for FC501."),
)
FAILED = problem(
    "FC503",
    WARNING,
    _l("Mail has failed"),
    _l("It rests and is not tried again; its recipients have not got it."),
    _l(
        "`flask contacts mail-status` and Setup → Outgoing mail say why; it can be sent again "
        "there."
    ),
)
NO_BROKER = problem(
    "FC504",
    ERROR,
    _l("Celery's broker does not answer"),
    _l(
        "Mail leaves only when the periodic sweep runs, and without a broker that does not run "
        "either."
    ),
    _l("Start the broker, or correct its address in your Celery application."),
)
NO_WORKER = problem(
    "FC505",
    ERROR,
    _l("No Celery worker answers"),
    _l("No mail leaves."),
    _l(
        "Start one: `celery --app … worker`, and the beat for the periodic sweep; see "
        "docs/howto/scale-out.md."
    ),
)
NOT_PURGED = problem(
    "FC506",
    WARNING,
    _l("What should be forgotten is kept"),
    _l("Mail bodies are older than `CONTACTS_KEEP_MAIL_DAYS` says."),
    _l("Run `flask contacts purge` from cron, once a day."),
)
BY_HAND = problem(
    "FC507",
    NOTE,
    _l("Mail leaves when a command says so"),
    _l('`CONTACTS_MAIL_DELIVERY` is `"manual"`.'),
    _l("Run `flask contacts mail-drain` every minute, or with `--watch` as a service."),
)


def check_outbox() -> Iterator[Finding]:
    """Mails that should have left."""
    session, late = current_contacts.session, utc_now() - _PATIENCE
    waiting = select(Mail.not_before).where(Mail.state == "waiting", Mail.not_before < late)
    oldest = session.scalar(waiting.order_by(Mail.not_before).limit(1))
    if oldest is not None:
        said = _(
            "The oldest since %(time)s UTC; %(delivery)s delivers.",
            time=utc_time(oldest),
            delivery=repr(setting("MAIL_DELIVERY")),
        )
        yield OVERDUE.found(said)
    taken = select(Mail.id).where(Mail.state == "sending", Mail.lease_until < late).limit(1)
    if session.scalar(taken) is not None:
        yield ABANDONED.found()
    failed = count_by_state(session)["failed"]
    if failed:
        more = "+" if failed > MOST_COUNTED else ""
        yield FAILED.found(format_decimal(min(failed, MOST_COUNTED)) + more)
    if setting("MAIL_DELIVERY") == "manual":
        yield BY_HAND.found()


def check_purge() -> Iterator[Finding]:
    """Whether ``flask contacts purge`` runs: a week late is too late."""
    kept = timedelta(days=int(setting("KEEP_MAIL_DAYS")) + 7)
    done = Mail.state.in_(["sent", "cancelled", "failed"])
    query = select(Mail.created_at).where(done, Mail.recipient != "")
    oldest = current_contacts.session.scalar(query.order_by(Mail.created_at).limit(1))
    if oldest is not None and oldest < utc_now() - kept:
        yield NOT_PURGED.found(_("The oldest is of %(date)s.", date=utc_date(oldest)))


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
        yield NO_WORKER.found(
            _("Asked and waited %(seconds)s seconds.", seconds=format_decimal(_ANSWERS_WITHIN))
        )
