"""Redis and Celery's workers for the tests: real processes, gone when the block ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from celery import Celery

from flask_contacts.mail.tasks import DELIVER_MAIL
from tests.databases.drainers import Command

ROOT = Path(__file__).absolute().parents[1]


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process while the block runs."""
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def redis_at(socket: Path) -> Iterator[str]:
    """A Redis of its own that keeps nothing, on a socket; its address for Celery."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed: run scripts/install_redis.sh")
    with running(["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", ""]):
        wait_for(socket.exists)
        yield broker_at(socket)


def broker_at(socket: Path) -> str:
    """The address of the Redis on a socket, running or not."""
    return f"redis+socket://{socket}"


@contextmanager
def redis() -> Iterator[str]:
    """A Redis anywhere; its address for Celery."""
    # The directory's name is short, as a socket's must be.
    with TemporaryDirectory() as directory, redis_at(Path(directory, "redis")) as broker:
        yield broker


def celery_command(*arguments: str) -> list[str]:
    """Celery on ``tests.celery_host``."""
    return [sys.executable, "-m", "celery", "-A", "tests.celery_host", *arguments]


def celery_environment(settings: Mapping[str, Any]) -> dict[str, str]:
    """What that module reads its settings from."""
    return {"CELERY_HOST": json.dumps(settings)}


class CeleryDrainer(Command):
    """A worker with one process that is asked for mail as often as it starts."""

    def __init__(self, url: str, broker: str, mail_port: int) -> None:
        config = {"MAIL_PORT": mail_port, "CONTACTS_MAIL_MAX_ATTEMPTS": 1_000}
        settings = {"url": url, "broker": broker, "config": config}
        command = celery_command("worker", "--pool=solo", "--loglevel=ERROR", "--without-mingle")
        super().__init__(command, celery_environment(settings))
        self._asking = Celery(broker=broker, set_as_current=False)

    def start(self) -> None:
        """Ask for mail to be delivered, and start who does it."""
        self._asking.send_task(DELIVER_MAIL)
        super().start()


@contextmanager
def celery_drainer(url: str, mail_port: int) -> Iterator[CeleryDrainer]:
    """Such a worker, with a Redis of its own."""
    with redis() as broker:
        drainer = CeleryDrainer(url, broker, mail_port)
        try:
            yield drainer
        finally:
            drainer.close()


def wait_for(reached: Callable[[], bool], seconds: float = 40) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)
