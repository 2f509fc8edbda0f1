"""Serve the demo: the application, its demo data, and a mail server that keeps all mail."""

from __future__ import annotations

import contextlib
import logging
import shutil
import signal
import socket
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import NoReturn

import waitress
from flask import Flask, current_app
from sqlalchemy import inspect

from flask_contacts.models.schema import create_tables
from flask_contacts.services.agent.search_index_making import CannotIndex, create_search_index

from . import create_app, models, settings
from .database import db
from .demo_data import COMPANIES
from .demo_fill import fill, is_filled
from .demo_staff import OF_ROLES, add_staff
from .mail_catcher import MailCatcher
from .mail_store import MailStore

THREADS = 8
FILES = ("demo.sqlite*", "mailbox.sqlite*", "secret_key", "port")


class OldData(Exception):
    """The data is that of an earlier demo, whose tables had fewer columns."""


def main() -> int:
    """Start everything and wait for Ctrl-C or SIGTERM; gives the exit code.

    0 after either signal; 1 with a message where a port is taken or a setting is wrong.
    """
    try:
        port = settings.port()
        for number, purpose in ((port, "the pages"), (port + 1, "the mail catcher")):
            _require_free(number, purpose)
    except (ValueError, OSError) as error:
        print(f"The demo cannot start: {error}", file=sys.stderr)
        return 1
    directory = settings.instance_directory()
    if "--reset" in sys.argv[1:]:
        reset(directory)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _end)
    try:
        with contextlib.suppress(SystemExit):
            serve(directory, port)
    except OldData as error:
        print(error, file=sys.stderr)
        return 1
    print("The demo has ended; its data stays.", flush=True)
    return 0


def serve(directory: Path, port: int) -> None:
    """Prepare the data, then answer until a signal comes."""
    for chatty in ("flask_appbuilder", "waitress.queue"):  # of a first start, of a busy moment
        logging.getLogger(chatty).setLevel(logging.ERROR)
    settings.note_port(directory, port)
    app = create_app()
    prepare(app)
    catcher = MailCatcher(MailStore(app.config["EXAMPLE_MAILBOX"]), settings.HOST, port + 1)
    catcher.start()
    try:
        server = waitress.create_server(app, host=settings.HOST, port=port, threads=THREADS)
        print(_announcement(directory, port), flush=True)
        server.run()
    finally:
        catcher.stop()


def prepare(app: Flask) -> None:
    """Make the tables and fill them, where that was not done before.

    Raises :class:`OldData` for tables of an earlier demo: ``create_all`` adds no columns.
    """
    with app.app_context():
        create_tables(db.session)
        db.create_all()
        _require_present_columns()
        add_staff(current_app.extensions["appbuilder"].sm)
        if not is_filled(db.session):
            fill(db.session, datetime.now(timezone.utc).date())
            with contextlib.suppress(CannotIndex):  # an old SQLite: then by their beginnings
                create_search_index(db.engine)


def _require_present_columns() -> None:
    database = inspect(db.engine)
    for model in (getattr(models, name) for name in models.__all__):
        known = {column["name"] for column in database.get_columns(model.__tablename__)}
        if set(model.__table__.columns.keys()) - known:
            raise OldData("The demo's data is of an earlier release. Start anew: make demo-reset")


def reset(directory: Path) -> None:
    """Remove what the demo keeps, and nothing else that may lie there."""
    for pattern in FILES:
        for path in directory.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _require_free(port: int, purpose: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, port))
        except OSError as error:
            raise OSError(
                f"port {port}, for {purpose}, cannot be used ({error.strerror}). "
                f"End what listens there, or choose another: make demo PORT=9000"
            ) from error


def _end(number: int, frame: FrameType | None) -> NoReturn:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_IGN)
    raise SystemExit(0)


def _users_of_roles() -> str:
    return ", ".join(user for user, *_name in OF_ROLES.values())


def _announcement(directory: Path, port: int) -> str:
    base = f"http://{settings.HOST}:{port}"
    person = next(one for company in COMPANIES for one in company.people if one.password)
    return f"""
  Northwind Studio is open.

    Admin     {base}/            user admin, password admin (or sam / sam, who sees less)
              {_users_of_roles()}:
              one for each role of the CRM, the password is the name of the user
    Portal    {base}/portal/     {person.email}, password: {person.password}
    Mailbox   {base}/mailbox/    all mail that the demo sends

  Data is kept in {directory}; `make demo-reset` starts anew. Ctrl-C ends the demo.
"""
