"""A customer's statement: a tab of the profile, a page, a PDF file, and by e-mail."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, abort, render_template, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import lazy_gettext as _l

from flask_contacts.admin import send_page, visible_customer

from ..clock import now
from ..database import db
from ..downloads import as_download
from ..models import Invoice
from ..pdf.papers import entry_text
from ..sendable import statement_document
from ..statement import Statement, TooManyEntries, statement_of
from ..statement_period import PeriodForm, asked_statement
from .base import StudioView

_PERIOD = "/<customer_pk>/<start>/<end>"


class StatementTab:
    """The tab: what the customer owes today, and which period to open."""

    def __init__(self, view: StatementView, customer_pk: Any) -> None:
        self.view, self.customer_pk = view, customer_pk

    def __call__(self, **_options: Any) -> str:
        """The HTML, as Flask-AppBuilder's show page wants it."""
        tomorrow = date.fromordinal(now().date().toordinal() + 1)
        customer = visible_customer(str(self.customer_pk))
        return render_template(
            "example_app/statement_tab.html",
            form=PeriodForm(formdata=None),
            action=url_for(f"{self.view.endpoint}.show", customer_pk=self.customer_pk),
            balance=statement_of(db.session, customer, tomorrow, tomorrow).opening,
        )


class StatementView(StudioView):
    """The account of a customer: its rows are those of several tables.

    The customer is looked up through the customers' view and its base filters (S7).
    """

    datamodel = SQLAInterface(Invoice)
    list_title = _l("Statement")
    base_permissions = ("can_show", "can_send")
    method_permission_name = {"list": "show", "show": "show", "pdf": "show", "send": "send"}
    include_route_methods = {"show", "pdf", "send"}
    default_view = "show"
    list_columns = show_columns = add_columns = search_columns = order_columns = ["number"]

    def _get_view_widget(self, **options: Any) -> Any:
        return StatementTab(self, options["filters"].get_filter_value("customer"))

    @expose("/show/<customer_pk>")
    @has_access
    def show(self, customer_pk: str) -> Any:
        """The statement of a period."""
        customer = visible_customer(customer_pk)
        form, statement = asked_statement(db.session, customer)
        page = self.render_template(
            "example_app/statement.html",
            customer=customer,
            form=form,
            statement=statement,
            entry_text=entry_text,
            url=lambda route: url_for(f"{self.endpoint}.{route}", **_address(statement)),
            may_send=self.appbuilder.sm.has_access("can_send", self.class_permission_name),
        )
        return page, 422 if form.errors else 200

    @expose(f"/pdf{_PERIOD}")
    @has_access
    def pdf(self, customer_pk: str, start: str, end: str) -> Response:
        """The statement as a file."""
        return as_download(statement_document(_statement(customer_pk, start, end)))

    @expose(f"/send{_PERIOD}", methods=("GET", "POST"))
    @has_access
    def send(self, customer_pk: str, start: str, end: str) -> Any:
        """Send the statement by e-mail (BEHAVIOUR N5)."""
        statement = _statement(customer_pk, start, end)
        back = url_for(f"{self.endpoint}.show", **_address(statement))
        return send_page(self, statement_document(statement), back)


def _address(statement: Statement) -> dict[str, Any]:
    return {
        "customer_pk": statement.customer.id,
        "start": statement.starts_on.isoformat(),
        "end": statement.ends_on.isoformat(),
    }


def _statement(customer_pk: str, start: str, end: str) -> Statement:
    """The statement of an address; 404 for what cannot be one."""
    customer = visible_customer(customer_pk)
    try:
        return statement_of(
            db.session, customer, date.fromisoformat(start), date.fromisoformat(end)
        )
    except (ValueError, TooManyEntries):
        abort(404)
