"""The README's quickstart, run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.bundled_only(reason="a process of its own, with the bundled customers")

README = Path(__file__).parents[2] / "README.md"
PLAY = """
from crm import create_app
from flask_contacts.testing import csrf_token, staff_sign_in
app = create_app()
client = app.test_client()
assert staff_sign_in(client, "boss", "boss").status_code == 302
page = client.get("/customers/list/")
assert page.status_code == 200, page.status
assert app.test_client().get("/portal/sign-in").status_code == 200
print("played")
"""


def snippet(title: str) -> str:
    """The README's Python block that begins with this comment."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    return next(block for block in blocks if block.startswith(title))


@pytest.fixture
def host(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A directory with crm.py, and the environment that the README's settings make."""
    (tmp_path / "crm.py").write_text(snippet("# crm.py"), encoding="utf-8")
    return tmp_path, {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "FLASK_SECRET_KEY": "a long random text",
        "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/crm.db",
        "FLASK_CONTACTS_BASE_URL": "https://crm.example.com",
        "FLASK_MAIL_SERVER": "smtp.example.com",
        "FLASK_MAIL_DEFAULT_SENDER": "Example Ltd <hello@example.com>",
    }


def run(host: tuple[Path, dict[str, str]], *command: str) -> str:
    """Run a command in the host's directory; what it printed."""
    directory, environment = host
    done = subprocess.run(
        [sys.executable, *command],
        cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_quickstart_works_as_written(host: tuple[Path, dict[str, str]]) -> None:
    """init-db makes the tables once; a staff user sees the customers, a contact the sign-in."""
    flask = ("-m", "flask", "--app", "crm")
    assert re.search(r"\d+ tables created\.", run(host, *flask, "contacts", "init-db"))
    assert "tables of flask_contacts are there." in run(host, *flask, "contacts", "init-db")
    user = ("--username", "boss", "--firstname", "B", "--lastname", "O", "--email", "b@example.com")
    run(host, *flask, "fab", "create-admin", *user, "--password", "boss")
    assert "played" in run(host, "-c", PLAY)


def test_who_makes_the_first_tables(host: tuple[Path, dict[str, str]]) -> None:
    """docs/howto/tables.md: Flask-AppBuilder makes the tables of the models that were imported
    before it, ours too, and init-db finds them there; with FAB_CREATE_DB off it makes none, so
    that a first migration has something to write."""
    directory, environment = host
    crm = directory / "crm.py"
    crm.write_text(f"{crm.read_text()}\n\nimport flask_contacts.portal\n", encoding="utf-8")
    count = "import sqlalchemy as s; print(len(s.inspect(db.engine).get_table_names()), 'tables')"
    look = f"from crm import create_app, db\nwith create_app().app_context(): {count}"
    environment["FLASK_FAB_CREATE_DB"] = "false"
    assert "0 tables" in run(host, "-c", look)
    del environment["FLASK_FAB_CREATE_DB"]
    said = run(host, "-m", "flask", "--app", "crm", "contacts", "init-db")
    assert "tables of flask_contacts are there." in said


def test_the_quickstart_is_short() -> None:
    """About ten lines are ours to write: what a Flask-AppBuilder application has not already."""
    lines = [line for line in snippet("# crm.py").splitlines() if "ontacts" in line]
    assert len(lines) <= 10
