"""What must hold of mail when servers, databases, clocks and processes fail.

Nothing lost, no mail to a wrong person, one poisoned mail stops no other, twice only where
delivery cannot know (BEHAVIOUR M2, M3). The long form of the kills is ``make soak``.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.mail import outbox, queue, templates
from flask_contacts.mail.delivery import deliver, drain
from flask_contacts.mail.preparation import load, prepare
from flask_contacts.mail.transport import Transport
from flask_contacts.models import Contact, Link, Mail
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.contacts.states import deactivate_contact
from tests.databases.bad_smtp import (
    CUT,
    DROP_AFTER,
    DROP_BEFORE,
    BadSmtp,
    Fault,
    running_bad_smtp,
    self_signed,
)
from tests.databases.drainers import DrainingHost, Fork
from tests.databases.mail_kills import (
    check,
    deliver_the_rest,
    kill_drainers,
    make_people,
    promise,
    time_passes,
)
from tests.host_app import add_customer

KILLS = 8
LIMIT_SECONDS = 48 * 3600
pytestmark = [pytest.mark.usefixtures("app_context")]


def form(name: str) -> dict[str, object]:
    """A new contact who is mailed a welcome and a link."""
    return {
        "firstname": "Ada", "lastname": name, "email": f"{name}@example.com",
        "send_password_mail": True, "no_welcome_mail": False,
    }  # fmt: skip


@pytest.fixture
def invited(session: Session) -> Contact:
    """A contact with a welcome mail and a set-password mail waiting."""
    contact = create_contact(session, add_customer(session).id, form("ada")).contact
    return session.get_one(Contact, contact.id)


@pytest.fixture
def people(session: Session) -> list[int]:
    """Ten contacts with a topic on."""
    return make_people(session, 10)


def states(session: Session) -> list[str]:
    """The states of all mails, by id."""
    session.rollback()
    return list(session.scalars(select(Mail.state).order_by(Mail.id)))


def errors(session: Session) -> str:
    """What the mails say went wrong."""
    session.rollback()
    return " ".join(error for error in session.scalars(select(Mail.error)) if error)


def test_down_for_a_day(
    app: Flask, session: Session, bad_smtp: BadSmtp, invited: Contact, monkeypatch: Any
) -> None:
    """Nobody listens for a day: all is delivered after, and the link's 48 hours begin when
    a server is first reached (C9). Contacts are created all the while (M3)."""
    start = utc_now()
    monkeypatch.setattr(app.extensions["mail"], "port", 1)
    for hour in range(0, 25, 6):
        with time_machine.travel(start + timedelta(hours=hour)):
            create_contact(session, invited.customer_id, form(f"hour{hour}"))
            assert drain(session) == 0
    assert set(states(session)) == {"waiting"}
    monkeypatch.setattr(app.extensions["mail"], "port", bad_smtp.port)
    with time_machine.travel(start + timedelta(hours=26), tick=False):
        assert drain(session) == 12
        back = utc_now()
    assert bad_smtp.duplicates == 0
    session.rollback()
    for link in session.scalars(select(Link)):
        assert link.expires_at is not None
        assert abs(link.expires_at - back - timedelta(seconds=LIMIT_SECONDS)) < timedelta(seconds=1)


def test_slow_by_a_minute(
    app: Flask, session: Session, bad_smtp: BadSmtp, invited: Contact
) -> None:
    """The drainer waits no longer than its time-out, and nobody waits for the drainer."""
    assert app.config["CONTACTS_MAIL_TIMEOUT"] <= 10
    app.config["CONTACTS_MAIL_TIMEOUT"] = 1
    bad_smtp.faults = [Fault("RCPT", 60.0, times=1)]
    done: list[int] = []

    def work() -> None:
        with app.app_context(), Session(session.get_bind()) as own:
            done.append(drain(own, limit=1))

    thread = threading.Thread(target=work)
    start = time.monotonic()
    thread.start()
    while bad_smtp.faults[0].times:
        time.sleep(0.005)
    saved = time.monotonic()
    create_contact(session, invited.customer_id, form("meanwhile"))
    assert time.monotonic() - saved < 0.9, "the database was locked while mail was sent"
    assert thread.is_alive()
    thread.join()
    assert done == [0]
    assert time.monotonic() - start < 5
    assert "timed out" in errors(session).lower()
    time_passes(session.get_bind())  # type: ignore[arg-type]
    assert drain(session) == 4


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize("words", ["451 4.3.0 try later", "421 4.7.0 too many, bye"])
def test_not_now(
    session: Session, engine: Engine, bad_smtp: BadSmtp, invited: Contact, step: str, words: str
) -> None:
    """A 4xx at any step: the mail waits and goes out later, once."""
    bad_smtp.faults = [Fault(step, words, times=2)]
    drain(session)
    assert "waiting" in states(session)
    time_passes(engine)
    drain(session)
    time_passes(engine)
    drain(session)
    assert states(session) == ["sent", "sent"]
    assert (len(bad_smtp.accepted), bad_smtp.duplicates) == (2, 0)


@pytest.mark.parametrize("step", ["RCPT", "DATA", "END"])
def test_never(session: Session, bad_smtp: BadSmtp, invited: Contact, step: str) -> None:
    """A 5xx for one person: failed, with the server's words; the others' mail goes on."""
    create_contact(session, invited.customer_id, form("bob"))
    bad_smtp.faults = [Fault(step, "554 5.7.1 not with us", to="ada@example.com")]
    assert drain(session) == 2
    assert states(session) == ["failed", "failed", "sent", "sent"]
    assert "554 5.7.1 not with us" in errors(session)
    assert {recipient for _, recipient in bad_smtp.accepted} == {"bob@example.com"}


def test_a_used_connection_is_closed(
    session: Session, engine: Engine, bad_smtp: BadSmtp, invited: Contact
) -> None:
    """The server answers 421 at the second mail of a connection, or hangs up after the first:
    the next one opens another, and nothing waits."""
    create_contact(session, invited.customer_id, form("bob"))
    bad_smtp.faults = [
        Fault("END", DROP_AFTER, times=1), Fault("MAIL", 0.0, times=2),
        Fault("MAIL", "421 that is enough", times=1),
    ]  # fmt: skip
    assert drain(session) == 4
    assert bad_smtp.duplicates == 0


def test_hung_up_in_the_middle(
    session: Session, engine: Engine, bad_smtp: BadSmtp, invited: Contact
) -> None:
    """The connection breaks within DATA: that mail waits, the next goes, none twice."""
    bad_smtp.faults = [Fault("DATA", CUT, times=1)]
    assert drain(session) == 1
    assert states(session) == ["waiting", "sent"]
    time_passes(engine)
    assert drain(session) == 1
    assert bad_smtp.duplicates == 0


def test_taken_and_dropped(
    session: Session, engine: Engine, bad_smtp: BadSmtp, invited: Contact
) -> None:
    """Nobody can know that it was taken: it goes again, with the same Message-ID."""
    bad_smtp.faults = [Fault("END", DROP_BEFORE, times=1)]
    assert drain(session) == 1
    time_passes(engine)
    assert drain(session) == 1
    assert (bad_smtp.dropped, bad_smtp.duplicates) == (1, 1)
    assert sorted(bad_smtp.counts.values()) == [1, 2]
    assert states(session) == ["sent", "sent"]


@pytest.mark.parametrize("kind", ["starttls", "tls", "stripped"])
def test_a_bad_certificate(
    app: Flask, session: Session, invited: Contact, monkeypatch: Any, tmp_path: Path, kind: str
) -> None:
    """12.3.2: a certificate that nobody vouches for, or no TLS where there was to be some:
    nothing is sent, the mail waits and says why."""
    context = self_signed(tmp_path)
    how: dict[str, Any] = {} if kind == "stripped" else {kind: context}
    with running_bad_smtp(**how) as bad:
        values = {"port": bad.port, "use_ssl": kind == "tls", "use_tls": kind != "tls"}
        for name, value in {"suppress": False, "server": bad.hostname, **values}.items():
            monkeypatch.setattr(app.extensions["mail"], name, value)
        assert drain(session) == 0
        assert bad.accepted == []
    assert states(session) == ["waiting", "waiting"]
    reason = "STARTTLS" if kind == "stripped" else "certificate"
    assert reason.lower() in errors(session).lower()
    session.rollback()
    assert session.scalars(select(Link.expires_at)).one() is None


@pytest.mark.parametrize(
    "values",
    [
        {"template": "no such template"},
        {"parameters": "no dictionary"},
        {"message": None, "link_uuid": None, "needs": "what is that"},
        {"recipient": "bad\r\nRCPT TO:<x@example.com>", "needs": "nothing", "message": b"x"},
        {"recipient": "Bob <bob@example.com>", "needs": "nothing", "message": b"x"},
        {"recipient": "žofie@example.com", "needs": "nothing", "message": b"x"},
        {"topic": "no such topic", "needs": "topic", "message": b"x"},
    ],
    ids=["template", "values", "nonsense", "injection", "name", "letters", "topic"],
)
def test_a_poisoned_mail(
    session: Session, engine: Engine, bad_smtp: BadSmtp, invited: Contact, values: dict[str, Any]
) -> None:
    """A mail that cannot be rendered or sent stops no other, and says what is wrong."""
    create_contact(session, invited.customer_id, form("bob"))
    session.rollback()
    first = select(Mail.id).order_by(Mail.id).where(Mail.template == "set_password").limit(1)
    mail_id = session.scalar(first)
    session.execute(update(Mail).where(Mail.id == mail_id).values(**values))
    session.commit()
    assert drain(session) == 3
    session.rollback()
    mail = session.get_one(Mail, mail_id)
    assert mail.state in {"waiting", "failed", "cancelled"}
    assert mail.error
    assert len(bad_smtp.accepted) == 3


def test_two_at_once(
    app: Flask, engine: Engine, session: Session, bad_smtp: BadSmtp, two_hosts: list[DrainingHost]
) -> None:
    """Two processes and two threads deliver at once: each mail goes once."""
    promise(session, make_people(session, 10), 60)
    processes = [Fork(one, "cli", bad_smtp.port) for one in two_hosts]
    for process in processes:
        process.start()
    threads = [threading.Thread(target=drain_in_thread, args=(app, engine)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        process.wait()
    assert len(bad_smtp.accepted) == states(session).count("sent")
    assert set(states(session)) <= {"sent", "cancelled"}
    assert bad_smtp.duplicates == 0


def drain_in_thread(app: Flask, engine: Engine) -> None:
    """Deliver in a context and a session of one's own."""
    with app.app_context(), Session(engine) as own:
        drain(own)


