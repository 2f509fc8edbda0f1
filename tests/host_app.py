"""A small host application for the tests: invoices and tickets of its customers.

Whose customers they are is chosen for the whole process, because the binding is: those of
the package (``TEST_HOST=bundled``, the default) or the host's own (``TEST_HOST=own``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import count
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelView, expose, has_access
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l
from flask_mail import Mail
from sqlalchemy import Date, ForeignKey, Integer, Numeric, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

if os.environ.get("TEST_HOST") == "own":
    from tests import own_host as customers  # first: it binds, and what follows is bound
else:
    from tests import bundled_host as customers
from flask_contacts import (
    Attachment,
    Contacts,
    Document,
    MailTemplate,
    MergeField,
    PortalModule,
    RelatedRecords,
)
from flask_contacts.admin import SafeModelView, SafeView, SendByEmail, send_page
from flask_contacts.models import Contact, Customer
from flask_contacts.portal import PortalModelView
from tests import quick_disk  # noqa: F401
from tests.proposal_pages import ProposalPages
from tests.quick_hashes import QUICK_STAFF

ADMIN = ("admin", "admin")
CUSTOMER_NAME: str = customers.CUSTOMER_NAME
"""The column of the customer's name."""
LIMITS_STAFF: bool = customers.LIMITS_STAFF
"""Whether some staff do not see every customer, so that messages tell less."""

_numbers = count(1)


def new_customer(company: str = "", **columns: object) -> Any:
    """A customer of this host, not saved yet; without a name it gets one of its own."""
    return customers.new_customer(company or f"Customer {next(_numbers)}", **columns)


def add_customer(session: Any, company: str = "", **columns: object) -> Any:
    """Save a new customer of this host."""
    customer = new_customer(company, **columns)
    session.add(customer)
    session.commit()
    return customer


def customer_url(customer: Any) -> str:
    """The path of a customer's page in the admin."""
    return f"{customers.CUSTOMER_PAGE}/{quote(str(customer.id))}"


def tab_url(customer: Any, tab: str) -> str:
    """That page with a tab of ours in it; the bundled one writes some when they are asked for."""
    is_bundled = customers.CUSTOMER_PAGE == "/customers/show"
    return customer_url(customer) + (f"?tab={tab}" if is_bundled else "")


class HostInvoice(Model):
    """An invoice of the host's business."""

    __tablename__ = "host_invoice"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    issued_on: Mapped[date] = mapped_column(Date)
    total: Mapped[Any] = mapped_column(Numeric(12, 2))
    status: Mapped[str] = mapped_column(String(10), default="draft")
    customer_id: Mapped[Any] = mapped_column(ForeignKey(Customer.id))
    customer: Mapped[Any] = relationship(Customer)
    lines: Mapped[list[HostInvoiceLine]] = relationship(
        "HostInvoiceLine", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return self.number


class HostInvoiceLine(Model):
    """A line of an invoice."""

    __tablename__ = "host_invoice_line"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey(HostInvoice.id))
    text: Mapped[str] = mapped_column(String(100))
    amount: Mapped[Any] = mapped_column(Numeric(12, 2))


class HostTicket(Model):
    """A support ticket; it belongs to a contact of the customer."""

    __tablename__ = "host_ticket"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    subject: Mapped[str] = mapped_column(String(100))
    customer_id: Mapped[Any] = mapped_column(ForeignKey(Customer.id))
    customer: Mapped[Any] = relationship(Customer)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey(Contact.id, ondelete="SET NULL"))

    def __str__(self) -> str:
        return self.subject


def invoice_files(invoice: HostInvoice, language: str) -> list[Attachment]:
    """The invoice as a file, and what the host sends along."""
    name = "Fatura nº" if language == "pt_BR" else "Invoice no."
    content = f"%PDF-1.4 {language} {invoice.number}".encode()
    return [
        Attachment(f"{name} {invoice.number} – Ødegård.pdf", content),
        Attachment("terms.txt", b"Net 30", "text/plain"),
    ]


def give_ticket(session: Any, key: int, contact_id: int | None) -> None:
    """A ticket belongs to one contact, or to none."""
    session.get(HostTicket, key).contact_id = contact_id


class HostInvoiceView(SendByEmail, ModelView):
    """Invoices for staff."""

    datamodel = SQLAInterface(HostInvoice)
    list_title = "Invoices"
    list_columns = ["number", "issued_on", "total"]
    add_columns = edit_columns = ["number", "issued_on", "total", "customer"]
    show_columns = [*list_columns, "customer"]

    def document(self, record: HostInvoice) -> Document:
        """The invoice as it is sent."""
        return Document(
            f"Invoice {record.number}",
            "invoice",
            {"invoice_number": record.number, "invoice_total": f"{record.total:.2f}"},
            customer_id=record.customer_id,
            topic="invoice",
            attachments=lambda language: invoice_files(record, language),
            key=f"invoice:{record.id}",
        )

    def after_send(self, record: HostInvoice, sent: Sequence[Contact]) -> None:
        """It is no draft any more."""
        record.status = "sent"


