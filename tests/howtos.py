"""The pages of the documents that hold programs, for tests that run them as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOWTOS = ROOT / "docs" / "howto"


def blocks(path: Path) -> list[str]:
    """The Python blocks of a page, in their order."""
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def titled_blocks(path: Path) -> dict[str, str]:
    """Those that say of which module they are, by their first line."""
    return {one.partition("\n")[0]: one for one in blocks(path) if one.startswith("# ")}


def crm_environment(directory: Path) -> dict[str, str]:
    """What the README's application wants of its environment, with its modules in ``directory``."""
    return {
        "PYTHONPATH": str(directory),
        "FLASK_SECRET_KEY": "a long random text",
        "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{directory}/crm.db",
        "FLASK_CONTACTS_BASE_URL": "http://localhost",
        "FLASK_MAIL_DEFAULT_SENDER": "Example Ltd <hello@example.com>",
        "FLASK_CONTACTS_MAIL_DELIVERY": "manual",
    }


def run(directory: Path, program: str, environment: dict[str, str] | None = None) -> str:
    """Run a program in a directory, with the package or in that environment; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=directory, env={**os.environ, **(environment or {"PYTHONPATH": str(ROOT)})},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