@pytest.mark.parametrize("direction", [-1, 1])
def test_the_clock_is_minutes_off(
    session: Session, engine: Engine, bad_smtp: BadSmtp, invited: Contact, direction: int
) -> None:
    """Whoever is ahead or behind takes no mail that another is sending: leases count by the
    database's clock. SQLite has none of its own: there the machine's may jump by five."""
    minutes = direction * (5 if engine.dialect.name == "sqlite" else 30)
    session.rollback()
    claim = queue.claim(session, 10)
    session.commit()
    assert claim is not None
    with time_machine.travel(utc_now() + timedelta(minutes=minutes)), Transport() as transport:
        for mail_id in claim.ids:
            assert deliver(session, transport, mail_id) == "taken"
        assert drain(session) == 0
        create_contact(session, invited.customer_id, form("bob"))
        assert drain(session) == 2, "its own mail goes at once"
    assert bad_smtp.duplicates == 0


def test_a_lease_in_a_slow_batch(
    app: Flask, session: Session, engine: Engine, bad_smtp: BadSmtp, people: list[int],
    monkeypatch: Any,
) -> None:  # fmt: skip
    """However long a batch takes, each of its mails is checked and leased anew before it
    leaves: who was deactivated meanwhile gets nothing, and nobody else takes one."""
    monkeypatch.setattr("flask_contacts.mail.delivery._FRESH_SECONDS", 0.0)
    promise(session, people, 4)
    customer_id = session.get_one(Contact, people[0]).customer_id
    session.rollback()
    leases: list[Any] = []

    def meanwhile() -> None:
        with app.app_context(), Session(engine) as own:
            if len(bad_smtp.accepted) == 1:
                deactivate_contact(own, customer_id, people[3])
            leases.append(max(own.scalars(select(Mail.lease_until).where(Mail.state == "sending"))))

    bad_smtp.took = meanwhile
    assert drain(session) == 3
    assert states(session) == ["sent", "sent", "sent", "cancelled"]
    assert leases == sorted(set(leases)), "the lease was not renewed"


