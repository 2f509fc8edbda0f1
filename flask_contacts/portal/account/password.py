"""My account: another password (security 6.2.x)."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ...config import setting
from ...errors import InvalidInput, NotFound, TooManyAttempts
from ...i18n import _
from ...services.accounts.own_password import FIELD, change_own_password
from ...state import current_contacts
from ..access import ask_to_sign_in, portal_page
from ..cookies import set_session_cookie
from ..forms import FormErrors
from ..notices import notify
from ..visit import BLUEPRINT
from .pages import account_page, limited, visitor, wait


@portal_page()
def password() -> Response:
    """The form, and what it posts; nothing typed here is ever shown again."""
    if request.method != "POST":
        return _form({})
    try:
        token = change_own_password(
            current_contacts.session,
            visitor(),
            request.form.get(FIELD, ""),
            request.form.get("password", ""),
            request.form.get("confirm", ""),
            request.remote_addr,
        )
    except InvalidInput as error:
        return _form(error.errors)
    except TooManyAttempts as error:
        return limited(_form(wait(error)), error)
    except NotFound:
        return ask_to_sign_in()
    notify(_("Your password is changed. Every other session has ended."))
    response = redirect(url_for(f"{BLUEPRINT}.account_password"), 303)
    set_session_cookie(response, token)
    return response


def _form(errors: FormErrors) -> Response:
    return account_page("password", errors, min_length=setting("PASSWORD_MIN_LENGTH"))