class HostTicketView(SendByEmail, SafeModelView):
    """Tickets for staff; what is sent of one has no topic."""

    datamodel = SQLAInterface(HostTicket)
    list_title = "Tickets"
    list_columns = show_columns = ["subject"]
    add_columns = edit_columns = ["subject", "customer"]

    def document(self, record: HostTicket) -> Document:
        """The ticket, to the contact whom it belongs to."""
        return Document(
            f"Ticket {record.subject}",
            "note",
            {"subject": record.subject},
            customer_id=record.customer_id,
            contact_id=record.contact_id,
        )


class HostNotesView(SafeView):
    """A note to somebody who is no customer yet."""

    route_base = "/hostnotes"

    @expose("/<email>", methods=("GET", "POST"))
    @has_access
    def note(self, email: str) -> Any:
        """The send dialog of no record."""
        document = Document(
            "A note", "note", {"subject": "Hello"}, address=("Lee Dao", email), key=f"note:{email}"
        )
        return send_page(self, document, back="/hostnotes/back")


class InvoicePages(PortalModelView):
    """Invoices for contacts."""

    datamodel = SQLAInterface(HostInvoice)
    list_columns = ["number", "issued_on", "total"]
    show_columns = ["number", "issued_on", "total"]
    search_columns = ["number"]
    order_columns = ["number", "issued_on", "total"]
    base_order = ("issued_on", "desc")


class TicketPages(PortalModelView):
    """Tickets for contacts: their own, the primary contact's all."""

    datamodel = SQLAInterface(HostTicket)
    list_columns = ["subject"]
    show_columns = ["subject"]
    search_columns = ["subject"]
    contact_column = "contact_id"


db = SQLA(metadata=Model.metadata)
contacts = Contacts(
    register_customer=customers.register_customer, company_fields=customers.COMPANY_FIELDS
)
contacts.add_module(
    PortalModule("invoices", _l("Invoices"), view=InvoicePages, icon="receipt"),
)
contacts.add_module(
    PortalModule("support", _l("Support"), view=TicketPages, icon="life-preserver"),
)
contacts.add_module(PortalModule("proposals", view=ProposalPages))
contacts.add_related_list(
    RelatedRecords(
        "tickets",
        "Tickets",
        query=lambda contact: select(HostTicket).where(HostTicket.contact_id == contact.id),
        columns={"subject": "Subject", "customer": "Customer"},
        view=HostTicketView,
        link=lambda session, contact, key: give_ticket(session, key, contact.id),
        unlink=lambda session, contact, key: give_ticket(session, key, None),
    )
)
contacts.add_email_template(
    MailTemplate(
        "invoice",
        "Invoice",
        subject=_l("Invoice {invoice_number}"),
        body="<p>Dear {contact_firstname},</p><p>{invoice_number} is {invoice_total}.</p>",
        fields=(
            MergeField("invoice_number", "Number"),
            MergeField("invoice_total", "Total"),
        ),
    )
)
contacts.add_email_template(
    MailTemplate(
        "note",
        "Note",
        subject="{subject}",
        body="<p>Dear {contact_firstname} {contact_lastname},</p><p>{subject}</p>",
        fields=(MergeField("subject", "Subject"),),
    )
)


def create_host_app(database_uri: str, config: Mapping[str, object] | None = None) -> Flask:
    """Make the host with an empty database that has all tables and the staff user ``ADMIN``."""
    app = Flask("host")
    app.config.from_mapping(
        SECRET_KEY="a secret key for tests only",
        SQLALCHEMY_DATABASE_URI=database_uri,
        TESTING=True,
        WTF_CSRF_ENABLED=True,
        APP_NAME="Test Host",
        LANGUAGES={
            "en": {"flag": "gb", "name": "English"},
            "pt_BR": {"flag": "br", "name": "Português do Brasil"},
        },
        MAIL_SERVER="127.0.0.1",
        MAIL_DEFAULT_SENDER="host@example.com",
        CONTACTS_BASE_URL="http://localhost",
        CONTACTS_MAIL_DELIVERY="manual",
        CONTACTS_REQUESTS_PER_ADDRESS="10000 per minute",
        FAB_PASSWORD_HASH_METHOD=QUICK_STAFF,
    )
    app.config.from_mapping(config or {})
    db.init_app(app)
    Mail(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        appbuilder.add_view(HostInvoiceView, "host_invoices", label="Invoices", category="Sales")
        appbuilder.add_view(HostTicketView, "host_tickets", label="Tickets", category="Sales")
        appbuilder.add_view_no_menu(HostNotesView)
        customers.add_customer_views(appbuilder)
        contacts.init_app(app, appbuilder, customer_view=customers.CUSTOMER_VIEW)
        Model.metadata.create_all(db.engine)
        name, password = ADMIN
        role = appbuilder.sm.find_role(appbuilder.sm.auth_role_admin)
        appbuilder.sm.add_user(name, "Ada", "Min", "admin@example.com", role, password)
    return app
