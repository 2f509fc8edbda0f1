"""Celery delivers: a real worker, a real Redis, a real mail server."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.errors import ConfigError
from flask_contacts.models import Mail
from flask_contacts.testing import RecordingSmtp
from tests.celery_drainer import (
    broker_at,
    celery_command,
    celery_environment,
    redis_at,
    running,
    wait_for,
)
from tests.celery_host import create_celery_host
from tests.host_app import add_customer, db

pytestmark = pytest.mark.bundled_only(reason="a worker delivers mail, whoever the customers are")

ROOT = Path(__file__).parents[2]
Settings = dict[str, Any]


@pytest.fixture
def settings(tmp_path: Path, smtp: RecordingSmtp) -> Generator[Settings]:
    """The settings of a host on a database of its own; its Redis is not running yet."""
    with TemporaryDirectory() as directory:  # its name is short, as a socket's must be
        socket = Path(directory, "redis")
        yield {
            "url": f"sqlite:///{tmp_path / 'celery.db'}",
            "broker": broker_at(socket),
            "config": {"MAIL_PORT": smtp.port},
            "socket": str(socket),
        }


@pytest.fixture
def celery_host(settings: Settings) -> Generator[Flask]:
    """The host's web process."""
    app = create_celery_host(settings)
    yield app
    app.extensions["contacts_mail_thread"].stop()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def worker(settings: Settings) -> Any:
    """A worker with two processes."""
    command = celery_command("worker", "--concurrency=2", "--loglevel=WARNING", "--without-mingle")
    return running(command, celery_environment(settings))


def promise(app: Flask, address: str) -> float:
    """Create a contact who gets a welcome mail; the seconds that it took."""
    with app.app_context():
        customer = add_customer(db.session)
        start = time.monotonic()
        testing.make_contact(db.session, customer, email=address, no_welcome_mail=False)
        return time.monotonic() - start


def test_a_worker_delivers_what_a_request_promised(
    settings: Settings, celery_host: Flask, smtp: RecordingSmtp
) -> None:
    """The commit asks for a task, and a worker sends; also what was promised before it ran."""
    with redis_at(Path(settings["socket"])):
        promise(celery_host, "before@example.com")
        with worker(settings):
            wait_for(lambda: len(smtp.messages) == 1)
            promise(celery_host, "after@example.com")
            wait_for(lambda: len(smtp.messages) == 2)
    engine = create_engine(settings["url"])
    with Session(engine) as session:
        assert list(session.scalars(select(Mail.state))) == ["sent", "sent"]
    engine.dispose()


def test_without_a_broker_nothing_waits_and_the_sweep_delivers(
    settings: Settings, celery_host: Flask, smtp: RecordingSmtp, caplog: pytest.LogCaptureFixture
) -> None:
    """M3: Redis is away while contacts are created: it takes no longer, and no mail is lost; a
    later task, such as beat's, finds all of it."""
    assert promise(celery_host, "one@example.com") < 3
    assert promise(celery_host, "two@example.com") < 3
    wait_for(lambda: "no broker to ask" in caplog.text)
    with redis_at(Path(settings["socket"])), worker(settings):
        sweep = celery_host.extensions["celery"].tasks["flask_contacts.deliver_mail"]
        wait_for(lambda: sweep.apply_async() is not None)
        wait_for(lambda: len(smtp.messages) == 2)
    assert {message["To"] for message in smtp.messages} == {"one@example.com", "two@example.com"}


def test_the_schedule_of_the_page_names_the_task(celery_host: Flask) -> None:
    """What beat asks for is what the package brings."""
    from flask_contacts.mail.tasks import DELIVER_MAIL

    celery = celery_host.extensions["celery"]
    assert celery.conf.beat_schedule["mail"]["task"] == DELIVER_MAIL
    assert DELIVER_MAIL in celery.tasks


def test_celery_that_is_not_installed_is_said_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear error with what to install."""
    for name in list(sys.modules):
        if name == "flask_contacts.mail.tasks":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "celery", None)
    with pytest.raises(ConfigError, match=r"contacts\.C019"):
        create_celery_host({"url": f"sqlite:///{tmp_path / 'none.db'}", "broker": "memory://"})
