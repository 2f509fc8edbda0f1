"""What an application loads when it starts: nothing that only some of its pages need."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Each is for a page, a file, a mail or a command that a process may never see.
LIBRARIES = {
    "email_validator", "filetype", "openpyxl", "pygal", "pyotp", "rapidfuzz", "segno",
    "ua_parser", "zxcvbn", "celery", "charset_normalizer.api", "aiosmtpd", "fpdf", "alembic",
    "css_inline", "nh3", "argon2",
}  # fmt: skip
#: Those are ours: a page or a command that asks for one loads it with what it needs.
AREAS = (
    "testing", "documents", "models.related", "cli.",
    "mail.delivery", "mail.frame", "mail.messages", "mail.outbox",
    "admin.bulk.pages", "admin.comments", "admin.contact_list.page", "admin.contacts.access_doctor",
    "admin.contacts.form_pages", "admin.contacts.details", "admin.imports.pages",
    "admin.mail.topic_matrix_page", "admin.merging.page", "admin.quality.charts",
    "admin.sending.form", "portal.account", "portal.company", "portal.marketing_pages",
    "portal.reader_clock", "portal.records.actions", "portal.records.files",
    "portal.records.filters", "portal.records.formatters", "portal.records.model_view",
    "portal.records.module_pages", "portal.records.related_lists",
    "portal.sign_in.pages", "portal.sign_in.registration_pages", "portal.view_as.pages",
    "services.access", "services.accounts", "services.agent.listing", "services.bulk",
    "services.comments", "services.contacts.editing", "services.demo", "services.doctor",
    "services.duplicates.candidates", "services.duplicates.groups",
    "services.duplicates.likeness", "services.exporting",
    "services.importing", "services.merging.merge", "services.quality",
    "services.registration.opening", "services.retention", "services.two_factor",
)  # fmt: skip
#: What the first pages of most processes ask for.
USUAL = {
    "documents", "admin.contact_list.page", "mail.frame", "mail.messages", "mail.outbox",
    "portal.sign_in.pages",
    "services.access", "services.accounts", "services.agent.listing", "services.exporting",
    "services.quality", "services.two_factor",
}  # fmt: skip
#: What only the API's descriptions take their words from: without the API it is not loaded either.
OF_API = (
    "api", "actors", "email_address", "mail.recipients", "mail.templates", "services.agent",
    "services.chunks", "services.contacts", "services.customers.bundled", "services.field_checks",
    "services.invitations", "services.keyset", "services.mailing", "services.marketing",
    "services.merging", "services.rest",
)  # fmt: skip
#: So many of our modules are loaded with the API, and without it. A few more are a new view; many
#: more are something that a page or a command could have loaded.
MOST, MOST_WITHOUT_API = 210, 140
_IMPORTS = """
import json, sys
from flask_appbuilder import AppBuilder

before = set(sys.modules)
import flask_contacts
from flask_contacts import admin, cli, portal
from flask_contacts.mail import worker
from flask_contacts.models import foreign_keys

print(json.dumps([sorted(set(sys.modules) - before)]))
"""
_START = """
import json, sys
from benchmarks.start import start

directory = sys.argv[1]
start(False, f"{directory}/without.db")
before = set(sys.modules)
app = start(True, f"{directory}/with.db")
after = [sorted(set(sys.modules) - before)]
"""
_FIRST_PAGES = """
from flask_contacts.models.base import Base

app.config.update(CONTACTS_BASE_URL="http://localhost", CONTACTS_MAIL_DELIVERY="manual")
app.before_request_funcs[None] = [
    one for one in app.before_request_funcs[None] if one.__name__ != "ensure_running"
]
with app.app_context():
    Base.metadata.create_all(app.appbuilder.session.get_bind())
    manager = app.appbuilder.sm
    user = manager.add_user(
        "ada", "Ada", "A", "ada@example.com", manager.find_role("Admin"), hashed_password="-"
    )
    staff = app.test_client()
    with staff.session_transaction() as session:
        session.update(_user_id=str(user.id), _fresh=True)
opened = [
    app.test_client().get("/portal/sign-in"),
    staff.get("/customer-contacts/"),
    staff.get("/customers/list/"),
]
assert [one.status_code for one in opened] == [200, 200, 200], opened
after.append(sorted(set(sys.modules) - before))
"""


def loaded(program: str, directory: Path) -> list[list[str]]:
    """What a process has loaded besides Flask-AppBuilder, at the places that the program keeps."""
    return run(f"{_START}{program}\nprint(json.dumps(after))", str(directory))


def run(program: str, *arguments: str) -> list[list[str]]:
    """What a program prints last, in a process of its own."""
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def is_in(areas: Iterable[str], name: str) -> bool:
    """Whether a module is of one of our areas."""
    return name.startswith(tuple(f"flask_contacts.{area}" for area in areas))


@pytest.mark.bundled_only(reason="a process of its own has customers of the package")
def test_nothing_is_loaded_that_is_not_needed(tmp_path: Path) -> None:
    """At the start none of the libraries and areas that work comes with; and the first pages of
    a process bring only what they show."""
    start, pages = loaded(_FIRST_PAGES, tmp_path)
    needed = ("admin", "portal", "api", "cli", "models.view_as", "services.transaction")
    assert {f"flask_contacts.{name}" for name in needed} <= set(start)
    assert {"flask_contacts.portal.sign_in.pages", "flask_contacts.admin.contact_list.page"} <= set(
        pages
    )
    assert [name for name in start if name in LIBRARIES or is_in(AREAS, name)] == []
    assert len([name for name in start if is_in([""], name)]) <= MOST
    assert [name for name in pages if is_in(set(AREAS) - USUAL, name)] == []


@pytest.mark.bundled_only(reason="a process of its own has customers of the package")
def test_the_imports_bring_no_use_cases() -> None:
    """What ``init_app`` imports are the tables, the views with their addresses and what those
    register; the services behind them come with the first page that asks them something."""
    [found] = run(_IMPORTS)
    assert [name for name in found if name in LIBRARIES or is_in((*AREAS, *OF_API), name)] == []
    assert len([name for name in found if is_in([""], name)]) <= MOST_WITHOUT_API


def test_columns_are_annotated_by_types() -> None:
    """No table's annotations are text, which SQLAlchemy would compile column by column."""
    sources = {
        path.name: path.read_text(encoding="utf-8")
        for path in (ROOT / "flask_contacts" / "models").glob("*.py")
    }
    tables = {name: text for name, text in sources.items() if ": Mapped[" in text}
    assert len(tables) > 10
    assert [name for name, text in tables.items() if "import annotations" in text] == []
