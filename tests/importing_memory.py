"""How much memory an import takes, in a process of its own.

``python -m tests.importing_memory URL FILE`` starts the application on that database, imports
the file with a dry run before, and prints the most memory that the process has had (Linux's
``VmHWM``, in MiB) before the import and in it. What starting took for a while is given back
before, and the mark is set anew: else the import could use it again, and would seem to take
nothing.
"""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
from pathlib import Path


def memory_of_import(url: str, path: Path) -> tuple[float, float]:
    """The most memory of a process that has started only, and of one that imports too, in MiB."""
    command = [sys.executable, "-m", "tests.importing_memory", url, str(path)]
    root = Path(__file__).absolute().parents[1]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    started, imported = map(float, done.stdout.split())
    return started, imported


def peak() -> float:
    """The most memory that this process has had so far, in MiB."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this needs Linux")


def forget_peak() -> None:
    """Give freed memory back to the system, and let the mark begin from what is left."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def main() -> None:
    """Import the file."""
    from flask_contacts.actors import SYSTEM
    from flask_contacts.services.importing import reading, staging, starting, steps
    from flask_contacts.services.importing.file_refused import IN_TERMINAL
    from flask_contacts.services.importing.job import Importer, Options
    from tests.databases.crowded_host import create_crowded_host
    from tests.host_app import db

    url, path = sys.argv[1:]
    app = create_crowded_host(url)
    with app.app_context():
        session = db.session()
        forget_peak()
        started = peak()
        with Path(path).open("rb") as file:
            table = reading.read_table(file, IN_TERMINAL)
            import_id = staging.stage(session, table, "people.csv", SYSTEM)
        columns = starting.find_import(session, import_id).columns
        starting.start_check(session, import_id, columns, Options(create_customers=True))
        steps.advance(session, import_id, Importer(), 1e9)
        starting.start_run(session, import_id)
        progress = steps.advance(session, import_id, Importer(), 1e9)
        assert progress.state == "done"
        assert progress.counts == {"new": progress.rows}
    sys.stdout.write(f"{started:.1f} {peak():.1f}\n")


if __name__ == "__main__":
    main()
