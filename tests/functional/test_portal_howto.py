"""The portal pages of the README and of the how-to, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flask_contacts.cli import commands

pytestmark = pytest.mark.bundled_only(reason="a process of its own, with the bundled customers")

ROOT = Path(__file__).parents[2]
PLAY = """
from datetime import date
from flask_contacts import testing
from crm import create_app, db
from flask_contacts.models import Customer, Login
from flask_contacts.services.contacts import create_contact
from invoices import Invoice
app = create_app()
app.testing = True
with app.app_context():
    db.create_all()
    customer = Customer(company="Aurora")
    db.session.add(customer)
    db.session.commit()
    db.session.add(
        Invoice(number="A-1", issued_on=date(2026, 1, 2), total=1200, customer_id=customer.id)
    )
    db.session.commit()
    contact = testing.make_contact(db.session, customer, permissions=["invoices"])
    email = contact.email
client = app.test_client()
assert testing.portal_sign_in(client, email).status_code == 303
listed = client.get("/portal/invoices/").text
assert "A-1" in listed and "1,200.00" in listed, listed
print("played")
"""


def blocks(path: Path) -> list[str]:
    """The Python blocks of a page."""
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def play(directory: Path, invoices: str) -> str:
    """Run the quickstart with this module invoices.py; what the play printed."""
    quickstart, again = (
        block for block in blocks(ROOT / "README.md") if block.startswith("# crm.py")
    )
    crm = quickstart.replace("contacts = Contacts()\n", f"contacts = Contacts()\n{again}\n")
    view = 'appbuilder.add_view(InvoiceView, "Invoices", category="Sales")'
    assert view in (ROOT / "README.md").read_text(encoding="utf-8")
    crm = crm.replace("        contacts.init_app", f"        {view}\n        contacts.init_app")
    (directory / "crm.py").write_text(crm, encoding="utf-8")
    (directory / "invoices.py").write_text(invoices, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(directory),
        "FLASK_SECRET_KEY": "a long random text",
        "FLASK_SQLALCHEMY_DATABASE_URI": f"sqlite:///{directory}/crm.db",
        "FLASK_CONTACTS_BASE_URL": "http://localhost",
        "FLASK_MAIL_DEFAULT_SENDER": "Example Ltd <hello@example.com>",
        "FLASK_CONTACTS_MAIL_DELIVERY": "manual",
    }
    done = subprocess.run(
        [sys.executable, "-c", PLAY],
        cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readmes_module(tmp_path: Path) -> None:
    """Model, staff view and portal pages of the README show the contact its invoice."""
    [invoices] = [block for block in blocks(ROOT / "README.md") if block.startswith("# invoices")]
    assert "played" in play(tmp_path, invoices)


def test_the_howtos_module(tmp_path: Path) -> None:
    """The longer one of the how-to does, too; its drafts are left out."""
    [invoices] = [
        block
        for block in blocks(ROOT / "docs" / "howto" / "portal-pages.md")
        if "class InvoicePages" in block
    ]
    staff = (
        "\nfrom flask_appbuilder import ModelView\n"
        "class InvoiceView(ModelView):\n    datamodel = SQLAInterface(Invoice)\n"
    )
    assert "played" in play(tmp_path, invoices.replace('default="draft"', 'default="open"') + staff)


def test_every_command_is_described() -> None:
    """docs/reference/cli.md names the commands that exist, and no others."""
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.MULTILINE)) == set(commands.commands)
