"""The portal pages of the README and of the how-to, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from flask_contacts.cli import commands
from flask_contacts.portal import PortalModelView
from tests.howtos import HOWTOS, ROOT, blocks, crm_environment, run

pytestmark = pytest.mark.bundled_only(reason="a process of its own, with the bundled customers")

HOWTO = HOWTOS / "portal-pages.md"
PLAY = """
from datetime import date
from flask_contacts import testing
from crm import create_app, db
from flask_contacts.models import Customer, Login
from flask_contacts.services.contacts.editing import create_contact
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

TUTORIAL = """
from io import BytesIO
from flask_contacts import testing
from crm import create_app, db
from flask_contacts.models import Customer
from repairs import Paper, Repair

app = create_app()
app.testing = True
with app.app_context():
    db.create_all()
    customer = Customer(company="Aurora")
    other = Customer(company="Other")
    db.session.add_all([customer, other])
    db.session.commit()
    db.session.add(Repair(title="Not theirs", customer_id=other.id))
    db.session.commit()
    email = testing.make_contact(db.session, customer, permissions=["repairs"]).email
client = app.test_client()
assert testing.portal_sign_in(client, email).status_code == 303
empty = client.get("/portal/repairs/").text
assert "Nothing here yet" in empty and "You can make the first one yourself." in empty
assert empty.count("Ask for a repair") == 1 and "As soon as" not in empty
token = testing.csrf_token(client, "/portal/repairs/new")
form = {"csrf_token": token, "title": "Oven", "description": "It smokes."}
wrong = client.post("/portal/repairs/new", data={**form, "photos": (BytesIO(b"MZ"), "a.jpg")})
assert wrong.status_code == 422 and "is not what its name says" in wrong.text
photo = (BytesIO(b"\\xff\\xd8\\xff\\xe0"), "oven.jpg")
done = client.post("/portal/repairs/new", data={**form, "photos": photo})
assert done.status_code == 303, done.text
page = client.get(done.location).text
assert "We have your request, and will call you." in page
assert "Asked for" in page and "oven.jpg" in page
assert "Accept the" not in page and "Receipt" not in page
paper = client.get(done.location + "/papers/1")
assert paper.data == b"\\xff\\xd8\\xff\\xe0" and paper.mimetype == "image/jpeg"
with app.app_context():
    repair = db.session.get(Repair, 2)
    repair.status, repair.price = "estimated", 120
    repair.papers[0].for_staff = True
    db.session.commit()
assert "1 estimate waits for your answer." in client.get("/portal/").text
assert client.get(done.location + "/papers/1").status_code == 404
listed = client.get("/portal/repairs/?status=estimated").text
assert "Oven" in listed and "€120.00" in listed and "Status: Waiting for your answer" in listed
assert "Not theirs" not in listed
assert "Shall we repair it for this price?" in client.get(done.location + "/accept").text
accepted = client.post(done.location + "/accept", data={"csrf_token": token, "name": "Ada"})
assert accepted.location == done.location
assert "Thank you. We start as soon as we can." in client.get(done.location).text
again = client.post(done.location + "/accept", data={"csrf_token": token, "name": "Ada"})
assert again.status_code == 409
assert "waits" not in client.get("/portal/").text
with app.app_context():
    db.session.get(Repair, 2).status = "done"
    db.session.commit()
assert client.get(done.location + "/files/receipt").text == "Oven: 120.00"
assert "Oven" in client.get("/portal/repairs/export.csv").text
assert "See you soon, Ada" in client.get("/portal/opening-hours/").text
assert client.get("/portal/repairs/1").status_code == 404
print("played")
"""


def write_crm(directory: Path, registered: str, staff: str) -> None:
    """The quickstart's crm.py with what is to be registered in its two places."""
    [quickstart] = [block for block in blocks(ROOT / "README.md") if block.startswith("# crm.py\n")]
    below, before = "contacts = Contacts()\n", "        contacts.init_app"
    assert quickstart.count(below) == quickstart.count(before) == 1
    crm = quickstart.replace(below, f"{below}\n{registered}\n").replace(before, staff + before)
    (directory / "crm.py").write_text(crm, encoding="utf-8")


def test_the_readmes_module(tmp_path: Path) -> None:
    """Model, staff view and portal pages of the README show the contact its invoice."""
    readme = blocks(ROOT / "README.md")
    [invoices] = [block for block in readme if block.startswith("# invoices")]
    [again] = [block for block in readme if block.startswith("# crm.py again")]
    (tmp_path / "invoices.py").write_text(invoices, encoding="utf-8")
    view = 'appbuilder.add_view(InvoiceView, "Invoices", category="Sales")'
    assert view in (ROOT / "README.md").read_text(encoding="utf-8")
    write_crm(tmp_path, again, f"        {view}\n")
    assert "played" in run(tmp_path, PLAY, crm_environment(tmp_path))


def test_the_tutorial(tmp_path: Path) -> None:
    """Every block of the how-to, as it stands: staff see the repairs; a contact asks for one with
    a photo, accepts the estimate, downloads papers, and finds panel, filter, CSV and own page."""
    page = (HOWTO).read_text(encoding="utf-8")
    for block in blocks(HOWTO):
        name = re.match(r"# (\w+\.py)\n", block)
        if name:
            (tmp_path / name[1]).write_text(block, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    for name, block in re.findall(r"```html\n\{# (\S+) #\}\n(.*?)```", page, re.DOTALL):
        (tmp_path / name).write_text(block, encoding="utf-8")
    registered = [block for block in blocks(HOWTO) if block.startswith("# crm.py")]
    staff = [block for block in blocks(HOWTO) if block.startswith("        appbuilder")]
    assert (len(registered), len(staff)) == (1, 1)
    write_crm(tmp_path, registered[0], staff[0])
    assert "played" in run(tmp_path, TUTORIAL, crm_environment(tmp_path))


def test_the_tables_of_the_howto() -> None:
    """Every attribute and method that a host sets stands in the how-to."""
    page = HOWTO.read_text(encoding="utf-8")
    names = [name for name in vars(PortalModelView) if not name.startswith("_")]
    ours = {
        "records", "heading", "count", "typed_key", "find", "is_visible", "order", "list_url",
        "url_of", "urls_of", "datamodel",
    }  # fmt: skip
    missing = [
        name
        for name in names
        if name not in ours and not name.endswith(("_page", "_file")) and f"`{name}" not in page
    ]
    assert missing == []


def test_every_command_is_described() -> None:
    """docs/reference/cli.md names the commands that exist, and no others."""
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w[\w-]+)` \|", page, re.MULTILINE)) == set(
        commands.list_commands(click.Context(commands))
    )
