"""Imports that can be killed: each a process that goes on with one, as the command line does.

``python -m tests.databases.importers URL`` starts a host once; for each line on its input, the
id of an import, it forks a process that works on it to its end, says its number and, when that
has gone, that it has.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]
ROWS_AT_ONCE = 40


class ImportingHost:
    """A process with a host, to fork importing processes from, one at a time."""

    def __init__(self, url: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.databases.importers", url],
            cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._pid = 0

    def hear(self, word: str) -> str:
        """Wait for a line that begins so, and give the rest of it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(word):
                return line.removeprefix(word).strip()
        raise RuntimeError(f"the host has gone: {self._process.wait()}")

    def start(self, import_id: int) -> None:
        """Begin to work on an import."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{import_id}\n")
        self._process.stdin.flush()
        self._pid = int(self.hear("pid"))

    def kill(self) -> None:
        """``kill -9``, and wait until it has gone."""
        os.kill(self._pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        """Wait until it has gone by itself."""
        self.hear("gone")

    def close(self) -> None:
        """End the host."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def importing_hosts(url: str, number: int) -> Iterator[list[ImportingHost]]:
    """Hosts to fork from, which end with the block; the tables must be there."""
    hosts = [ImportingHost(url) for _ in range(number)]
    try:
        for host in hosts:
            host.hear("ready")
        yield hosts
    finally:
        for host in hosts:
            host.close()


def main() -> None:
    """The host to fork from."""
    from flask_contacts.services.importing import steps
    from flask_contacts.services.importing.job import Importer
    from tests.databases.crowded_host import create_crowded_host
    from tests.host_app import db

    app = create_crowded_host(sys.argv[1])
    steps.ROWS_AT_ONCE = ROWS_AT_ONCE
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    _say("ready")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            with app.app_context():
                steps.advance(db.session(), int(line), Importer(), 1e9)
            os._exit(0)
        _say(f"pid {child}")
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # its number stays its own
        _say("gone")
        os.waitpid(child, 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
