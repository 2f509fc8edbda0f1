"""Support in the portal: tickets are opened, answered, closed and opened again.

A ticket that staff have answered waits for the customer, and says so.
"""

from __future__ import annotations

from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext as _, lazy_gettext as _l

from flask_contacts.portal import PortalAction, PortalFilter, badge, current_contact

from ..clock import now
from ..formatting import PORTAL_FORMATTERS, TONES
from ..models import Ticket, TicketMessage
from ..models.support import ANSWERED, CLOSED, OPEN, PRIORITIES, TICKET_STATUSES
from ..words import STATUSES
from ..writing import AnswerForm, TicketForm
from .shared import StudioPages

#: A ticket's status as the customer reads it.
_STATES = {**{one: STATUSES[one] for one in TICKET_STATUSES}, ANSWERED: _l("Waiting for you")}
_BADGES = {
    one: ("warning" if one == ANSWERED else TONES[one].replace("default", "secondary"), words)
    for one, words in _STATES.items()
}


def own_message(form: Any) -> TicketMessage:
    """What the contact who is signed in has written."""
    return TicketMessage(contact_id=current_contact.id, body=form.message.data, sent_at=now())


def answer(ticket: Ticket, form: AnswerForm) -> str:
    """Add the message; a ticket that was closed, also meanwhile, is open again with it."""
    was_closed = ticket.status == CLOSED
    ticket.add(own_message(form), form.files.data)
    if was_closed:
        return _("Your message has reached us, and the ticket is open again.")
    return _("Your message has reached us.")


def received(ticket: Ticket) -> str:
    """What is said when a ticket was opened: that it came, and how to ask for it."""
    return _("Your ticket %(number)s has reached us. We answer here.", number=ticket.number)


def close(ticket: Ticket, _form: None) -> str:
    """It is settled."""
    ticket.status, ticket.updated_at = CLOSED, now()
    return _("The ticket is closed. You can open it again at any time.")


def is_closed(ticket: Ticket) -> bool:
    """Whether it is settled."""
    return ticket.status == CLOSED


class SupportPages(StudioPages):
    """Tickets with their conversation."""

    datamodel = SQLAInterface(Ticket)
    show_template = "example_app/portal/ticket.html"
    formatters_columns = {**PORTAL_FORMATTERS, "status": badge(_BADGES)}
    list_columns = ["number", "subject", "priority", "updated_at", "status"]
    show_columns = ["number", "status", "priority", "assignee", "opened_at", "updated_at"]
    search_columns = ["number", "subject"]
    order_columns = ["number", "subject", "priority", "updated_at", "status"]
    base_order = ("updated_at", "desc")
    filter_columns = (
        PortalFilter("status", choices=_STATES),
        PortalFilter("priority", choices={one: STATUSES[one] for one in PRIORITIES}),
    )
    create_form = TicketForm
    create_label = _l("New ticket")
    create_message = staticmethod(received)
    actions = (
        PortalAction(
            "answer",
            _l("Answer"),
            answer,
            question=_l("What would you like to tell us?"),
            form=AnswerForm,
            icon="reply",
        ),
        PortalAction(
            "reopen",
            _l("Open again"),
            answer,
            condition=is_closed,
            question=_l("Tell us what is still open."),
            form=AnswerForm,
            icon="arrow-counterclockwise",
        ),
        PortalAction(
            "close",
            _l("Close the ticket"),
            close,
            condition=lambda ticket: not is_closed(ticket),
            question=_l("Is everything settled? You can open the ticket again at any time."),
            icon="check2-circle",
            style="outline-secondary",
        ),
    )

    def title(self, record: Ticket) -> str:
        """What it is about; the number stands below."""
        return record.subject

    def create(self, form: TicketForm) -> Ticket:
        """A ticket of the contact's customer, with its first message."""
        message = own_message(form)
        ticket = Ticket(
            customer_id=current_contact.customer_id,
            subject=form.subject.data,
            priority=form.priority.data,
            status=OPEN,
            opened_at=message.sent_at,
            updated_at=message.sent_at,
        )
        ticket.add(message, form.files.data)
        return ticket
