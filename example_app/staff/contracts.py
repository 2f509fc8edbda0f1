"""Sales: contracts and their signatures."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext, lazy_gettext as _l
from markupsafe import Markup
from wtforms import Field, ValidationError

from ..customer_field import CustomerField
from ..database import db
from ..formatting import STAFF_FORMATTERS, utc_moment
from ..models import Contract, ContractSignature
from ..models.contracts import CONTRACT_STATUSES, SIGNED_STATUSES
from ..sendable import contract_document
from .fields import amount, choice, day
from .next_steps import NextStep, SteppingView


def only_signed_statuses(form: Any, field: Field) -> None:
    """For a contract's status: what is signed is no draft and waits for no signature."""
    contract = db.session.get(Contract, getattr(form, "_id", None) or 0)
    if contract is not None and contract.is_agreed and field.data not in SIGNED_STATUSES:
        raise ValidationError(gettext("The customer has signed it."))


def signature_shown(signature: ContractSignature | None) -> Markup | str:
    """Who signed, when and from where, and whether the words are still those."""
    if signature is None:
        return ""
    fits = signature.contract.still_fits
    verdict = gettext("The words are those that were signed.")
    if not fits:
        verdict = gettext("The words are not those that were signed.")
    return Markup(
        '<strong>{}</strong>, {}<br>{}<br><code class="studio-hash">SHA-256 {}</code><br>'
        '<span class="label label-{}">{}</span>'
    ).format(
        signature.name,
        signature.company,
        gettext(
            "%(moment)s UTC, from the address %(address)s",
            moment=utc_moment(signature.signed_at),
            address=signature.address or "–",
        ),
        signature.sha256,
        "success" if fits else "danger",
        verdict,
    )


class ContractView(SteppingView):
    """Sales → Contracts. A signed one keeps its words; a new version can follow it."""

    datamodel = SQLAInterface(Contract)
    make_document = contract_document
    why_locked = _l(
        "The customer has signed this, so it stays as it is. Make a new version to change it."
    )
    also_locked = ("signed_on",)
    list_title = _l("Contracts")
    show_title = _l("Contract")
    add_title = _l("New Contract")
    edit_title = _l("Edit Contract")
    list_columns = ["number", "customer", "subject", "status", "signed", "ends_on", "value"]
    order_columns = ["number", "subject", "status", "ends_on", "value"]
    show_columns = [
        *("number", "customer", "subject", "status", "mailed_at", "starts_on", "ends_on"),
        *("value", "terms", "signed_on", "signature", "replaces", "replacement"),
    ]
    add_columns = [
        *("customer", "number", "subject", "status", "starts_on", "ends_on", "signed_on"),
        *("value", "terms"),
    ]
    search_columns = ["number", "subject", "status", "signed_on"]
    search_form_extra_fields = {"status": choice(_l("Status"), CONTRACT_STATUSES)}
    formatters_columns = {**STAFF_FORMATTERS, "signature": signature_shown}
    add_form_extra_fields = {
        "customer": CustomerField(),
        "status": choice(_l("Status"), CONTRACT_STATUSES, [only_signed_statuses]),
        "starts_on": day(_l("Start")),
        "value": amount(_l("Value")),
    }

    def next_step(self, record: Contract) -> NextStep | None:
        """What was signed can be followed by another version, once."""
        if not record.is_agreed or record.replacement is not None:
            return None
        return NextStep(_l("Make a new version"), "make_version", "fa-copy")

    @expose("/make-version/<pk>", methods=("POST",))
    @has_access
    def make_version(self, pk: str) -> Response:
        """A draft with the same words, opened for staff to change them."""
        return self.take_step(
            pk,
            Contract.new_version,
            "ContractView",
            gettext("This version is a draft. It replaces the former one when it is signed."),
        )
