"""``flask contacts mail-…``: deliver the outbox from the command line, and look at it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import format_decimal
from sqlalchemy.exc import DBAPIError

from ..clock import utc_now
from ..config import setting
from ..i18n import _, _n
from ..mail.delivery import drain
from ..models import Mail
from ..services.mailing.mail_counts import MOST_COUNTED, count_by_state, count_due, last_days
from ..services.mailing.outgoing_mail import STATES, MailFilter, list_mail
from ..services.utc_words import utc_date, utc_time
from ..state import current_contacts

_WIDTH = 40
_LATEST_FAILURES = 5
_OUTCOMES: dict[str, Callable[[int], str]] = {
    "sent": lambda number: _n("%(num)d sent", "%(num)d sent", number),
    "waiting": lambda number: _n("%(num)d waiting", "%(num)d waiting", number),
    "failed": lambda number: _n("%(num)d failed", "%(num)d failed", number),
    "cancelled": lambda number: _n("%(num)d cancelled", "%(num)d cancelled", number),
}


@click.command("mail-drain")
@click.option("--limit", type=click.IntRange(1), default=None, help="Stop after this many mails.")
@click.option("--watch", is_flag=True, help="Go on delivering until Ctrl-C or SIGTERM.")
@with_appcontext
def mail_drain(limit: int | None, watch: bool) -> None:
    """Deliver the mail that is due, then end."""
    if watch and limit is not None:
        raise click.UsageError(_("--limit and --watch do not go together."))
    warn_without_base_url()
    with _told_to_stop() as stop:
        if watch:
            _watch(stop)
        else:
            outcomes = _drain(limit, stop)
            click.echo(_in_words(outcomes) or _("No mail is due."))


@click.command("mail-status")
@with_appcontext
def mail_status() -> None:
    """Say how the outbox stands; ends with 1 where mail has failed."""
    session = current_contacts.session
    counts = count_by_state(session)
    _print_states(counts)
    click.echo("\n" + _("The last 14 days (UTC)"))
    _print_days(last_days(session))
    for state, heading in (("failed", _("The latest failures")), ("waiting", _("Waiting"))):
        found = list_mail(session, MailFilter(state), size=_LATEST_FAILURES).items
        lines = [
            f"{mail.id:>8}  {mail.recipient}  {mail.template}  {_tries(mail)}{mail.error}"
            for mail in found
            if mail.error
        ]
        if lines:
            click.echo(f"\n{heading}")
            click.echo("\n".join(lines))
    session.rollback()
    if counts["failed"]:
        raise SystemExit(1)


def _print_states(counts: dict[str, int]) -> None:
    width = max(10, *(len(str(label)) for label in STATES.values()))
    for state, label in STATES.items():
        more = "+" if counts[state] > MOST_COUNTED else ""
        count = format_decimal(min(counts[state], MOST_COUNTED))
        click.echo(f"{label!s:<{width}} {count:>6}{more}")


def _print_days(days: dict[date, dict[str, int]]) -> None:
    """A chart of the mails by day, and what its signs mean."""
    most = max(1, *(sum(row.values()) for row in days.values()))
    names = {day: utc_date(day) for day in days}
    width = max(map(len, names.values()))
    for day, row in days.items():
        count = format_decimal(sum(row.values()))
        click.echo(f"{names[day]:<{width}} {count:>6} {_bar(row, most)}".rstrip())
    click.echo(" " * (width + 1) + _("# sent, . waiting, ! failed, x cancelled"))


def _tries(mail: Mail) -> str:
    """How often a waiting mail was tried, and when it will be again."""
    if mail.state != "waiting":
        return ""
    text: str = _(
        "attempts: %(count)d, next try %(time)s UTC",
        count=mail.attempts,
        time=utc_time(mail.not_before, "seconds"),
    )
    return f"{text}  "


def _watch(stop: threading.Event) -> None:
    pause = float(setting("MAIL_SWEEP_SECONDS"))
    seconds = format_decimal(pause)
    click.echo(_("Delivering mail; looking every %(seconds)s seconds.", seconds=seconds), err=True)
    while not stop.is_set():
        try:
            outcomes = _drain(None, stop)
        except DBAPIError as error:
            current_contacts.session.rollback()
            text = _("The database is away: %(error)s", error=error.orig)
            click.echo(f"{_now()} {text}", err=True)
        else:
            if outcomes:
                click.echo(f"{_now()} {_in_words(outcomes)}")
        stop.wait(pause)


def _drain(limit: int | None, stop: threading.Event) -> dict[str, int]:
    """Deliver what is due; how many mails ended in which way."""
    outcomes: dict[str, int] = {}
    session = current_contacts.session
    due = count_due(session)
    if limit is not None:
        due = min(due, limit)

    def count(outcome: str) -> None:
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    with _progress(due) as advance:

        def progress(outcome: str) -> None:
            count(outcome)
            advance()

        drain(session, progress, limit, stop.is_set)
    return outcomes


@contextmanager
def _progress(length: int) -> Generator[Callable[[], None]]:
    """A bar on a terminal; nothing where the output is read by a program."""
    stream = sys.stderr
    if not length or not stream.isatty():
        yield lambda: None
        return
    with click.progressbar(length=length, label=_("Mail"), file=stream, show_pos=True) as bar:
        yield lambda: bar.update(1)


@contextmanager
def _told_to_stop() -> Generator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set: the mail on its way is finished first."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_words(outcomes: dict[str, int]) -> str:
    return ", ".join(_OUTCOMES[outcome](count) for outcome, count in sorted(outcomes.items()))


def _now() -> str:
    """The time as logs write it, before each line of what goes on for days."""
    return f"{utc_now():%Y-%m-%d %H:%M:%S}"


def _bar(row: dict[str, int], most: int) -> str:
    """A day's mails as a line of signs, as long as their share of the busiest day."""
    signs = {"sent": "#", "waiting": ".", "sending": ".", "failed": "!", "cancelled": "x"}
    return "".join(
        sign * max(1, round(row[state] * _WIDTH / most))
        for state, sign in signs.items()
        if row[state]
    )


def warn_without_base_url() -> None:
    """Say so where no link could be written into a mail."""
    if not current_app.config.get("CONTACTS_BASE_URL"):
        click.secho(
            _(
                "CONTACTS_BASE_URL is not set: requests are refused outside debug, and no mail "
                "with a link can be written."
            ),
            fg="yellow",
            err=True,
        )
