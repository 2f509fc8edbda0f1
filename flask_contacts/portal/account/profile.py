"""My account: the contact's own profile at the present company (BEHAVIOUR P5)."""

from __future__ import annotations

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from ...errors import InvalidInput, NotFound
from ...i18n import _, available_languages
from ...models import Contact
from ...services.accounts.own_profile import OWN_FIELDS, edit_own_profile
from ...services.contacts.values import PREFERENCES
from ...services.timezones import timezones
from ...state import current_contacts
from ..access import ask_to_sign_in, portal_page
from ..form_owner import typed_fields
from ..forms import FormErrors
from ..language import languages
from ..notices import notify
from ..visit import BLUEPRINT
from .pages import account_page, visitor


@portal_page()
def profile() -> Response:
    """The form, and what it posts."""
    contact = visitor().contact
    if request.method != "POST":
        return _form(_values(contact), {})
    typed = typed_fields()
    try:
        edit_own_profile(current_contacts.session, contact.id, typed, request.remote_addr)
    except InvalidInput as error:
        return _form(typed, error.errors)
    except NotFound:
        return ask_to_sign_in()
    notify(_("Your profile is saved."))
    return redirect(url_for(f"{BLUEPRINT}.account"), 303)


def _form(values: dict[str, str], errors: FormErrors) -> Response:
    zone, language = values.get("timezone", ""), values.get("language", "")
    known = timezones()
    offered = [(one.code, one.name) for one in languages()]
    if not offered and language in available_languages(current_app):
        offered = [(language, language)]
    return account_page(
        "profile",
        errors,
        values=values,
        preferences=PREFERENCES,
        languages=offered,
        timezones=known if not zone or zone in known else (zone, *known),
    )


def _values(contact: Contact) -> dict[str, str]:
    found = {name: getattr(contact, name) for name in OWN_FIELDS}
    return {name: "" if value is None else str(value) for name, value in found.items()}
