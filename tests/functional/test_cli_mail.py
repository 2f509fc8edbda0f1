"""``flask contacts mail-drain`` and ``mail-status``."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from flask_contacts.models import Mail
from flask_contacts.testing import RecordingSmtp

Run = Callable[..., tuple[int, str]]
ROOT = Path(__file__).parents[2]
#: The host application in a process of its own: its database and mail server are arguments.
WATCHER = """
import sys
from tests.host_app import create_host_app
settings = {"MAIL_PORT": int(sys.argv[2]), "MAIL_SUPPRESS_SEND": False}
app = create_host_app(sys.argv[1], {**settings, "CONTACTS_MAIL_SWEEP_SECONDS": 0.1})
with app.app_context():
    app.cli.main(["contacts", "mail-drain", "--watch"], standalone_mode=False)
"""


@pytest.fixture
def run(app: Flask) -> Run:
    """``run("mail-drain", …)`` gives the exit code and what was printed."""

    def invoke(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["contacts", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return invoke


@pytest.fixture
def five(make_customer: Callable[..., Any], make_contact: Callable[..., Any]) -> None:
    """Five welcome mails that wait."""
    customer = make_customer()
    for number in range(5):
        make_contact(customer, email=f"n{number}@example.com", no_welcome_mail=False)


def test_nothing_to_do(run: Run) -> None:
    """An empty outbox says so; its status is all noughts and no error."""
    assert run("mail-drain") == (0, "No mail is due.\n")
    code, output = run("mail-status")
    assert code == 0
    assert "Failed          0" in output


@pytest.mark.usefixtures("five")
def test_a_limit_leaves_the_rest(run: Run, smtp: RecordingSmtp) -> None:
    """So many and no more; the next call takes the others."""
    assert run("mail-drain", "--limit", "2") == (0, "2 sent\n")
    assert len(smtp.messages) == 2
    assert run("mail-drain") == (0, "3 sent\n")
    assert len(smtp.messages) == 5
    assert run("mail-drain", "--limit", "2", "--watch")[0] == 2


@pytest.mark.usefixtures("five")
def test_the_status_says_what_the_page_says(run: Run, smtp: RecordingSmtp) -> None:
    """How many in each state, day by day, and why the latest failed; 1 where any has."""
    smtp.replies["n3@example.com"] = "550 5.1.1 no such mailbox here"
    smtp.replies["n4@example.com"] = "450 4.2.0 greylisted"
    assert run("mail-drain") == (0, "1 failed, 3 sent, 1 waiting\n")
    code, output = run("mail-status")
    assert code == 1
    for line in ("Waiting         1", "Sent            3", "Failed          1"):
        assert line in output.splitlines()
    assert "no such mailbox here" in output
    assert "greylisted" in output
    [waits] = [line for line in output.splitlines() if "greylisted" in line]
    assert re.search(r"attempts: 1, next try \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  450", waits)
    [failed] = [line for line in output.splitlines() if "no such mailbox here" in line]
    assert "next try" not in failed
    today = [line for line in output.splitlines() if line.endswith("!" * 8)]
    assert len(today) == 1
    assert "5 " + "#" * 24 + "." * 8 in today[0]


@pytest.mark.bundled_only(reason="a process of its own; mail leaves, whoever the customers are")
def test_watching_goes_on_until_it_is_told_to_stop(
    app: Flask,
    engine: Engine,
    session: Session,
    five: None,
    smtp: RecordingSmtp,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
) -> None:
    """Mail that is written later leaves too; SIGTERM ends it cleanly."""
    command = [sys.executable, "-c", WATCHER, str(engine.url), str(app.config["MAIL_PORT"])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    watcher = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: len(smtp.messages) == 5, watcher)
        make_contact(make_customer(), email="late@example.com", no_welcome_mail=False)
        wait_for(lambda: len(smtp.messages) == 6, watcher)
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(20) == 0
    finally:
        watcher.kill()
        watcher.communicate()
    session.rollback()
    assert set(session.scalars(select(Mail.state))) == {"sent"}


def wait_for(reached: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait at most half a minute, no longer than the process lives."""
    deadline = time.monotonic() + 30
    while not reached():
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        assert time.monotonic() < deadline
        time.sleep(0.05)
