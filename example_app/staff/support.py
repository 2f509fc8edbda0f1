"""Support: tickets and their messages."""

from __future__ import annotations

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import lazy_gettext as _l

from ..clock import now
from ..customer_field import CustomerField
from ..models import Ticket, TicketMessage
from ..models.support import PRIORITIES, TICKET_STATUSES
from .base import StudioView
from .fields import ParentField, choice


class TicketMessageView(StudioView):
    """The conversation of a ticket."""

    datamodel = SQLAInterface(TicketMessage)
    list_title = _l("Messages")
    show_title = _l("Message")
    add_title = _l("New Message")
    edit_title = _l("Edit Message")
    list_columns = ["sent_at", "author", "body"]
    order_columns = ["sent_at", "author"]
    show_columns = ["ticket", "sent_at", "author", "body"]
    add_columns = ["ticket", "author", "body"]
    search_columns = ["author", "body"]
    base_order = ("id", "asc")
    add_form_extra_fields = {"ticket": ParentField(_l("Ticket"))}

    def pre_add(self, item: TicketMessage) -> None:
        """Staff answer, now."""
        item.sent_at = now()
        item.ticket.answer(item.sent_at, by_staff=True)


class TicketView(StudioView):
    """Support → Tickets."""

    datamodel = SQLAInterface(Ticket)
    list_title = _l("Tickets")
    show_title = _l("Ticket")
    add_title = _l("New Ticket")
    edit_title = _l("Edit Ticket")
    related_views = [TicketMessageView]
    list_columns = ["number", "customer", "subject", "priority", "status", "updated_at"]
    order_columns = ["number", "subject", "priority", "status", "updated_at"]
    show_columns = [
        *("number", "customer", "subject", "priority", "status", "opened_at", "updated_at"),
    ]
    add_columns = ["customer", "number", "subject", "priority", "status"]
    search_columns = ["number", "subject", "priority", "status"]
    base_order = ("updated_at", "desc")
    add_form_extra_fields = {
        "customer": CustomerField(),
        "priority": choice(_l("Priority"), PRIORITIES),
        "status": choice(_l("Status"), TICKET_STATUSES),
    }

    def pre_add(self, item: Ticket) -> None:
        """A ticket opens now."""
        item.opened_at = item.updated_at = now()

    def pre_update(self, item: Ticket) -> None:
        """Something happened to it."""
        item.updated_at = now()
