"""Sales: estimates and proposals."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_appbuilder import expose
from flask_appbuilder.fieldwidgets import BS3TextFieldWidget
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext, lazy_gettext as _l
from sqlalchemy import inspect
from wtforms import StringField
from wtforms.validators import Email, Length, Optional

from flask_contacts.models import Contact

from ..clock import now
from ..customer_field import CustomerField, CustomerOrLeadField
from ..models import Estimate, Invoice, Proposal
from ..models.agreements import OFFER_STATUSES
from ..models.offers import ACCEPTED
from ..sendable import estimate_document, proposal_document
from .fields import RelatedField, amount, choice, day
from .next_steps import NextStep, SteppingView, next_number

ANSWER_COLUMNS = ("answered_by", "answered_at", "answer_address", "answer_comment")


class OfferView(SteppingView):
    """Offers and what the customer said to them.

    Staff may set any status: another one than was answered takes the answer back.
    """

    why_locked = _l(
        "The customer has accepted this, so it stays as it is. With the status Sent it can be "
        "changed, and the customer has to answer again."
    )
    search_form_extra_fields = {
        "state": choice(_l("Status"), OFFER_STATUSES),
        "answered_at": day(_l("Answered on")),
    }

    def stays_agreed(self, record: Any, status: str) -> bool:
        """Only for as long as it is accepted."""
        return bool(record.is_agreed) and status == ACCEPTED

    def pre_update(self, item: Any) -> None:
        """What was said is not said any more when the status is another."""
        if inspect(item).attrs.status.history.has_changes():
            item.forget_answer()


class EstimateView(OfferView):
    """Sales → Estimates."""

    datamodel = SQLAInterface(Estimate)
    make_document = estimate_document
    list_title = _l("Estimates")
    show_title = _l("Estimate")
    add_title = _l("New Estimate")
    edit_title = _l("Edit Estimate")
    list_columns = ["number", "customer", "title", "state", "answered", "valid_until", "total"]
    order_columns = ["number", "title", "state", "valid_until", "total"]
    show_columns = [
        *("number", "customer", "title", "state", "mailed_at", "issued_on", "valid_until"),
        *("total", "scope", *ANSWER_COLUMNS, "invoice"),
    ]
    add_columns = [
        *("customer", "number", "title", "status", "issued_on", "valid_until", "total", "scope"),
    ]
    search_columns = ["number", "title", "state", "answered_by", "answered_at"]
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), OFFER_STATUSES),
        "issued_on": day(_l("Date")),
        "valid_until": day(_l("Valid until"), later=30),
        "total": amount(_l("Total")),
    }

    def next_step(self, record: Estimate) -> NextStep | None:
        """What was accepted can be invoiced, once."""
        if record.status != ACCEPTED or record.invoice_id is not None:
            return None
        return NextStep(_l("Make an invoice"), "make_invoice", "fa-file-text-o")

    @expose("/make-invoice/<pk>", methods=("POST",))
    @has_access
    def make_invoice(self, pk: str) -> Response:
        """A draft of an invoice about the estimate, opened for staff to finish."""
        return self.take_step(
            pk,
            lambda estimate: estimate.to_invoice(next_number(Invoice, "INV-"), now().date()),
            "InvoiceView",
            gettext("The invoice is a draft. Its one line holds the whole amount."),
        )


class ProposalView(OfferView):
    """Sales → Proposals, to customers and to leads (BEHAVIOUR N9)."""

    datamodel = SQLAInterface(Proposal)
    make_document = proposal_document
    list_title = _l("Proposals")
    show_title = _l("Proposal")
    add_title = _l("New Proposal")
    edit_title = _l("Edit Proposal")
    list_columns = ["number", "addressee", "subject", "state", "answered", "open_till", "total"]
    order_columns = ["number", "subject", "state", "open_till", "total"]
    show_columns = [
        *("number", "addressee", "contact", "lead_email", "subject", "state", "mailed_at"),
        *("sent_on", "open_till", "total", "summary", *ANSWER_COLUMNS),
    ]
    add_columns = [
        *("customer", "contact", "lead_name", "lead_email", "number", "subject", "status"),
        *("sent_on", "open_till", "total", "summary"),
    ]
    edit_columns = [
        *("contact", "number", "subject", "status", "sent_on", "open_till", "total", "summary"),
    ]
    search_columns = [
        *("number", "subject", "state", "lead_name", "lead_email", "answered_by", "answered_at"),
    ]
    add_form_extra_fields = {
        "customer": CustomerOrLeadField(),
        "contact": RelatedField(
            _l("Addressed to"),
            Proposal,
            Contact.email,
            _l("The e-mail address of a contact of this customer; else its primary contact."),
        ),
        "lead_name": StringField(
            _l("Name of the lead"),
            description=_l("For somebody who is no customer yet; then leave the customer empty."),
            validators=[Optional(), Length(max=150)],
            widget=BS3TextFieldWidget(),
        ),
        "lead_email": StringField(
            _l("E-mail of the lead"),
            validators=[Optional(), Email(), Length(max=254)],
            widget=BS3TextFieldWidget(),
        ),
        "status": choice(_l("Status"), OFFER_STATUSES),
        "sent_on": day(_l("Date")),
        "open_till": day(_l("Open till"), later=30),
        "total": amount(_l("Total")),
    }
