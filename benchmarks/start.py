"""What the package adds to the start of a Flask-AppBuilder process: ``make bench-start``.

In turns, each in a process of its own: an application with Flask-AppBuilder alone, and the same
with ``Contacts``, on databases that have their tables and permissions, so that nothing is made.
Prints the medians of the seconds that the processor worked and of the memory that the process
holds once the application is there, and what the second has more than the first.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail

WITHOUT, WITH = "Flask-AppBuilder alone", "with Contacts"
_MIB = 1024


def main() -> None:
    """Measure in turns and print a table; with ``--one`` be the process that is measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--one", nargs=2, metavar=("WHICH", "DATABASE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        which, database = options.one
        print(json.dumps(_measured(which == WITH, database)))
        return
    with tempfile.TemporaryDirectory() as directory:
        for which in (WITHOUT, WITH):  # makes tables and permissions, and compiles the modules
            _in_process(which, directory)
        turns = [
            {which: _in_process(which, directory) for which in (WITHOUT, WITH)}
            for _turn in range(options.turns)
        ]
    _print(turns)


def start(with_contacts: bool, database: str) -> Flask:
    """An application; Flask-AppBuilder makes its tables, ours are made where they are not."""
    app = Flask("host")
    app.config.update(
        SECRET_KEY="k" * 40,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}",
        MAIL_DEFAULT_SENDER="hello@example.com",
        CONTACTS_BASE_URL="https://crm.example.com",
    )
    db = SQLA(metadata=Model.metadata)
    db.init_app(app)
    Mail(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        if with_contacts:
            import_module("flask_contacts").Contacts().init_app(app, appbuilder)
    return app


def _measured(with_contacts: bool, database: str) -> dict[str, float]:
    is_new = not Path(database).exists()
    app = start(with_contacts, database)
    worked, memory = time.process_time(), _resident()
    if is_new and with_contacts:
        app.test_cli_runner().invoke(args=["contacts", "init-db"], catch_exceptions=False)
    return {"milliseconds": worked * 1000, "mebibytes": memory}


def _resident() -> float:
    """What the process holds in memory, in MiB (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS:")]
    return int(line.split()[1]) / _MIB


def _in_process(which: str, directory: str) -> dict[str, float]:
    database = str(Path(directory) / f"{which}.db")
    command = [sys.executable, "-m", "benchmarks.start", "--one", which, database]
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(directory) / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return found


def _print(turns: list[dict[str, dict[str, float]]]) -> None:
    print(f"{len(turns)} turns{'':<24}{'processor':>12}{'memory':>12}")
    for which in (WITHOUT, WITH):
        _print_line(which, [turn[which] for turn in turns])
    added = [
        {unit: turn[WITH][unit] - turn[WITHOUT][unit] for unit in turn[WITH]} for turn in turns
    ]
    _print_line("added", added)


def _print_line(label: str, found: list[dict[str, float]]) -> None:
    worked, memory = (
        statistics.median(one[unit] for one in found) for unit in ("milliseconds", "mebibytes")
    )
    print(f"{label:<32}{worked:9.0f} ms{memory:8.1f} MiB")


if __name__ == "__main__":
    main()
