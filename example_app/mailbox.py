"""``/mailbox/``: what the demo's mail server caught, for whoever follows the story.

It belongs to the example. Nobody signs in to it, because it takes the place of many
people's inboxes, and the demo listens on this computer only.
"""

from __future__ import annotations

import re
from io import BytesIO

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    render_template,
    send_file,
)

from . import formatting
from .mail_store import CaughtMail, MailStore

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")

SANDBOX = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
"""What a mail may do: its links open when they are clicked. No scripts, no forms, no origin."""

MAIL_POLICY = (
    f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'"
)
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


@blueprint.after_request
def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/")
def inbox() -> str:
    """The newest mails."""
    return render_template(
        "example_app/mailbox.html", mails=_store().newest(), moment=formatting.utc_moment
    )


@blueprint.get("/newest")
def newest() -> Response:
    """The newest mail's number, so that the page knows when to look again."""
    mails = _store().newest(1)
    return jsonify(number=mails[0].number if mails else 0)


@blueprint.get("/<int:number>")
def mail(number: int) -> str:
    """One mail: its headers, its HTML in a frame of its own, its text."""
    return render_template("example_app/mail.html", mail=_mail(number), sandbox=SANDBOX)


@blueprint.get("/<int:number>/html")
def html(number: int) -> Response:
    """The HTML of a mail, as untrusted as that of any mail."""
    content = _mail(number).html
    if content is None:
        abort(404)
    base = '<base target="_top">'
    place = _HEAD.search(content)
    end = place.end() if place else 0
    response = make_response(content[:end] + base + content[end:])
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@blueprint.get("/<int:number>/file/<int:place>")
def file(number: int, place: int) -> Response:
    """An attachment of a mail, to be saved: nothing that somebody mailed is opened here."""
    files = _mail(number).files
    if place >= len(files):
        abort(404)
    return send_file(
        BytesIO(files[place].content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=files[place].name,
    )


def _store() -> MailStore:
    return MailStore(current_app.config["EXAMPLE_MAILBOX"])


def _mail(number: int) -> CaughtMail:
    mail = _store().get(number) if number < 2**63 else None
    if mail is None:
        abort(404)
    return mail
