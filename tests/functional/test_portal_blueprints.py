"""A host's own pages in the portal, in an application of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, abort, render_template_string, request, url_for
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_mail import Mail
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from flask_contacts import Contacts, PortalModule
from flask_contacts.errors import ConfigError
from flask_contacts.portal import (
    PortalModelView,
    RelatedList,
    badge,
    current_contact,
    notify,
    portal_page,
)
from flask_contacts.testing import csrf_token, make_contact, portal_sign_in
from tests.host_app import CUSTOMER_NAME, add_customer, customers

shop = Blueprint("shop", __name__)
away = Blueprint("away", __name__)
changes: list[str] = []


@shop.get("/")
@portal_page("invoices")
def catalogue() -> str:
    """A page of the host in the portal's frame."""
    return render_template_string(
        '{% extends "flask_contacts/portal/base.html" %}'
        "{% block content %}for {{ contact.name }} of {{ contact.customer_id }}{% endblock %}",
        contact=current_contact,
    )


@shop.get("/visits")
@portal_page("visits")
def visits() -> str:
    """The page of a module that has no model."""
    return render_template_string('{% extends "flask_contacts/portal/base.html" %}')


@shop.post("/order")
@portal_page()
def order() -> str:
    """A form of the host's."""
    changes.append(current_contact.name)
    notify("Your order is on its way.")
    return "ordered"


@shop.get("/missing")
@portal_page()
def missing() -> None:
    """Something that is not there."""
    abort(404)


@away.get("/away")
@portal_page()
def outside() -> str:
    """A page that the host forgot to register in the portal."""
    return "never"


@away.get("/whoami")
def whoami() -> str:
    """A page of the host, outside."""
    return f"{bool(current_contact)} {request.path}"


