"""The example application under test: in this process, and as the demo's own process."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import urlopen

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.quick_hashes import QUICK_STAFF

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
END_SECONDS = 15
_FILE = "demo.sqlite"
#: The first is Chromium without windows, which takes two thirds of the time.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def filled_example(directory: Path, database: str | None = None) -> Flask:
    """The example with its demo data in ``directory``, or in the database at that URL; no
    mail leaves it by itself.

    A process fills one database and copies it from then on: that takes half of the time.
    """
    if database is not None:
        return _filled(directory, database)
    for path in _first_fill().iterdir():
        shutil.copyfile(path, directory / path.name)
    return _filled(directory, f"sqlite:///{directory / _FILE}")


@cache
def _first_fill() -> Path:
    """A directory with the files of an example that was filled, and closed."""
    from example_app.database import db

    directory = Path(tempfile.mkdtemp(prefix="example-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    app = _filled(directory, f"sqlite:///{directory / _FILE}")
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return directory


def _filled(directory: Path, database: str) -> Flask:
    from example_app import create_app
    from example_app.serve import prepare

    app = create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "a secret key for tests only",
            "SQLALCHEMY_DATABASE_URI": database,
            "EXAMPLE_MAILBOX": str(directory / "mailbox.sqlite"),
            "CONTACTS_MAIL_DELIVERY": "manual",
            "CONTACTS_REQUESTS_PER_ADDRESS": "10000 per minute",
            "FAB_PASSWORD_HASH_METHOD": QUICK_STAFF,
        }
    )
    prepare(app)
    return app


def free_ports() -> int:
    """A port that is free, and whose next one is free too."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise RuntimeError("no two free ports next to each other")


@dataclass
class Demo:
    """A running demo: its process, its address, and what it printed."""

    process: subprocess.Popen[str]
    url: str
    port: int
    log: IO[str]

    def printed(self) -> str:
        """Everything that the process has written so far."""
        self.log.flush()
        return Path(self.log.name).read_text(encoding="utf-8")

    def wait_until_open(self) -> None:
        """Wait for the first page; raises RuntimeError with what was printed."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urlopen(f"{self.url}/mailbox/newest", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"the demo did not start:\n{self.printed()}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(END_SECONDS)


def start_demo(directory: Path, port: int, *arguments: str) -> Demo:
    """Start ``python -m example_app`` with its data in ``directory``; does not wait."""
    directory.mkdir(parents=True, exist_ok=True)
    log = open(directory / f"demo-{time.monotonic_ns()}.log", "w", encoding="utf-8")  # noqa: SIM115
    environment = {**os.environ, "PORT": str(port), "EXAMPLE_INSTANCE": str(directory)}
    process = subprocess.Popen(
        [sys.executable, "-m", "example_app", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Demo(process, f"http://127.0.0.1:{port}", port, log)


@contextmanager
def running_demo(directory: Path, port: int | None = None) -> Iterator[Demo]:
    """The demo as a process of its own; it has ended when the block is left."""
    demo = start_demo(directory, port or free_ports())
    try:
        demo.wait_until_open()
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.process.terminate()
            try:
                demo.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                demo.process.kill()
                demo.process.wait()
        demo.log.close()


def chromium() -> str | None:
    """The path of an installed Chromium."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


class FormReader(HTMLParser):
    """What a browser would post if nothing was changed: the last POST form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the value of a field that is checked or selected."""
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form" and given.get("method", "").lower() == "post":
            self.values.clear()
        elif tag == "input" and given.get("type") not in {"submit", "button"}:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self._add(name, value)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in given or self._select not in self.values:
                self.values[self._select] = [value]
        elif tag == "textarea":
            self._textarea = name
            self._add(name, "")

    def handle_data(self, data: str) -> None:
        """Take the text of a textarea."""
        if self._textarea:
            self.values[self._textarea][-1] += data

    def handle_endtag(self, tag: str) -> None:
        """Leave a field."""
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self.values[self._textarea][-1] = self.values[self._textarea][-1].strip()
            self._textarea = ""

    def _add(self, name: str, value: str) -> None:
        if name:
            self.values.setdefault(name, []).append(value)


def post_form(client: FlaskClient, url: str, **changes: object) -> TestResponse:
    """Open a page, change some fields of its form, and post it to the same address."""
    page = client.get(url)
    assert page.status_code == 200, page.status
    reader = FormReader()
    reader.feed(page.text)
    return client.post(url, data={**reader.values, **changes})


def record_numbers(html: str, path: str) -> set[int]:
    """The numbers of the records that a page links to, as in ``/portal/invoices/12``."""
    return {int(number) for number in re.findall(rf'href="{re.escape(path)}(\d+)"', html)}
