"""The example's rooms for staff: they answer, they stay quick, they do their sums."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from example_app.customer_field import OFFERED
from example_app.database import db
from example_app.models import Invoice, InvoiceLine, Project, Task
from flask_contacts.models import Customer
from flask_contacts.testing import count_statements, csrf_token, staff_sign_in
from tests.example import filled_example, post_form, record_numbers

#: Flask-AppBuilder's own way to read the parent of a tab; nothing of ours uses it.
pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

TABS = (
    *("InvoiceView", "EstimateView", "ProposalView", "ContractView", "TicketView", "ProjectView"),
)
VIEWS = (*TABS, "InvoiceLineView", "TaskView")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data."""
    return filled_example(tmp_path_factory.mktemp("staff"))


@pytest.fixture
def admin(example: Flask) -> FlaskClient:
    """A browser in which the administrator has signed in."""
    client = example.test_client()
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    return client


def statements(example: Flask, client: FlaskClient, url: str) -> int:
    """How many statements the page takes; it has to be there."""
    client.get(url)  # whatever is made once
    with example.app_context():
        engine = db.engine
    with count_statements(engine) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_no_view_offers_files_of_a_folder(example: Flask, admin: FlaskClient) -> None:
    """The download of Flask-AppBuilder's own views takes them from a folder that is not set
    here: no view of the example or of the package has it, nor a permission for it."""
    assert "UPLOAD_FOLDER" not in example.config
    rules = [one.rule for one in example.url_map.iter_rules() if "/download/" in one.rule]
    of_users = ("/users/", "/roles/", "/groups/", "/permissions/", "/viewmenus/")
    assert [one for one in rules if not one.startswith((*of_users, "/permissionviews/"))] == []
    assert admin.get("/invoiceview/download/1").status_code == 404
    views = example.appbuilder.baseviews  # type: ignore[attr-defined]
    ours = [one for one in views if type(one).__module__.startswith(("example_", "flask_contacts"))]
    assert len(ours) > 20
    assert [one for one in ours if "can_download" in (one.base_permissions or ())] == []


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_answers(example: Flask, admin: FlaskClient, view: str) -> None:
    """List, detail and both forms of each view are there for the administrator."""
    room = f"/{view.lower()}"
    listed = admin.get(f"{room}/list/")
    assert listed.status_code == 200
    number = min(record_numbers(listed.text, f"{room}/show/"))
    for page in (f"show/{number}", f"edit/{number}", "add"):
        assert admin.get(f"{room}/{page}").status_code == 200
    assert example.test_client().get(f"{room}/list/").status_code == 302


@pytest.mark.parametrize("view", VIEWS)
def test_statements_do_not_grow_with_rows(example: Flask, admin: FlaskClient, view: str) -> None:
    """A list of three rows takes as many statements as one of all rows."""
    few = statements(example, admin, f"/{view.lower()}/list/?psize_{view}=3")
    many = statements(example, admin, f"/{view.lower()}/list/?psize_{view}=100")
    assert few == many


def test_profile_statements_do_not_grow_with_rows(example: Flask, admin: FlaskClient) -> None:
    """The customer's page with all its tabs takes as many for one record as for many."""
    before = statements(example, admin, "/customers/show/14")
    with example.app_context():
        template = db.session.scalars(select(Invoice).where(Invoice.customer_id == 14)).first()
        assert template is not None
        for place in range(12):
            invoice = Invoice(
                customer_id=14,
                number=f"MANY-{place}",
                title="One more",
                issued_on=template.issued_on,
                due_on=template.due_on,
            )
            invoice.lines = [
                InvoiceLine(description="A", quantity=Decimal(1), unit_price=Decimal(1))
            ]
            db.session.add(invoice)
        db.session.commit()
    assert statements(example, admin, "/customers/show/14") == before


def test_tabs_show_the_customers_own_records(admin: FlaskClient) -> None:
    """A profile's tabs hold what belongs to the customer, without a column that says so."""
    page = admin.get("/customers/show/1").text
    assert "Online shop for pre-orders" in page
    assert "The checkout shows" in page
    assert "Spare parts catalogue" not in page
    assert page.count("_flt_0_customer=1") >= len(TABS)


def test_forms_list_no_table(example: Flask, admin: FlaskClient) -> None:
    """However many customers there are, a form offers at most a few and a search none."""
    with example.app_context():
        db.session.add_all(Customer(company=f"Bulk {place:03}") for place in range(OFFERED * 3))
        db.session.commit()
    page = admin.get("/invoiceview/add").text
    assert page.count("<option value=") <= OFFERED + 10
    listed = admin.get("/invoiceview/list/").text
    assert "Bulk 1" not in listed
    found = admin.get("/customer-lookup/?q=ØDEG").get_json()
    assert found == ["Ødegård Fjordcruise AS"]
    assert len(admin.get("/customer-lookup/?q=bulk").get_json()) == OFFERED
    assert admin.get("/customer-lookup/?q=%25").get_json() == []
    assert example.test_client().get("/customer-lookup/").status_code == 302


def new_invoice(admin: FlaskClient, customer: str, number: str, query: str = "") -> str:
    """Post the form for a new invoice; the page that comes then."""
    url = f"/invoiceview/add{query}"
    form = {
        "csrf_token": csrf_token(admin, url),
        "customer": customer,
        "number": number,
        "title": "A new sign",
        "status": "open",
        "issued_on": "2026-01-02",
        "due_on": "2026-01-16",
        "tax_rate": "20",
        "notes": "",
    }
    return admin.post(url, data=form, follow_redirects=True).text