def test_what_a_crash_leaves_is_no_attempt(
    session: Session, engine: Engine, bad_smtp: BadSmtp, people: list[int]
) -> None:
    """A process died with a batch: the lease ends, every mail goes, each at its first try."""
    promise(session, people, 6)
    claim = queue.claim(session, 10)
    session.commit()
    assert claim is not None
    assert drain(session) == 0
    time_passes(engine)
    assert drain(session) == 6
    session.rollback()
    assert set(session.scalars(select(Mail.attempts))) == {1}


def test_a_mail_that_kills_rests_in_the_end(
    app: Flask, session: Session, engine: Engine, bad_smtp: BadSmtp, people: list[int]
) -> None:
    """The process dies each time it comes to this mail: at last it is failed, and others go."""
    promise(session, people, 1)
    limit = app.config["CONTACTS_MAIL_MAX_ATTEMPTS"]
    queue.claim(session, 1)
    session.commit()
    for _ in range(limit):
        time_passes(engine)
        assert queue.claim_returned(session) is not None
        session.commit()
    promise(session, people, 1)
    time_passes(engine)
    assert drain(session) == 1
    assert states(session) == ["failed", "sent"]
    assert "died" in errors(session)


def test_an_address_that_was_changed(
    session: Session, bad_smtp: BadSmtp, people: list[int]
) -> None:
    """What was written to the former address goes to nobody: who reads it now? (M2)"""
    promise(session, people, 1)
    values = {"email": "new@example.com", "email_key": "new@example.com"}
    session.execute(update(Contact).where(Contact.id == people[0]).values(**values))
    session.commit()
    assert drain(session) == 0
    assert bad_smtp.accepted == []
    assert errors(session) == "address_changed"


