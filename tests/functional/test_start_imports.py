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
    "testing", "cli.", "mail.delivery", "mail.frame", "mail.messages", "mail.outbox",
    "admin.bulk.pages", "admin.comments", "admin.contact_list.page", "admin.contacts.access_doctor",
    "admin.contacts.form_pages", "admin.contacts.details", "admin.imports.pages",
    "admin.mail.topic_matrix_page", "admin.merging.page", "admin.quality.charts",
    "admin.sending.form", "portal.account", "portal.company", "portal.marketing_pages",
    "portal.sign_in.pages", "portal.sign_in.registration_pages", "portal.view_as.pages",
    "services.access", "services.accounts", "services.agent.listing", "services.bulk",
    "services.comments", "services.contacts.editing", "services.demo", "services.doctor",
    "services.duplicates.groups", "services.duplicates.likeness", "services.exporting",
    "services.importing", "services.merging.merge", "services.quality",
    "services.registration.opening", "services.retention", "services.two_factor",
)  # fmt: skip
#: What the first pages of most processes ask for.
USUAL = {
    "admin.contact_list.page", "mail.frame", "mail.messages", "mail.outbox", "portal.sign_in.pages",
    "services.access", "services.accounts", "services.agent.listing", "services.exporting",
    "services.quality", "services.two_factor",
}  # fmt: skip
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
    command = [sys.executable, "-c", f"{_START}{program}\nprint(json.dumps(after))", str(directory)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[list[str]] = json.loads(run.stdout.splitlines()[-1])
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
    assert [name for name in pages if is_in(set(AREAS) - USUAL, name)] == []
