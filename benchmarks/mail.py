"""How fast mail is written and delivered: ``make bench-mail``.

Drained: in turns, in one run, ready bytes through smtplib on one connection and the outbox
through ``drain``, to the same server, which throws everything away in a process of its own.
Written: rows of finished mails, and whole mails, rendered and serialised. Prints a table;
``--mails``, ``--turns`` and ``--engines`` say how much.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, delete, event, func, insert, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.mail import outbox
from flask_contacts.mail.delivery import deliver, drain
from flask_contacts.mail.templates import WELCOME
from flask_contacts.mail.transport import Transport
from flask_contacts.models import Contact, ContactPermission, ContactTopic, Mail
from tests.databases.crowded_host import create_crowded_host
from tests.databases.servers import ENGINES
from tests.host_app import db, new_customer

CONTACTS = 200
SENDER = "host@example.com"


def main() -> None:
    """Measure on each engine and print one line for each figure."""
    options = _options()
    with _running_sink() as port:
        for engine in options.engines:
            with ExitStack() as stack:
                url = stack.enter_context(ENGINES[engine]())
                measure(engine, url, port, options.mails, options.turns)


def measure(engine: str, url: str, port: int, mails: int, turns: int) -> None:
    """All figures of one engine: the medians of the turns, and of their ratios."""
    app = create_crowded_host(url)
    state = app.extensions["mail"]
    state.port, state.suppress = port, False
    with app.app_context():
        _tune(db.engine)
        bench = Bench(db.session, port)  # type: ignore[arg-type]
        bench.prepare()
        written = bench.write(mails)
        figures = bench.turns(mails, turns)
        db.session.remove()
        db.engine.dispose()
    raw = statistics.median(one["raw"] for one in figures)
    print(f"\n{engine}: {mails} mails, the median of {turns} turns")
    print(f"  {'smtplib, ready bytes, one connection':<44}{raw * 1000:8.3f} ms a mail")
    for name, label in DRAINED.items():
        times = [one[name] for one in figures]
        ratios = [one["raw"] / one[name] for one in figures]
        print(
            f"  {label:<44}{statistics.median(times) * 1000:8.3f} ms a mail   ratio "
            f"{statistics.median(ratios):.2f}  ({min(ratios):.2f} to {max(ratios):.2f})"
        )
    for name, label in WRITTEN.items():
        print(f"  {label:<44}{1 / written[name]:8.0f} a second")


DRAINED = {
    "drain": "drained, claimed in batches, marked singly",
    "deliver": "each claimed, checked and marked singly",
}
WRITTEN = {
    "bulk": "rows of finished mails, many at once",
    "rows": "rows of finished mails, one by one",
    "whole": "whole mails, rendered and serialised",
}


class Bench:
    """One host with contacts who have a topic on."""

    def __init__(self, session: Session, port: int) -> None:
        self.session = session
        self.port = port
        self.contacts: list[int] = []
        self.message = b""

    def prepare(self) -> None:
        """A customer, its contacts, and a mail as the outbox writes it."""
        customer = new_customer("Benchmark")
        self.session.add(customer)
        self.session.flush()
        people = [
            Contact(
                customer_id=customer.id, email_scope=str(customer.id), firstname="Ada",
                lastname=f"Number {number}", email=f"a{number}@example.com",
                email_key=f"a{number}@example.com",
                permissions=[ContactPermission(name="invoices")],
                topics=[ContactTopic(name="invoice")],
            )
            for number in range(CONTACTS)
        ]  # fmt: skip
        self.session.add_all(people)
        self.session.commit()
        self.contacts = [person.id for person in people]
        self.message = self._whole(1)[0].message or b""
        self.session.rollback()
        self.session.execute(delete(Mail))
        self.session.commit()

    def write(self, mails: int) -> dict[str, float]:
        """How long each way of writing takes, in seconds for one mail."""
        some = max(mails // 10, 1)
        return {
            "bulk": self._best(mails, lambda: self._write_bulk(self._values(mails))),
            "rows": self._best(mails, lambda: self._write_rows(self._values(mails))),
            "whole": self._best(some, lambda: self._write_whole(some)),
        }

    def turns(self, mails: int, turns: int) -> list[dict[str, float]]:
        """Drain all the mails, in turns with smtplib; seconds for one mail in each turn."""
        share = max(mails // turns, 1)
        few = max(share // 4, 1)
        self._write_bulk(self._values(share * (turns + 1)))
        figures = [
            {"raw": self._raw(share), "drain": self._drained(share)} for _ in range(turns + 1)
        ]
        self._must_be_sent(share * (turns + 1))
        self._write_bulk(self._values(few * (turns + 1)))
        for one in figures:
            one["deliver"] = self._delivered(few)
        self._must_be_sent(few * (turns + 1))
        return figures[1:]  # the first one warms up

    def _best(self, mails: int, work: Callable[[], None]) -> float:
        return min(_timed(mails, work, self._forget) for _ in range(3))

    def _raw(self, mails: int) -> float:
        with smtplib.SMTP("127.0.0.1", self.port) as host:
            host.ehlo()
            return _timed(
                mails,
                lambda: [
                    host.sendmail(SENDER, ["a@example.com"], self.message) for _ in range(mails)
                ],
            )

    def _drained(self, mails: int) -> float:
        return _timed(mails, lambda: drain(self.session, limit=mails))

    def _delivered(self, mails: int) -> float:
        ids = list(
            self.session.scalars(select(Mail.id).where(Mail.state == "waiting").limit(mails))
        )
        with Transport() as transport:
            return _timed(mails, lambda: [deliver(self.session, transport, one) for one in ids])

    def _must_be_sent(self, mails: int) -> None:
        query = select(func.count()).select_from(Mail).where(Mail.state == "sent")
        sent = self.session.scalar(query)
        assert sent == mails, f"{sent} of {mails} mails were sent"
        self._forget()

    def _values(self, mails: int) -> list[dict[str, Any]]:
        """The columns of finished topic mails."""
        return [
            {
                "message_id": f"<{uuid4()}@example.com>",
                "template": "welcome",
                "language": "en",
                "recipient": f"a{number % CONTACTS}@example.com",
                "subject": "Welcome",
                "contact_id": self.contacts[number % CONTACTS],
                "topic": "invoice",
                "needs": "topic",
                "message": self.message,
                "not_before": utc_now(),
            }
            for number in range(mails)
        ]

    def _write_bulk(self, values: list[dict[str, Any]]) -> None:
        self.session.execute(insert(Mail), values)
        self.session.commit()

    def _write_rows(self, values: list[dict[str, Any]]) -> None:
        self.session.add_all(Mail(**one) for one in values)
        self.session.commit()

    def _write_whole(self, mails: int) -> None:
        self._whole(mails)
        self.session.commit()

    def _whole(self, mails: int) -> list[Any]:
        people = self.session.scalars(select(Contact).order_by(Contact.id)).all()
        return [
            outbox.add_topic_mail(
                self.session, WELCOME, people[number % CONTACTS], "invoice", {}, dedupe_key=None
            )
            for number in range(mails)
        ]

    def _forget(self) -> None:
        """Empty the outbox as if it were new."""
        self.session.execute(delete(Mail))
        self.session.commit()
        if db.engine.dialect.name == "postgresql":
            with db.engine.connect() as plain:
                connection = plain.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql("VACUUM contacts_mail")


def _tune(engine: Engine) -> None:
    """SQLite as docs/howto/production.md advises it, and the example has it."""
    if engine.dialect.name != "sqlite":
        return
    engine.dispose()

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")


def _timed(
    mails: int, work: Callable[[], object], after: Callable[[], None] | None = None
) -> float:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    if after is not None:
        after()
    return seconds / mails


@contextmanager
def _running_sink() -> Iterator[int]:
    """The server's port, while it runs in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mail_sink"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mails", type=int, default=int(os.environ.get("BENCH_MAILS", "10000")))
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