@pytest.mark.parametrize(
    "change",
    [
        {}, {"active": False, "is_primary": False, "primary_of": None}, {"email_key": None},
        {"do_not_send_emails": True}, {"login_id": None},
        {"email": "x@x.example", "email_key": "x@x.example"},
    ],
    ids=["none", "inactive", "no address", "no mail", "no login", "address"],
)  # fmt: skip
def test_many_are_checked_as_one_is(
    session: Session, people: list[int], change: dict[str, Any]
) -> None:
    """The check of a batch in SQL says yes where that of one mail does, and never more."""
    contact = session.get_one(Contact, people[-1])
    for topic in ("invoice", "tickets", "project"):
        outbox.add_topic_mail(session, templates.WELCOME, contact, topic, {}, dedupe_key=None)
    for needs in ("contact", "login", "nothing"):
        outbox.add(session, templates.WELCOME, contact, login=contact.login, needs=needs)
    session.flush()
    session.execute(update(Contact).where(Contact.id == contact.id).values(**change))
    session.commit()
    claim = queue.claim(session, 10)
    assert claim is not None
    rows = load(session, claim.owner, claim.ids, claim.topics)
    assert len(rows) == 6
    for row in rows:
        alone = prepare(session, session.get_one(Mail, row.id))
        assert (row.message is not None) == isinstance(alone, bytes), alone
    session.rollback()


def test_the_database_goes_away(
    engine: Engine, session: Session, bad_smtp: BadSmtp, people: list[int]
) -> None:
    """The database is restarted, or locked, when the server has just taken a mail: the mark
    waits for it, so nothing is lost and nothing goes twice."""
    promise(session, people, 12)
    disturbances: list[int] = []

    def disturb() -> None:
        if len(bad_smtp.accepted) in {2, 7}:
            disturbances.append(1)
            DISTURB[engine.dialect.name](engine)

    bad_smtp.took = disturb
    with durable(engine):
        drain(session)
    assert len(disturbances) == 2
    assert set(states(session)) == {"sent"}
    assert (len(bad_smtp.accepted), bad_smtp.duplicates) == (12, 0)


def crash_postgresql(engine: Engine) -> None:
    """Kill a server process: PostgreSQL ends all others and starts anew."""
    with engine.connect() as connection:
        os.kill(connection.scalar(text("SELECT pg_backend_pid()")), signal.SIGKILL)
        connection.invalidate()
    time.sleep(0.05)


def disconnect_mariadb(engine: Engine) -> None:
    """End every other connection."""
    with engine.connect() as connection:
        others = "SELECT id FROM information_schema.processlist WHERE id <> connection_id()"
        for number in list(connection.scalars(text(others + " AND user = 'root'"))):
            connection.exec_driver_sql(f"KILL CONNECTION {number}")


def lock_sqlite(engine: Engine) -> None:
    """Somebody else writes, longer than one would wait."""
    held = threading.Event()

    def hold() -> None:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            held.set()
            time.sleep(0.4)
            connection.rollback()

    threading.Thread(target=hold).start()
    assert held.wait(5)


DISTURB: dict[str, Callable[[Engine], None]] = {
    "postgresql": crash_postgresql,
    "mariadb": disconnect_mariadb,
    "mysql": disconnect_mariadb,
    "sqlite": lock_sqlite,
}


def durable(engine: Engine) -> AbstractContextManager[None]:
    """Let PostgreSQL keep what it has said is committed; the tests' server need not else."""
    from contextlib import contextmanager

    @contextmanager
    def block() -> Iterator[None]:
        if engine.dialect.name != "postgresql":
            yield
            return
        _alter(engine, "SET synchronous_commit = on")
        try:
            yield
        finally:
            _alter(engine, "RESET synchronous_commit")

    return block()


def _alter(engine: Engine, what: str) -> None:
    engine.dispose()
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {engine.url.database} {what}")
        connection.commit()
    engine.dispose()


@pytest.mark.parametrize("kind", ["embedded", "cli"])
def test_killed_at_any_moment(
    engine: Engine, session: Session, bad_smtp: BadSmtp, two_hosts: list[DrainingHost], kind: str
) -> None:
    """Killed again and again, the mail server refusing and dropping: none lost, none to a
    wrong person, twice at most once for each kill and each drop, with one Message-ID."""
    bad_smtp.refuse, bad_smtp.drop = 0.1, 0.03
    bad_smtp.chance.seed(4)
    people = make_people(session, 10)
    drainer = Fork(two_hosts[0], kind, bad_smtp.port)
    kill_drainers(
        engine, bad_smtp, drainer, KILLS, lambda more: promise(session, people, more), seed=4
    )
    deliver_the_rest(engine, session)
    check(engine, bad_smtp, KILLS)
