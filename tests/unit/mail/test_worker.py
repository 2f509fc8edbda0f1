"""The thread of a web process, in a process of its own with its own database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from flask_contacts.testing import running_smtp

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
