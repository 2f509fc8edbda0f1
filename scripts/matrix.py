#!/usr/bin/env python
"""Run the tests on the corners of what is supported: Pythons, Flask-AppBuilder, SQLAlchemy.

``python scripts/matrix.py [NAME …] [-- PYTEST ARGUMENTS]``. Each corner gets an environment of its
own in ``build/matrix``, which later runs use again. A Python that this computer does not have
is named at the end, and is no failure unless ``CI`` is set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "matrix"
TESTS = ("tests/unit", "tests/functional")


@dataclass(frozen=True)
class Corner:
    """A Python and the releases that it is tested with."""

    python: str
    pins: tuple[str, ...]

    @property
    def name(self) -> str:
        """How it is called: ``3.10-fab5.2-sa2.0.44``."""
        releases = "-".join(pin.split("==")[1].removesuffix(".*") for pin in self.pins)
        return f"{self.python}-{releases or 'newest'}"


_OLD_FAB, _NEW_FAB = "Flask-AppBuilder==5.2.*", "Flask-AppBuilder==5.3.*"
_OLD_SQL = "SQLAlchemy==2.0.44"
CORNERS = (
    Corner("3.10", (_OLD_FAB, _OLD_SQL)),
    Corner("3.11", (_OLD_FAB,)),
    Corner("3.12", (_NEW_FAB, _OLD_SQL)),
    Corner("3.13", ()),
)


def main(arguments: list[str]) -> int:
    """Run the corners that are named, or all; gives 1 where one failed."""
    wanted, _separator, rest = _split(arguments)
    unknown = set(wanted) - {corner.name for corner in CORNERS}
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}. There are:")
        print("\n".join(corner.name for corner in CORNERS))
        return 2
    results = dict(_run_all([one for one in CORNERS if not wanted or one.name in wanted], rest))
    print("\nThe matrix:")
    for name, result in results.items():
        print(f"  {name:<24} {result}")
    missing = any(result.startswith("no Python") for result in results.values())
    failed = any(result == "FAILED" for result in results.values())
    return 1 if failed or (missing and os.environ.get("CI")) else 0


def _split(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], "--", arguments[at + 1 :]


def _run_all(corners: list[Corner], rest: list[str]) -> Iterator[tuple[str, str]]:
    for corner in corners:
        print(f"\n=== {corner.name}", flush=True)
        python = find_python(corner.python)
        if python is None:
            yield corner.name, f"no Python {corner.python} on this computer"
            continue
        yield corner.name, "passed" if _run(corner, python, rest) else "FAILED"


def find_python(version: str) -> str | None:
    """A Python of that version that runs: some of those on a path are only shims."""
    for command in (f"python{version}", *sorted(map(str, _pyenvs(version)))):
        found = shutil.which(command)
        if (
            found
            and subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode == 0
        ):
            return found
    return None


def _pyenvs(version: str) -> Iterator[Path]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from root.glob(f"versions/{version}.*/bin/python")


def _run(corner: Corner, python: str, rest: list[str]) -> bool:
    environment = PLACE / corner.name
    own = environment / "bin" / "python"
    if not own.exists():
        subprocess.run([python, "-m", "venv", str(environment)], check=True)
    pip = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted = [*pip, "--editable", f"{ROOT}[test]", *corner.pins]
    if subprocess.run(wanted, check=False).returncode != 0:
        return False
    shown = "import flask_appbuilder as f, sqlalchemy as s; print(f.__version__, s.__version__)"
    subprocess.run([str(own), "-c", shown], check=True)
    command = [str(own), "-m", "pytest", "-q", "-p", "no:cacheprovider", *(rest or TESTS)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
