"""A contact's answer to a ticket, in the portal."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from flask_contacts.portal import current_contact, notify, portal_page

from .clock import now
from .database import db
from .models import Ticket, TicketMessage

LONGEST = 5000

blueprint = Blueprint("answers", __name__, url_prefix="/portal/answers")


@blueprint.post("/<int(max=2147483647):pk>")
@portal_page("support")
def answer(pk: int) -> Response:
    """Add the contact's message; an answered ticket is open again."""
    wanted = select(Ticket).where(
        Ticket.id == pk, Ticket.customer_id == current_contact.customer_id
    )
    ticket = db.session.scalars(wanted).first()
    if ticket is None:
        abort(404)
    text = request.form.get("message", "").strip()[:LONGEST]
    if text:
        moment = now()
        ticket.messages.append(
            TicketMessage(
                author=current_contact.name, contact_id=current_contact.id,
                body=text, sent_at=moment,
            )
        )  # fmt: skip
        ticket.answer(moment, by_staff=False)
        db.session.commit()
        notify(gettext("Your message has reached us."), "success")
    else:
        notify(gettext("Write a message first."), "warning")
    return redirect(url_for("contacts_portal.support_show", pk=pk))
