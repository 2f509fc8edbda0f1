"""Contracts in the portal: read, printed, and signed with a typed name."""

from __future__ import annotations

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import BooleanField, Form, HiddenField
from wtforms.validators import InputRequired

from flask_contacts.portal import PortalAction, PortalRefused, current_contact

from ..answer_mails import tell_of_signature
from ..database import db
from ..models import Contract
from ..models.contracts import CONTRACT_STATUSES
from ..sendable import contract_document
from .answers import name_field, own_hand
from .shared import PaperPages, by_status, pdf_of


class SignForm(Form):
    """The name under the contract, the consent, and which words the page has shown."""

    name = name_field()
    agreed = BooleanField(
        _l("I have read this contract and I agree to it for my company."),
        validators=[InputRequired(_l("Tick this if you agree."))],
    )
    fingerprint = HiddenField()


def sign(contract: Contract, form: SignForm) -> str:
    """Sign the words that the contact has read, and tell the studio.

    Whoever signs has seen a page with the words' fingerprint. Where staff changed the words
    in the meantime, nothing is signed: they have to be read first.
    """
    if form.fingerprint.data != contract.fingerprint:
        raise PortalRefused(
            _("The contract was changed after you opened it. Read it again before you sign it.")
        )
    contract.sign(own_hand(form.name.data))
    db.session.flush()
    tell_of_signature(db.session, contract, current_contact)
    return _("Thank you: %(number)s is signed.", number=contract.number)


class ContractPages(PaperPages):
    """Contracts."""

    datamodel = SQLAInterface(Contract)
    show_template = "example_app/portal/contract.html"
    list_columns = ["number", "subject", "starts_on", "ends_on", "value", "status"]
    show_columns = ["number", "subject", "status", "starts_on", "ends_on", "value"]
    search_columns = ["number", "subject"]
    filter_columns = (by_status("status", CONTRACT_STATUSES), "starts_on")
    order_columns = ["number", "subject", "starts_on", "ends_on", "value", "status"]
    base_order = ("starts_on", "desc")
    files = (pdf_of(contract_document),)
    actions = (
        PortalAction(
            "sign",
            _l("Sign"),
            sign,
            condition=lambda contract: contract.is_to_sign,
            form=SignForm,
            icon="pen",
            template="example_app/portal/sign.html",
        ),
    )
