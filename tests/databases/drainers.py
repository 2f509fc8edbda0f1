"""Drainers that can be killed: each a process that delivers the outbox of a host.

``python -m tests.databases.drainers URL`` starts a host once; for each line on its input,
``KIND PORT``, it forks a process that delivers as ``KIND`` does to the mail server at
``PORT``, says its number and, when that has gone, that it has. To start an application
takes seconds and a fork a hundredth of one, so a test can kill dozens. :class:`Command` is
a drainer of any other kind, which starts anew each time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from flask import Flask

ROOT = Path(__file__).absolute().parents[2]
_SWEEP_SECONDS = 0.05


class Drainer(Protocol):
    """Something that delivers while it lives."""

    def start(self) -> None:
        """Begin to deliver."""

    def kill(self) -> None:
        """``kill -9``, and wait until it has gone."""

    def wait(self) -> None:
        """Wait until it has gone by itself."""


class DrainingHost:
    """A process with a host, to fork drainers from, one at a time."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.databases.drainers", url],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def tell(self, line: str) -> None:
        """Say what to do."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hear(self, word: str) -> str:
        """Wait for a line that begins so, and give the rest of it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(word):
                return line.removeprefix(word).strip()
        raise RuntimeError(f"the drainers' host has gone: {self._process.wait()}")

    def close(self) -> None:
        """End the host."""
        self._process.kill()
        self._process.communicate()


class Fork:
    """A drainer that is forked from a host; ``kind`` is ``embedded`` or ``cli``."""

    def __init__(self, host: DrainingHost, kind: str, port: int) -> None:
        self._host = host
        self._line = f"{kind} {port}"
        self._pid = 0

    def start(self) -> None:
        """Fork it."""
        self._host.tell(self._line)
        self._pid = int(self._host.hear("pid"))

    def kill(self) -> None:
        """Kill it, wherever it is."""
        os.kill(self._pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait until the drainer has gone."""
        self._host.hear("gone")


class Command:
    """A drainer that is a command of its own, such as a Celery worker, with its children."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command in a group of its own."""
        self._process = subprocess.Popen(
            list(self._command), cwd=ROOT, env=self._environment, start_new_session=True
        )

    def kill(self) -> None:
        """Kill the command and its children."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait(self) -> None:
        """Wait for the command to end."""
        assert self._process is not None
        self._process.wait()

    def close(self) -> None:
        """End what is left."""
        if self._process is not None and self._process.poll() is None:
            self.kill()


@contextmanager
def draining_hosts(url: str, number: int) -> Iterator[list[DrainingHost]]:
    """Hosts to fork drainers from, which end with the block; the tables must be there."""
    hosts = [DrainingHost(url) for _ in range(number)]
    try:
        for host in hosts:
            host.hear("ready")
        yield hosts
    finally:
        for host in hosts:
            host.close()


def create_draining_host(url: str) -> Flask:
    """A host that delivers in a hurry, without an open connection."""
    from tests.host_app import create_host_app, db

    app = create_host_app(
        url,
        {
            "TESTING": False,
            "CONTACTS_MAIL_DELIVERY": "thread",
            "CONTACTS_MAIL_SWEEP_SECONDS": _SWEEP_SECONDS,
            "CONTACTS_MAIL_MAX_ATTEMPTS": 1_000,
        },
    )
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return app


def _deliver_embedded(app: Flask) -> None:
    app.test_client().get("/portal/sign-in")  # the first request starts the thread
    while True:
        time.sleep(60)


def _deliver_by_command(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["contacts", "mail-drain"])
    if result.exception is not None:
        raise result.exception


_KINDS = {"embedded": _deliver_embedded, "cli": _deliver_by_command}


def main() -> None:
    """The host to fork from."""
    app = create_draining_host(sys.argv[1])
    _say("ready")
    child = None
    for line in sys.stdin:
        kind, port = line.split()
        if child is not None:
            os.waitpid(child, 0)
        child = os.fork()
        if child == 0:
            app.extensions["mail"].port = int(port)
            _KINDS[kind](app)
            os._exit(0)
        _say(f"pid {child}")
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # its number stays its own
        _say("gone")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
