"""Friendly pages for what cannot be shown, each with a way home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException, NotFound, ServiceUnavailable

from ..errors import DatabaseBusy
from ..i18n import _
from ..later import later
from .language import forget_link
from .protection import FormRefused
from .visit import BLUEPRINT, forget_visit

if TYPE_CHECKING:
    from . import form_owner, forms, typed_text as portal_typed_text
else:
    form_owner = later("portal.form_owner")
    forms = later("portal.forms")
    portal_typed_text = later("portal.typed_text")


def show_error(error: HTTPException) -> Response | HTTPException:
    """The page for an HTTP error in the portal; redirects and ready responses pass."""
    code = error.code or 500
    if error.response is not None or code < 400:
        return error
    if code >= 500:
        forget_visit()
        forget_link()
    title, text = _words(error, code)
    response = make_response(
        render_template(
            "flask_contacts/portal/error.html",
            code=code,
            title=title,
            text=text,
            back_url=_page_of_form() if isinstance(error, FormRefused) else None,
            typed=_typed(error),
            home_url=url_for(f"{BLUEPRINT}.dashboard"),
        ),
        code,
    )
    for name, value in error.get_headers():
        if name not in {"Content-Type", "Content-Length"}:
            response.headers[name] = value
    return response


def show_busy(_error: DatabaseBusy) -> Response:
    """The page where the database was locked for too long; what was asked is undone."""
    response = show_error(ServiceUnavailable())
    assert isinstance(response, Response)
    return forms.try_later(response)


def not_found(**_values: object) -> Response:
    """The page of every address under the prefix that is nothing."""
    raise NotFound


def _typed(error: HTTPException) -> list[tuple[str, str]]:
    """What stood in a form of ours; nothing of what another site may have sent."""
    if isinstance(error, form_owner.FormOfAnother):
        return error.typed
    return (
        portal_typed_text.typed_text() if isinstance(error, FormRefused) and error.is_ours else []
    )


def _words(error: HTTPException, code: int) -> tuple[str, str]:
    if isinstance(error, FormRefused):
        return (
            _("This form could not be accepted"),
            _(
                "It was open for too long, or your browser blocks cookies. "
                "Nothing was changed. Please go back and try again."
            ),
        )
    if isinstance(error, form_owner.FormOfAnother):
        return (
            _("This form was opened for another company"),
            _(
                "You have changed the company since you opened it. Nothing was saved. "
                "Change back to the other company, and send it from there."
            ),
        )
    words = {
        403: (_("No access"), _("Your account cannot open this page.")),
        404: (
            _("Page not found"),
            _("There is nothing at this address, or it is not yours to see."),
        ),
        405: (_("That is not possible here"), _("This address does not do what was asked.")),
        413: (_("That was too much"), _("What was sent is larger than this page accepts.")),
        429: (_("Too many attempts"), _("Please wait a while and try again.")),
        500: (
            _("Something went wrong"),
            _("The fault is ours, and it has been recorded. Please try again later."),
        ),
        503: (_("One moment, please"), forms.too_busy()),
    }
    if code in words:
        return words[code]
    return words[500] if code > 500 else (_("That did not work"), _("Please try again."))


def _page_of_form() -> str | None:
    """Where the refused form can be opened again, if its address shows it."""
    rule = request.url_rule
    if rule is None or "GET" not in (rule.methods or ()) or request.endpoint is None:
        return None
    return url_for(request.endpoint, **(request.view_args or {}))
