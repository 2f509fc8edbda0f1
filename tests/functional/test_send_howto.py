"""The page on sending documents, run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.howtos import HOWTOS, ROOT, crm_environment, run, titled_blocks

pytestmark = pytest.mark.bundled_only(reason="a process of its own, with the bundled customers")

PAGE = HOWTOS / "send-documents.md"
ADD_VIEW = 'appbuilder.add_view(InvoiceView, "Invoices", category="Sales")'
#: Where the view that the page replaces begins and ends in the README.
OLD_VIEW = re.compile(r"class InvoiceView\(.*?(?=\n\n\nclass InvoicePages)", re.DOTALL)
LAST_IMPORT = "from sqlalchemy.orm import relationship\n"
LAST_COLUMN = '    customer_id = Column(ForeignKey("contacts_customer.id"), nullable=False)\n'
PLAY = """
import re
from datetime import date
from email import message_from_bytes
from email.policy import default
from io import BytesIO
from pypdf import PdfReader
from flask_contacts import testing
from crm import create_app, db
from flask_contacts.models import Customer, Mail
from invoices import Invoice
from statements import StatementView
app = create_app()
app.testing = True
with app.app_context():
    app.appbuilder.add_view_no_menu(StatementView)
    db.create_all()
    sm = app.appbuilder.sm
    sm.add_user("ada", "Ada", "Min", "a@example.com", sm.find_role("Admin"), "ada")
    customer = Customer(company="Aurora")
    db.session.add(customer)
    db.session.commit()
    db.session.add(
        Invoice(number="A-1", issued_on=date(2026, 1, 2), total=1200, customer_id=customer.id)
    )
    db.session.commit()
    contact = testing.make_contact(
        db.session, customer, permissions=["invoices"], topics=["invoice"]
    )
    email = contact.email
client = app.test_client()
assert testing.staff_sign_in(client, "ada", "ada").status_code == 302
for url in ("/invoiceview/send/1", "/statements/send/1"):
    page = client.get(url).text
    form = dict(re.findall(r'<input type="hidden" name="(\\w+)"[^>]* value="([^"]*)"', page))
    form["subject"] = re.search(r'name="subject"[^>]* value="([^"]*)"', page)[1]
    form["body"] = "<p>Hello {contact_firstname}, {invoice_total}</p>"
    answer = client.post(url, data={**form, "to": "1", "language": "own", "attachments": "0",
                                    "action": "send"})
    assert answer.status_code == 302, answer.text
with app.app_context():
    first, second = db.session.query(Mail).order_by(Mail.id)
    assert b"Content-Disposition: attachment; filename=\\"A-1.pdf\\"" in first.message
    assert b"1,200.00" in first.message, first.message
    [pdf] = message_from_bytes(first.message, policy=default).iter_attachments()
    assert "Invoice A-1" in PdfReader(BytesIO(pdf.get_content())).pages[0].extract_text()
    assert db.session.query(Invoice.sent_at).scalar() is not None
    assert (first.subject, second.subject) == ("Invoice A-1", "Invoice all")
assert "A-1" in client.get("/customers/show/1").text  # the tab that the README adds
person = app.test_client()
assert testing.portal_sign_in(person, email).status_code == 303
assert "A-1" in person.get("/portal/invoices/").text  # and its pages of the portal
print("played")
"""


def put(text: str, after: str, block: str) -> str:
    """A file of the README with a block of the page behind a line that is there once."""
    assert text.count(after) == 1, after
    return text.replace(after, f"{after}{block}")


def without_title(block: str) -> str:
    """A block without the comment that says where it goes."""
    return block.partition("\n")[2]


def test_the_page_sends(tmp_path: Path) -> None:
    """What it adds to the README's application, put where it says: the invoice is mailed, and what
    the README has made of invoices works as before."""
    readme, page = titled_blocks(ROOT / "README.md"), titled_blocks(PAGE)
    assert ADD_VIEW in (ROOT / "README.md").read_text(encoding="utf-8")
    modules = readme["# crm.py again, below contacts = Contacts()"]
    template = page["# crm.py again, below contacts.add_module(...)"]
    crm = put(readme["# crm.py"], "contacts = Contacts()\n", f"{modules}\n{template}\n")
    crm = crm.replace("        contacts.init_app", f"        {ADD_VIEW}\n        contacts.init_app")
    (tmp_path / "crm.py").write_text(crm, encoding="utf-8")
    invoices = put(readme["# invoices.py"], LAST_IMPORT, page["# invoices.py, below its imports"])
    column = page["# invoices.py, one more column of Invoice"]
    invoices = put(invoices, LAST_COLUMN, without_title(column))
    view = without_title(page["# invoices.py, in place of its InvoiceView"])
    invoices, replaced = OLD_VIEW.subn(lambda _old: view, invoices)
    assert replaced == 1
    (tmp_path / "invoices.py").write_text(invoices, encoding="utf-8")
    (tmp_path / "statements.py").write_text(page["# statements.py"], encoding="utf-8")
    assert "played" in run(tmp_path, PLAY, crm_environment(tmp_path))
