"""An application that serves many tests, its SQLite file put back before each of them.

To make an application takes a second of work (Flask-AppBuilder writes a row for each right),
to copy its file a millisecond.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from flask import Flask


def keep_first_state(app: Flask) -> Callable[[], None]:
    """Call what this gives to put the application's database back to what it holds now.

    The copy is renamed to the file's place: a connection that a test has left open still has
    the former file, and breaks nothing in this one.
    """
    database = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    template, copy = (database.with_suffix(suffix) for suffix in (".template", ".new"))

    def disconnect() -> None:
        with app.app_context():
            app.extensions["sqlalchemy"].engine.dispose()

    disconnect()
    shutil.copyfile(database, template)

    def restore() -> None:
        disconnect()
        for leftover in database.parent.glob(f"{database.name}-*"):
            leftover.unlink()
        shutil.copyfile(template, copy)
        copy.replace(database)

    return restore
