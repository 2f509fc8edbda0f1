"""A host that had its customers before: companies with text keys and a view of their own.

``flask --app example_app.own_customer run``, then http://127.0.0.1:5000/ (admin / admin sees
all companies, nora / nora those of the North). What flask_contacts asked of this host is
marked with the numbers 1 to 4; everything else was there before.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, current_app, g
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_mail import Mail
from flask_wtf import CSRFProtect
from sqlalchemy import Column, ForeignKey, Integer, Numeric, String
from sqlalchemy.orm import relationship

from example_app import settings
from flask_contacts import CompanyField, Contacts, PortalModule, RegistrationValues, bind_customer

db = SQLA(metadata=Model.metadata)


@bind_customer  # 1. these are the customers
class Company(Model):
    """A company; ``code`` is what the bookkeeping calls it."""

    __tablename__ = "company"
    code = Column(String(8), primary_key=True)
    name = Column(String(100), nullable=False)
    region = Column(String(20), nullable=False)
    street = Column(String(100))
    cards = relationship("Contact", back_populates="company")

    def __str__(self) -> str:
        return str(self.name)  # what mails and the portal call the company


class Contact(Model):
    """A business card that somebody left: this host's own class of that name."""

    __tablename__ = "business_card"
    id = Column(Integer, primary_key=True)
    name = Column(String(100), nullable=False)
    company_code = Column(ForeignKey(Company.code), nullable=False)
    company = relationship("Company", back_populates="cards")


class Invoice(Model):
    """An invoice of a company."""

    __tablename__ = "invoice"
    number = Column(String(20), primary_key=True)
    total = Column(Numeric(12, 2), nullable=False)
    company_code = Column(ForeignKey(Company.code), nullable=False)


class OwnRegion(BaseFilter):
    """Staff see the companies of the regions whose role they have, administrators all."""

    name = "Own region"
    arg_name = "own_region"

    def apply(self, query: Any, value: object) -> Any:
        roles = {role.name for role in g.user.roles}
        is_admin = current_app.config["AUTH_ROLE_ADMIN"] in roles
        return query if is_admin else query.filter(Company.region.in_(roles))


class CardView(ModelView):
    """Business cards: a tab that the companies had before."""

    datamodel = SQLAInterface(Contact)
    list_title = "Cards"
    list_columns = show_columns = search_columns = ["name"]
    add_columns = edit_columns = ["name", "company"]


class CompanyView(ModelView):
    """Companies, as staff have always seen them."""

    datamodel = SQLAInterface(Company)
    list_columns = ["code", "name", "region"]
    add_columns = edit_columns = show_columns = search_columns = [*list_columns, "street"]
    base_filters = [["region", OwnRegion, None]]
    related_views = [CardView]


from flask_contacts.portal import PortalModelView  # noqa: E402  after @bind_customer


class InvoicePages(PortalModelView):
    """2. What a contact sees of the invoices."""

    datamodel = SQLAInterface(Invoice)
    customer_column = "company_code"
    list_columns = show_columns = order_columns = search_columns = ["number", "total"]


def new_company(values: RegistrationValues) -> Company:
    """4. The company of who registers in the portal, once Setup → Settings allow that."""
    return Company(code=secrets.token_hex(4).upper(), name=values.company[:100], region="New")


contacts = Contacts(
    company_fields=[CompanyField("street", "Street")],  # may be edited in the portal
    register_customer=new_company,
)
contacts.add_module(PortalModule("invoices", view=InvoicePages))


def create_app() -> Flask:
    """Make the application; its data lies in the example's instance directory."""
    app = Flask(__name__)
    directory = settings.instance_directory()
    app.config.from_mapping(
        APP_NAME="Example Ltd",
        SECRET_KEY=settings.secret_key(directory),
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{directory / 'own_customers.sqlite'}",
        CONTACTS_BASE_URL="http://127.0.0.1:5000",
        MAIL_DEFAULT_SENDER="hello@example.com",
        MAIL_SUPPRESS_SEND=True,  # nobody is mailed by an example
    )
    app.config.from_prefixed_env()
    db.init_app(app)
    Mail(app)
    CSRFProtect(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        appbuilder.add_view(CompanyView, "Companies", category="Sales")
        appbuilder.add_view(CardView, "Cards", category="Sales")
        contacts.init_app(app, appbuilder, customer_view=CompanyView)  # 3. this view shows them
        db.create_all()  # or: flask contacts init-db
        if db.session.get(Company, "ACME") is None:
            add_data(appbuilder.sm)
    return app


def add_data(sm: Any) -> None:
    """Two companies, and two staff users who do not see the same."""
    db.session.add(Company(code="ACME", name="Acme Ltd", region="North", street="1 Quay"))
    db.session.add(Company(code="ZETA", name="Zeta Lda", region="South"))
    db.session.add(Invoice(number="2026-1", total=1200, company_code="ACME"))
    db.session.add(Contact(name="A card of Acme", company_code="ACME"))
    db.session.commit()
    north = sm.add_role("North")
    verbs = ("can_list", "can_show", "can_add", "can_edit")
    pairs = [(verb, view) for view in ("CompanyView", "Customer contacts") for verb in verbs]
    menu = [("menu_access", name) for name in ("Sales", "Companies", "CRM", "contacts_all")]
    for pair in (*pairs, *menu):
        known = sm.find_permission_view_menu(*pair)
        if known is not None:
            sm.add_permission_role(north, known)
    for name, role in (("admin", sm.find_role(sm.auth_role_admin)), ("nora", north)):
        sm.add_user(name, name.title(), "Example", f"{name}@example.com", role, name)
