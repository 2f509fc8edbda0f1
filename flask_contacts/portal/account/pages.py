"""What the pages of "My account" share: who is here, the frame, the answer to a limit."""

from __future__ import annotations

from flask import abort, make_response, render_template
from werkzeug.wrappers import Response

from ...errors import TooManyAttempts
from ...services.accounts.sign_in import PortalVisit
from ..forms import FormErrors, too_many_attempts
from ..visit import current_visit


def visitor() -> PortalVisit:
    """The visit behind a page that is guarded by ``portal_page`` already."""
    visit = current_visit()
    if visit is None:
        abort(404)
    return visit


def account_page(name: str, errors: FormErrors | None = None, **context: object) -> Response:
    """The page ``account_<name>.html``; 422 where something typed could not be taken."""
    template = f"flask_contacts/portal/account_{name}.html"
    page = render_template(template, errors=errors or {}, **context)
    return make_response(page, 422 if errors else 200)


def wait(error: TooManyAttempts) -> FormErrors:
    """What a form says when a limit is reached; see :func:`limited`."""
    return {"": [too_many_attempts(error.retry_after)]}


def limited(response: Response, error: TooManyAttempts) -> Response:
    """Say to programs too how long to wait."""
    response.status_code = 429
    response.headers["Retry-After"] = str(error.retry_after)
    return response
