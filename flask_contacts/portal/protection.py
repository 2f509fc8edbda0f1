"""What protects every portal page: the CSRF check and the security headers."""

from __future__ import annotations

import secrets
from typing import cast

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import generate_csrf, validate_csrf
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest
from wtforms import ValidationError

from .. import links
from ..config import setting
from ..mail import marketing_links
from .visit import BLUEPRINT, inside_portal

#: The methods that change nothing.
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
_LONGEST_OPEN = 30 * 24 * 3600  # seconds
_NONCE = "flask_contacts.portal_nonce"
#: The pages below the prefix that a link in a mail opens without a sign-in.
_FOOT_LINKS = ("email-notifications/", f"{marketing_links.PATH}/")
_ONE_CLICK = {f"{BLUEPRINT}.linked_topics", f"{BLUEPRINT}.linked_marketing_list"}


class FormRefused(BadRequest):
    """A form came without the token of our page: an old page, no cookies, or a forgery.

    ``is_ours``: it is our own page in this very browser, open for too long.
    """

    is_ours = False


def check_form_token() -> None:
    """Refuse an unsafe request without its token, whatever ``WTF_CSRF_ENABLED`` says.

    A token lives as long as an idle session, so that a page left open still works.
    Raises :class:`FormRefused`.
    """
    if request.method in SAFE_METHODS or is_one_click():
        return
    token = request.form.get(token_field()) or request.headers.get("X-CSRFToken")
    try:
        validate_csrf(token, time_limit=setting("SESSION_IDLE_SECONDS"))
    except ValidationError as error:
        current_app.logger.info("Portal form refused: %s", error)
        refused = FormRefused()
        refused.is_ours = _is_ours(token)
        raise refused from error


def _is_ours(token: str | None) -> bool:
    """Whether a token is this browser's, whatever its age: another site's form has none."""
    try:
        validate_csrf(token, time_limit=_LONGEST_OPEN)
    except ValidationError:
        return False
    return True


def is_one_click() -> bool:
    """Whether a mail program unsubscribes by one click (RFC 8058): a POST without our token.

    The signed address is all that it has, and all that it needs.
    """
    return (
        request.method == "POST"
        and request.endpoint in _ONE_CLICK
        and request.form.get("List-Unsubscribe") == "One-Click"
    )


def check_instead_of_host(app: Flask) -> None:
    """Leave the portal's pages out of a host's ``CSRFProtect``: they are checked here.

    It gives a form an hour, answers without our page and without the way back, and refuses
    a mail program's one click. Done before each request and before what the host has set up
    already, because a host may set up ``CSRFProtect`` before us or after.
    """
    app.before_request_funcs.setdefault(None, []).insert(0, _exempt)


def _exempt() -> None:
    csrf = current_app.extensions.get("csrf")
    if csrf is not None and BLUEPRINT in request.blueprints and request.blueprint:
        csrf.exempt(current_app.blueprints[request.blueprint])


def token_field() -> str:
    """The name of the form field that carries the token."""
    return str(current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"))


def form_token() -> str:
    """The token that forms of this page carry."""
    return cast(str, generate_csrf())


def nonce() -> str:
    """The nonce that lets an inline ``<script>`` or ``<style>`` of this page run."""
    if _NONCE not in request.environ:
        request.environ[_NONCE] = secrets.token_urlsafe(16)
    return cast(str, request.environ[_NONCE])


def add_security_headers(response: Response) -> Response:
    """Put the headers on every response of the portal, errors and redirects included."""
    if not inside_portal():
        return response
    headers = response.headers
    _keep_to_this_host(headers)
    headers["Content-Security-Policy"] = _content_security_policy()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cache-Control"] = "no-store"
    prefix = setting("PORTAL_PREFIX")
    may_hold_token = request.path.startswith(
        tuple(f"{prefix}/{path}" for path in (*links.PATHS.values(), *_FOOT_LINKS))
    )
    headers["Referrer-Policy"] = "no-referrer" if may_hold_token else "same-origin"
    return response


def _keep_to_this_host(headers: Headers) -> None:
    """Make a redirect to this site relative.

    Werkzeug's own, for a slash too few or too many, names the host that the request's
    header named, which may be anybody's.
    """
    location = headers.get("Location", "")
    if location.startswith(request.host_url):
        headers["Location"] = "/" + location.removeprefix(request.host_url).lstrip("/")


def _content_security_policy() -> str:
    # ``data:`` images are Bootstrap's own: its style sheet draws checks and arrows so.
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'nonce-{nonce()}'",
            f"style-src 'self' 'nonce-{nonce()}'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
