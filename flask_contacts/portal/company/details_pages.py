"""The company's own details: seen by its contacts, edited by the primary one (BEHAVIOUR P5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...errors import InvalidInput
from ...i18n import _
from ...registry import CompanyField
from ...services.company import details as service
from ...services.company.fields import longest
from ...services.company.rights import is_primary
from ...services.field_checks import is_web_address
from ...state import current_contacts
from ..access import portal_page
from ..account.pages import visitor
from ..form_owner import typed_fields
from ..forms import FormErrors
from ..notices import notify
from ..records.formatters import as_text
from ..visit import BLUEPRINT
from .colleague_access import asker, permitted

#: Before a field's name: the mark of what the page had shown of it.
WAS = "was."


@dataclass(frozen=True)
class Fact:
    """A field that is only shown; ``link`` where it is an address of the web."""

    label: Any
    text: str
    link: str | None


@dataclass(frozen=True)
class Entry:
    """A field of the form; ``longest`` in characters."""

    field: CompanyField
    value: str
    mark: str
    longest: int


@portal_page()
def company_details() -> Response:
    """What there is to see; for the primary contact the form, and what it posts."""
    contact = visitor().contact
    if contact.customer_id is None:
        abort(404)
    may_edit = is_primary(contact) and bool(service.editable_fields())
    if request.method == "POST":
        return _save() if may_edit else abort(403)
    if not may_edit:
        return _page(None, {}, {})
    values = service.present_values(contact.customer)
    return _page(values, service.marks_of(values), {})


def _save() -> Response:
    typed = typed_fields()
    marks = {name.removeprefix(WAS): typed.pop(name) for name in list(typed) if name[:4] == WAS}
    try:
        changes = permitted(
            lambda: service.edit_company(current_contacts.session, asker(), typed, marks)
        )
    except InvalidInput as error:
        return _page(typed, marks, error.errors)
    except service.ChangedMeanwhile as error:
        return _clash(typed, marks, error)
    notify(_("The company's details are saved.") if changes else _("Nothing was changed."))
    return redirect(url_for(f"{BLUEPRINT}.company_details"), 303)


def _clash(
    typed: dict[str, str], marks: dict[str, str], error: service.ChangedMeanwhile
) -> Response:
    """What was typed stays; a field that was not touched shows what it holds by now."""
    untouched = {name for name, mark in service.marks_of(typed).items() if mark == marks[name]}
    messages: FormErrors = {
        name: [
            _("Somebody else has changed this meanwhile.")
            if name in untouched
            else _("Somebody else has changed this meanwhile, to: %(now)s", now=now or "–")
        ]
        for name, now in error.now.items()
    }
    values = {name: error.now[name] if name in untouched & set(error.now) else text
              for name, text in typed.items()}  # fmt: skip
    present = service.marks_of(service.present_values(visitor().contact.customer))
    return _page(values, present, messages, status=409)


def _page(
    values: dict[str, str] | None, marks: dict[str, str], errors: FormErrors, status: int = 422
) -> Response:
    """With ``values`` the form, with None the page to read."""
    customer = visitor().contact.customer
    fields = service.company_fields()
    page = render_template(
        "flask_contacts/portal/company_details.html",
        facts=[_fact(field, customer) for field in fields if field.read_only or values is None],
        entries=[
            Entry(field, values.get(field.name, ""), marks.get(field.name, ""), longest(field))
            for field in fields
            if values is not None and not field.read_only
        ],
        changed_meanwhile=bool(errors) and status == 409,
        errors=errors,
    )
    return make_response(page, status if errors else 200)


def _fact(field: CompanyField, customer: Any) -> Fact:
    value = getattr(customer, field.name)
    is_link = field.kind == "url" and isinstance(value, str) and is_web_address(value)
    return Fact(field.label, as_text(value), value if is_link else None)
