"""The statement in the portal: who may see invoices may see it (BEHAVIOUR P3)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template

from flask_contacts.portal import current_contact, portal_page

from ..database import db
from ..downloads import as_download
from ..figures import chart_of
from ..pdf.papers import entry_text
from ..sendable import statement_document
from ..statement import Statement
from ..statement_period import PeriodForm, asked_statement, presets
from .charts import statement_chart

blueprint = Blueprint("statement", __name__, url_prefix="/portal/statement")


@blueprint.get("/")
@portal_page("invoices")
def page() -> Any:
    """The statement of a period, of the contact's own customer."""
    form, statement = _asked()
    chart = chart_of(statement) if statement is not None else None
    html = render_template(
        "example_app/portal/statement.html",
        form=form,
        presets=presets(form),
        statement=statement,
        chart=chart,
        drawing=statement_chart(chart) if chart is not None else None,
        entry_text=entry_text,
    )
    return html, 422 if form.errors else 200


@blueprint.get("/pdf")
@portal_page("invoices")
def pdf() -> Response:
    """The same as a file."""
    _form, statement = _asked()
    if statement is None:
        abort(404)
    return as_download(statement_document(statement))


def _asked() -> tuple[PeriodForm, Statement | None]:
    """Of the contact's own customer; 404 for a contact who belongs to none yet."""
    if current_contact.customer_id is None:
        abort(404)
    return asked_statement(db.session, current_contact.customer)