@pytest.fixture(scope="module")
def own_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A host with a portal blueprint, on another prefix, with views that use every choice."""
    from tests.host_app import HostInvoice, HostInvoiceLine, HostTicket, db

    class Invoices(PortalModelView):
        """Every choice that a view has."""

        datamodel = SQLAInterface(HostInvoice)
        list_columns = ["number", f"customer.{CUSTOMER_NAME}", "total"]
        show_columns = ["number", "customer"]
        search_columns = ["number", f"customer.{CUSTOMER_NAME}", "total", "lines.text"]
        label_columns = {f"customer.{CUSTOMER_NAME}": "Company", "text": "What"}
        formatters_columns = {"number": badge({"A": ("success", "Alpha")})}
        related_lists = (
            RelatedList("lines", "Lines", ("text", "amount")),
            RelatedList("lines", "None", ("text",), condition=lambda: HostInvoiceLine.id < 0),
        )

    class Tickets(PortalModelView):
        """Own records, and a query that forgets to ask super()."""

        datamodel = SQLAInterface(HostTicket)
        list_columns = ["subject"]
        contact_column = "contact_id"
        page_size = 5

        def query(self) -> Any:
            """Not scoped, but for us."""
            from sqlalchemy import select

            return select(HostTicket).where(HostTicket.subject != "draft")

    contacts = Contacts()
    contacts.add_module(PortalModule("invoices", "Invoices", view=Invoices))
    contacts.add_module(PortalModule("support", "Support", view=Tickets, own_records=True))
    contacts.add_module(PortalModule("visits", "Visits", view="shop.visits"))
    contacts.add_portal_blueprint(shop)
    app = Flask("own")
    database: Path = tmp_path_factory.mktemp("own") / "own.db"
    app.config.from_mapping(
        SECRET_KEY="a secret key for tests only",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}",
        TESTING=True,
        MAIL_DEFAULT_SENDER="host@example.com",
        CONTACTS_BASE_URL="http://localhost",
        CONTACTS_PORTAL_PREFIX="/my/clients/",
        CONTACTS_MAIL_DELIVERY="manual",
    )
    shop.url_prefix = "/shop"
    db.init_app(app)
    Mail(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        customers.add_customer_views(appbuilder)
        contacts.init_app(app, appbuilder, customer_view=customers.CUSTOMER_VIEW)
        app.register_blueprint(away)
        Model.metadata.create_all(db.engine)
    return app


@pytest.fixture
def visitor(own_app: Flask) -> Callable[..., FlaskClient]:
    """``visitor(**fields)`` is a browser with a new contact of a new customer."""
    from tests.host_app import db

    def sign_in(customer: Any = None, **fields: object) -> FlaskClient:
        with own_app.app_context():
            customer = customer or add_customer(db.session)
            contact = make_contact(db.session, customer, **fields)
            email = contact.email
        browser = own_app.test_client()
        assert portal_sign_in(browser, email).status_code == 303
        return browser

    return sign_in


def test_a_hosts_page_is_a_portal_page(own_app: Flask, visitor: Callable[..., FlaskClient]) -> None:
    """Under the prefix, with the contact, the frame and the headers."""
    browser = visitor(permissions=["invoices"], firstname="Grace", lastname="Hopper")
    response = browser.get("/my/clients/shop/")
    assert "for Grace Hopper of" in response.text
    assert 'href="/my/clients/invoices/"' in response.text
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    with own_app.test_request_context():
        assert url_for("contacts_portal.shop.catalogue") == "/my/clients/shop/"


def test_a_module_may_be_a_page_of_the_host(visitor: Callable[..., FlaskClient]) -> None:
    """In the navigation and on the dashboard for who holds its permission, 403 for others."""
    browser = visitor(permissions=["visits"])
    assert browser.get("/my/clients/").text.count('href="/my/clients/shop/visits"') == 2
    page = browser.get("/my/clients/shop/visits")
    assert 'href="/my/clients/shop/visits" aria-current="page"' in page.text
    other = visitor(permissions=["invoices"])
    assert "shop/visits" not in other.get("/my/clients/").text
    assert other.get("/my/clients/shop/visits").status_code == 403


def test_a_hosts_page_asks_who_comes(own_app: Flask, visitor: Callable[..., FlaskClient]) -> None:
    """Not signed in: the sign-in page, and back; without the permission: 403; 404 as ours."""
    response = own_app.test_client().get("/my/clients/shop/?x=1")
    assert response.location == "/my/clients/sign-in?next=/my/clients/shop/?x%3D1"
    browser = visitor(permissions=[])
    assert browser.get("/my/clients/shop/").status_code == 403
    missing = browser.get("/my/clients/shop/missing")
    assert missing.status_code == 404
    assert "portal.css" in missing.text


def test_a_hosts_form_needs_its_token(visitor: Callable[..., FlaskClient]) -> None:
    """The check is ours, so a host cannot forget it; the notice is shown once."""
    changes.clear()
    browser = visitor(firstname="Grace", lastname="Hopper")
    assert browser.post("/my/clients/shop/order").status_code == 400
    assert not changes
    token = csrf_token(browser, "/my/clients/")
    assert browser.post("/my/clients/shop/order", data={"csrf_token": token}).status_code == 200
    assert changes == ["Grace Hopper"]
    assert "Your order is on its way." in browser.get("/my/clients/").text
    assert "Your order is on its way." not in browser.get("/my/clients/").text


def test_outside_nobody_is_a_contact(own_app: Flask, visitor: Callable[..., FlaskClient]) -> None:
    """A page that is not registered in the portal knows no contact; the guard says so."""
    browser = visitor()
    assert browser.get("/whoami").text.startswith("False")
    with pytest.raises(ConfigError, match="add_portal_blueprint"):
        browser.get("/away")


def test_columns_may_go_through_relationships(
    own_app: Flask, visitor: Callable[..., FlaskClient]
) -> None:
    """Shown, searched and loaded with the rows; formatters and related lists as configured."""
    from tests.host_app import HostInvoice, HostInvoiceLine, db

    with own_app.app_context():
        customer = add_customer(db.session, company="Zephyr Works")
        lines = [HostInvoiceLine(text="a <b>lamp</b>", amount="2.50")]
        invoice = HostInvoice(
            number="A",
            issued_on=__import__("datetime").date(2026, 1, 1),
            total=7,
            lines=lines,
            customer_id=customer.id,
        )
        db.session.add(invoice)
        db.session.commit()
        key = customer.id
        pk = invoice.id
    browser = visitor(key, permissions=["invoices"])
    for q in ("zephyr", "lamp", "7", "A zephyr LAMP"):
        page = browser.get("/my/clients/invoices/", query_string={"q": q})
        assert "Alpha" in page.text, q
        assert "Company" in page.text
    assert "Nothing found" in browser.get("/my/clients/invoices/?q=lamps").text
    record = browser.get(f"/my/clients/invoices/{pk}").text
    assert "a &lt;b&gt;lamp&lt;/b&gt;" in record
    assert "2.50" in record
    assert "What" in record
    assert "None yet." in record


def test_own_records_and_a_careless_query_stay_scoped(
    own_app: Flask, visitor: Callable[..., FlaskClient]
) -> None:
    """What query() returns is scoped, even where the host forgot super(); P4 on top."""
    from tests.host_app import HostTicket, db

    with own_app.app_context():
        ours, theirs = add_customer(db.session), add_customer(db.session)
        primary = make_contact(db.session, ours, permissions=["support"])
        second = make_contact(db.session, ours, permissions=["support"])
        for customer, contact, subject in (
            (ours, primary, "of the primary"),
            (ours, second, "of the second"),
            (ours, second, "draft"),
            (theirs, None, "of strangers"),
        ):
            contact_id = contact.id if contact else None
            ticket = HostTicket(subject=subject, customer_id=customer.id, contact_id=contact_id)
            db.session.add(ticket)
        db.session.commit()
        emails = primary.email, second.email
    seen = []
    for email in emails:
        browser = own_app.test_client()
        portal_sign_in(browser, email)
        text = browser.get("/my/clients/support/").text
        seen.append(
            [s for s in ("of the primary", "of the second", "draft", "of strangers") if s in text]
        )
        assert browser.get("/my/clients/support/1").status_code == 404  # no detail page
    assert seen == [["of the primary", "of the second"], ["of the second"]]


@pytest.mark.parametrize(
    ("attributes", "named"),
    [
        ({"list_columns": ["nmber"]}, "nmber"),
        ({"show_columns": ["customer.nme"]}, "nme"),
        ({"search_columns": ["customer"]}, "customer"),
        ({"order_columns": [f"customer.{CUSTOMER_NAME}"]}, f"customer.{CUSTOMER_NAME}"),
        ({"base_order": ("nothing", "asc")}, "nothing"),
        ({"customer_column": "client_id"}, "client_id"),
        ({"related_lists": (RelatedList("rows", "Rows", ("text",)),)}, "rows"),
    ],
)
def test_a_slip_in_a_view_shows_at_start(attributes: dict[str, Any], named: str) -> None:
    """A column that is none is told to the developer, not to the first visitor."""
    from tests.host_app import HostInvoice

    view = type("Slip", (PortalModelView,), {"datamodel": SQLAInterface(HostInvoice), **attributes})
    with pytest.raises(ConfigError, match=named):
        view(PortalModule("invoices", "Invoices", view=view))


def test_where_the_customers_key_is() -> None:
    """Who set no customer_column is told to; who set a wrong one, to correct it. The lines of the
    README and of the how-to do."""

    class Base(DeclarativeBase):
        pass

    class Invoice(Base):
        __tablename__ = "invoices_of_companies"
        id: Mapped[int] = mapped_column(primary_key=True)
        company_id: Mapped[int]

    def start(view: type[PortalModelView]) -> None:
        view(PortalModule("invoices", "Invoices", view=view))

    unset = type("Pages", (PortalModelView,), {"datamodel": SQLAInterface(Invoice)})
    with pytest.raises(ConfigError, match=r"'customer_id'.*Set customer_column"):
        start(unset)
    with pytest.raises(ConfigError, match=r"'company'.*Correct the name"):
        start(type("Pages", (unset,), {"customer_column": "company"}))
    for page in ("README.md", "docs/howto/own-customers.md"):
        blocks = re.findall(
            r"```python\n(.*?)```", (Path(__file__).parents[2] / page).read_text("utf-8"), re.DOTALL
        )
        [example] = [block for block in blocks if "customer_column" in block]
        names = {"Invoice": Invoice, "PortalModelView": PortalModelView}
        names["SQLAInterface"] = SQLAInterface
        exec(example, names)
        start(names["InvoicePages"])


def test_own_records_need_an_owner() -> None:
    """A module with own records and a view that does not say whose is refused at start."""
    from tests.host_app import HostInvoice

    view = type("Slip", (PortalModelView,), {"datamodel": SQLAInterface(HostInvoice)})
    with pytest.raises(ConfigError, match="contact_column"):
        view(PortalModule("invoices", "Invoices", view=view, own_records=True))
