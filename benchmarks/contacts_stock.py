"""The same pages as Flask-AppBuilder makes them of two ModelViews, with nothing of ours."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder import AppBuilder, ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface

from flask_contacts.models import Contact, Customer
from tests.host_app import db

_COLUMNS = ["firstname", "lastname", "customer", "position", "email", "phone", "last_signed_in_at"]
_TYPED = ["firstname", "lastname", "position", "email", "phone", "customer"]

#: FAB numbers the filters of a text column; this one is "Equal to".
_EQUALS = 3
#: A page with a menu and nothing else: what the frame alone costs.
FIRST_PAGE = "Flask-AppBuilder's first page"


class StockContacts(ModelView):
    """Contacts, as the documentation of Flask-AppBuilder begins."""

    datamodel = SQLAInterface(Contact)
    route_base = "/stock-contacts"
    list_columns = _COLUMNS
    add_columns = edit_columns = search_columns = _TYPED
    page_size = 25


class StockCustomers(ModelView):
    """Customers with their contacts as a related list."""

    datamodel = SQLAInterface(Customer)
    route_base = "/stock-customers"
    related_views = [StockContacts]
    list_columns = show_columns = ["company", "phone", "city", "country"]
    search_columns = ["company"]


def stock_pages(contacts: int, address: str) -> dict[str, str]:
    """By the name of a page of ours: the address of Flask-AppBuilder's page for the same."""
    middle = contacts // 2
    contact_list = "/stock-contacts/list/"
    return {
        "list, page 1": contact_list,
        f"list at row {middle}": f"{contact_list}?page_StockContacts={middle // 25}",
        "search, exact e-mail": f"{contact_list}?_flt_{_EQUALS}_email={address}",
        "customer page with tab": "/stock-customers/show/77",
        "New Contact": "/stock-contacts/add",
        FIRST_PAGE: "/",
    }


def stock_app(url: str) -> Flask:
    """An application with both views on the database at ``url``."""
    app = Flask("stock")
    app.config.from_mapping(SECRET_KEY="a secret key for measuring", SQLALCHEMY_DATABASE_URI=url)
    db.init_app(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        appbuilder.add_view(StockContacts, "Stock contacts", category="CRM")
        appbuilder.add_view(StockCustomers, "Stock customers", category="CRM")
    return app
