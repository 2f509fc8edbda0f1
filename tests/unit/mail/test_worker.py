"""The thread of a web process, in a process of its own with its own database."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.mail import outbox
from flask_contacts.mail.delivery import drain
from flask_contacts.models import Customer
from flask_contacts.testing import RecordingSmtp, running_smtp
from tests.host_app import CUSTOMER_NAME, db, new_customer

HOST = """
import sys, time
from tests.host_app import create_host_app, db
app = create_host_app("sqlite:///" + sys.argv[1], {
    "CONTACTS_MAIL_DELIVERY": "thread", "MAIL_PORT": int(sys.argv[2]), "TESTING": False,
})
from flask_contacts.testing import make_contact, make_customer
client = app.test_client()
client.get("/portal/sign-in")
with app.app_context():
    customer = make_customer(db.session)
    start = time.monotonic()
    make_contact(db.session, customer, email="mara@example.com", no_welcome_mail=False)
    print("saved", flush=True)
time.sleep(float(sys.argv[3]))
"""


def host(tmp_path: Path, port: int, seconds: float) -> subprocess.Popen[str]:
    """Start the host; it creates a contact and stays ``seconds``."""
    command = [sys.executable, "-c", HOST, str(tmp_path / "host.db"), str(port), str(seconds)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip


def test_the_commit_wakes_the_thread(tmp_path: Path) -> None:
    """A mail is delivered soon after the commit, long before the next sweep."""
    with running_smtp() as server, host(tmp_path, server.port, 30) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "saved"
        deadline = time.monotonic() + 10
        while not server.messages and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
        assert [message["To"] for message in server.messages] == ["mara@example.com"]


def test_what_a_killed_process_leaves_is_sent_by_the_next(tmp_path: Path) -> None:
    """SMTP down, then kill -9: the mail is still there and goes out when all is well."""
    with host(tmp_path, 1, 30) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "saved"
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
    program = """
import sys
import time_machine, datetime
from flask import Flask
from tests import host_app
from flask_appbuilder import AppBuilder
app = Flask("host")
app.config.from_mapping(
    SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite:///" + sys.argv[1], MAIL_SERVER="127.0.0.1",
    MAIL_PORT=int(sys.argv[2]), MAIL_DEFAULT_SENDER="host@example.com",
    CONTACTS_BASE_URL="http://localhost", CONTACTS_MAIL_DELIVERY="manual",
)
host_app.db.init_app(app)
host_app.Mail(app)
with app.app_context():
    host_app.contacts.init_app(app, AppBuilder(app, host_app.db.session))
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=5)
    with time_machine.travel(later):
        print(app.test_cli_runner().invoke(args=["contacts", "mail-drain"]).output)
"""
    with running_smtp() as server:
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "host.db"), str(server.port)],
            capture_output=True, text=True, timeout=60, check=False,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )  # fmt: skip
        assert "1 sent" in done.stdout, done.stderr
        assert [message["To"] for message in server.messages] == ["mara@example.com"]


class Listener:
    """Stands where the thread stands, and counts how often it is woken."""

    nudges = 0

    def nudge(self) -> None:
        """Mail was committed."""
        self.nudges += 1


@pytest.fixture
def listener(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """Who is woken in place of a thread."""
    listener = Listener()
    monkeypatch.setitem(app.extensions, "contacts_mail_thread", listener)
    return listener


def test_mail_in_a_savepoint_wakes_the_thread_at_the_commit(
    app: Flask, app_context: None, listener: Listener
) -> None:
    """Not when the savepoint is released, where nobody sees the mail yet; nor is a mail of
    before forgotten when a later savepoint is rolled back."""
    session = db.session
    with session.begin_nested():
        outbox.add_forgotten_password(session, "ada@example.com")
    savepoint = session.begin_nested()
    savepoint.rollback()
    assert listener.nudges == 0
    session.commit()
    assert listener.nudges == 1
    outbox.add_forgotten_password(session, "eva@example.com")
    session.rollback()
    session.commit()
    assert listener.nudges == 1


def test_a_commit_wakes_the_thread_of_its_own_application(
    app: Flask, app_context: None, listener: Listener
) -> None:
    """Several applications share one ``db``: the one whose context it is gets woken, once."""
    other = Flask("other")
    other.extensions["contacts_mail_thread"] = theirs = Listener()
    outbox.add_forgotten_password(db.session, "ada@example.com")
    session = db.session()
    session.flush()
    with other.app_context():
        session.commit()
    assert (listener.nudges, theirs.nudges) == (0, 1)


def test_what_the_host_began_is_kept(
    app: Flask, app_context: None, session: Session, smtp: RecordingSmtp
) -> None:
    """A session with pending objects drains: they are committed, not lost."""
    db.session.add(new_customer("Pending"))
    drain(db.session)
    db.session.rollback()
    column = getattr(Customer, CUSTOMER_NAME)
    assert session.scalars(select(column)).all() == ["Pending"]


def test_the_process_ends_in_the_middle_of_a_batch(tmp_path: Path) -> None:
    """SIGTERM as gunicorn's workers take it: the mail on its way is finished and marked, the
    others are given back at once."""
    program = HOST.replace("time.sleep(float(sys.argv[3]))", ENDING)
    with running_smtp() as server:
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "host.db"), str(server.port), "0"],
            capture_output=True, text=True, timeout=60, check=False,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        sent = len(server.messages)
    with sqlite3.connect(tmp_path / "host.db") as connection:
        rows = connection.execute("SELECT state, count(*) FROM contacts_mail GROUP BY state")
        counted = dict(rows.fetchall())
    connection.close()
    assert set(counted) == {"sent", "waiting"}
    assert counted["sent"] == sent


ENDING = """
from flask_contacts.mail import outbox
from flask_contacts.mail.transport import Transport
from flask_contacts.mail.templates import WELCOME
from flask_contacts.models import Contact, Mail
from sqlalchemy import func, select
send = Transport.send_bytes
def slowly(*values):
    send(*values)
    time.sleep(0.2)
Transport.send_bytes = slowly
with app.app_context():
    contact = db.session.scalars(select(Contact)).one()
    for _ in range(20):
        outbox.add(db.session, WELCOME, contact)
    db.session.commit()
    while db.session.scalar(select(func.count()).where(Mail.state == "sent")) < 3:
        db.session.rollback()
        time.sleep(0.05)
    db.session.remove()
sys.exit(0)
"""