def invoice_of(example: Flask, number: str) -> tuple[str, Decimal] | None:
    """The customer's name and the total of the invoice with this number."""
    with example.app_context():
        invoice = db.session.scalars(select(Invoice).where(Invoice.number == number)).first()
        return None if invoice is None else (invoice.customer.company, invoice.total)


@pytest.mark.parametrize("typed", ["Aurora Bakery (#1)", "aurora bakery", " Aurora Bakery "])
def test_customer_is_taken_by_name(example: Flask, admin: FlaskClient, typed: str) -> None:
    """What the list offers works, and so does a name that only one customer has."""
    number = f"NEW-{typed!r}"[:20]
    new_invoice(admin, typed, number)
    assert invoice_of(example, number) == ("Aurora Bakery", Decimal(0))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Choose a customer."),
        ("Nobody & Sons", "No customer has this name"),
        ("Aurora Bakery (#2)", "Choose a customer from the list."),
        ("Nobody (#999999)", "Choose a customer from the list."),
        ("<script>x</script>", "No customer has this name"),
        ("Twins", "Several customers have this name"),
    ],
)
def test_wrong_customer_is_said_at_the_field(
    example: Flask, admin: FlaskClient, typed: str, message: str
) -> None:
    """Nothing is saved, and nothing that was typed is lost."""
    with example.app_context():
        if db.session.scalar(select(func.count()).where(Customer.company == "Twins")) == 0:
            db.session.add_all([Customer(company="Twins"), Customer(company="Twins")])
            db.session.commit()
    page = new_invoice(admin, typed, "WRONG-1")
    assert message in page
    assert 'value="A new sign"' in page
    assert "<script>x" not in page
    assert invoice_of(example, "WRONG-1") is None


def test_new_record_from_a_tab_belongs_to_that_customer(example: Flask, admin: FlaskClient) -> None:
    """The + button of a tab says whose it is; what the form posts does not count."""
    new_invoice(admin, "Aurora Bakery (#1)", "TAB-1", "?_flt_0_customer=4")
    found = invoice_of(example, "TAB-1")
    assert found is not None
    assert found[0].startswith("Müller")


def test_lines_make_the_total(example: Flask, admin: FlaskClient) -> None:
    """Adding, changing and deleting a line adds the invoice up again."""
    new_invoice(admin, "Aurora Bakery", "SUM-1")
    with example.app_context():
        number = db.session.scalars(select(Invoice.id).where(Invoice.number == "SUM-1")).one()
    url = f"/invoicelineview/add?_flt_0_invoice={number}"
    token = csrf_token(admin, url)
    line = {"csrf_token": token, "description": "Hours", "quantity": "2.5", "unit_price": "95.10"}
    admin.post(url, data=line)
    assert invoice_of(example, "SUM-1") == ("Aurora Bakery", Decimal("285.30"))
    with example.app_context():
        query = select(InvoiceLine.id).where(InvoiceLine.invoice_id == number)
        row = db.session.scalars(query).one()
    post_form(admin, f"/invoicelineview/edit/{row}", quantity="1")
    assert invoice_of(example, "SUM-1") == ("Aurora Bakery", Decimal("114.12"))
    admin.post(f"/invoicelineview/delete/{row}", data={"csrf_token": token})
    assert invoice_of(example, "SUM-1") == ("Aurora Bakery", Decimal(0))


def test_line_without_an_invoice_is_refused(example: Flask, admin: FlaskClient) -> None:
    """The form that was opened without a parent says where to begin."""
    url = "/invoicelineview/add"
    line = {"description": "Lost", "quantity": "1", "unit_price": "1"}
    page = admin.post(url, data={"csrf_token": csrf_token(admin, url), **line}).text
    assert "This is missing: Invoice." in page
    with example.app_context():
        lost = select(func.count()).where(InvoiceLine.description == "Lost")
        assert db.session.scalar(lost) == 0


def test_task_done_is_progress(example: Flask, admin: FlaskClient) -> None:
    """A project's progress is the share of its tasks that are done."""
    with example.app_context():
        task = db.session.scalars(select(Task).where(Task.status == "to do")).first()
        assert task is not None
        row, project, before = task.id, task.project_id, task.project.progress
    url = f"/taskview/edit/{row}"
    form = {"title": "Done now", "status": "done", "assignee": "Ines", "due_on": "2026-01-02"}
    post_form(admin, url, **form)
    with example.app_context():
        changed = db.session.get(Project, project)
        assert changed is not None
        assert changed.progress > before


def test_sam_sees_but_does_not_sell(example: Flask) -> None:
    """The second staff user sees customers and tickets, no invoices, and makes no contacts."""
    client = example.test_client()
    assert staff_sign_in(client, "sam", "sam").status_code == 302
    assert client.get("/ticketview/list/").status_code == 200
    profile = client.get("/customers/show/1")
    assert profile.status_code == 200
    assert "Olivia Hart" in profile.text
    assert "New Contact" not in profile.text
    assert "The checkout shows" in profile.text
    assert "INV-1041" not in profile.text
    assert client.get("/invoiceview/list/").status_code == 403
    assert client.get("/customercontacts/new/1").status_code == 403
    menu = re.findall(r'<a[^>]* href="(/[^"]*)"', client.get("/").text.partition("</nav>")[0])
    assert any("/users/userinfo/" in one for one in menu)
    for entry in menu:
        assert client.get(entry, follow_redirects=True).status_code == 200, entry
