"""Sales: estimates, proposals, contracts."""

from __future__ import annotations

from flask_appbuilder.fieldwidgets import BS3TextFieldWidget
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Email, Length, Optional

from flask_contacts.models import Contact

from ..customer_field import CustomerField, CustomerOrLeadField
from ..models import Contract, Estimate, Proposal
from ..models.agreements import CONTRACT_STATUSES, ESTIMATE_STATUSES, PROPOSAL_STATUSES
from ..sendable import contract_document, estimate_document, proposal_document
from .base import PaperView
from .fields import RelatedField, amount, choice, day


class EstimateView(PaperView):
    """Sales → Estimates."""

    datamodel = SQLAInterface(Estimate)
    make_document = estimate_document
    list_title = _l("Estimates")
    show_title = _l("Estimate")
    add_title = _l("New Estimate")
    edit_title = _l("Edit Estimate")
    list_columns = ["number", "customer", "title", "status", "issued_on", "valid_until", "total"]
    order_columns = ["number", "title", "status", "issued_on", "valid_until", "total"]
    show_columns = [
        *("number", "customer", "title", "status", "mailed_at", "issued_on", "valid_until"),
        *("total", "scope"),
    ]
    add_columns = [
        *("customer", "number", "title", "status", "issued_on", "valid_until", "total", "scope"),
    ]
    search_columns = ["number", "title", "status"]
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), ESTIMATE_STATUSES),
        "issued_on": day(_l("Date")),
        "valid_until": day(_l("Valid until"), later=30),
        "total": amount(_l("Total")),
    }


class ProposalView(PaperView):
    """Sales → Proposals, to customers and to leads (BEHAVIOUR N9)."""

    datamodel = SQLAInterface(Proposal)
    make_document = proposal_document
    list_title = _l("Proposals")
    show_title = _l("Proposal")
    add_title = _l("New Proposal")
    edit_title = _l("Edit Proposal")
    list_columns = ["number", "addressee", "subject", "status", "sent_on", "open_till", "total"]
    order_columns = ["number", "subject", "status", "sent_on", "open_till", "total"]
    show_columns = [
        *("number", "addressee", "contact", "lead_email", "subject", "status", "mailed_at"),
        *("sent_on", "open_till", "total", "summary"),
    ]
    add_columns = [
        *("customer", "contact", "lead_name", "lead_email", "number", "subject", "status"),
        *("sent_on", "open_till", "total", "summary"),
    ]
    edit_columns = [
        *("contact", "number", "subject", "status", "sent_on", "open_till", "total", "summary"),
    ]
    search_columns = ["number", "subject", "status", "lead_name", "lead_email"]
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
        "status": choice(_l("Status"), PROPOSAL_STATUSES),
        "sent_on": day(_l("Date")),
        "open_till": day(_l("Open till"), later=30),
        "total": amount(_l("Total")),
    }


class ContractView(PaperView):
    """Sales → Contracts."""

    datamodel = SQLAInterface(Contract)
    make_document = contract_document
    list_title = _l("Contracts")
    show_title = _l("Contract")
    add_title = _l("New Contract")
    edit_title = _l("Edit Contract")
    list_columns = ["number", "customer", "subject", "status", "starts_on", "ends_on", "value"]
    order_columns = ["number", "subject", "status", "starts_on", "ends_on", "value"]
    show_columns = [
        *("number", "customer", "subject", "status", "mailed_at", "starts_on", "ends_on"),
        *("signed_on", "value", "terms"),
    ]
    add_columns = [
        *("customer", "number", "subject", "status", "starts_on", "ends_on", "signed_on"),
        *("value", "terms"),
    ]
    search_columns = ["number", "subject", "status"]
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), CONTRACT_STATUSES),
        "starts_on": day(_l("Start")),
        "value": amount(_l("Value")),
    }
