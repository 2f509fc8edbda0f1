"""Support: tickets, what was written to them, and who looks after them."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext, lazy_gettext as _l

from ..clock import now
from ..conversation import Conversation, ticket_conversation
from ..customer_field import CustomerField
from ..database import db
from ..models import Ticket, TicketAttachment, TicketMessage
from ..models.support import CLOSED, PRIORITIES, TICKET_STATUSES
from ..writing import StaffAnswerForm
from .fields import choice
from .talk import TalkView


class TicketView(TalkView):
    """Support → Tickets."""

    datamodel = SQLAInterface(Ticket)
    form = StaffAnswerForm
    list_title = _l("Tickets")
    show_title = _l("Ticket")
    add_title = _l("New Ticket")
    edit_title = _l("Edit Ticket")
    list_columns = [
        *("number", "customer", "subject", "priority", "status", "assignee", "updated_at"),
    ]
    order_columns = ["number", "subject", "priority", "status", "assignee", "updated_at"]
    show_columns = [
        *("number", "customer", "subject", "priority", "status", "assignee"),
        *("opened_at", "updated_at"),
    ]
    add_columns = ["customer", "subject", "priority", "status", "assignee"]
    search_columns = ["number", "subject", "priority", "status", "assignee"]
    base_order = ("updated_at", "desc")
    add_form_extra_fields = {
        "customer": CustomerField(),
        "priority": choice(_l("Priority"), PRIORITIES),
        "status": choice(_l("Status"), TICKET_STATUSES),
    }

    def pre_add(self, item: Ticket) -> None:
        """A ticket opens now; its number follows from its key."""
        item.opened_at = item.updated_at = now()

    def pre_update(self, item: Ticket) -> None:
        """Something happened to it."""
        item.updated_at = now()

    def conversation(self, record: Ticket) -> Conversation:
        """The messages and our own notes."""
        return ticket_conversation(record, internal=True)

    def say(self, record: Ticket, form: StaffAnswerForm) -> str:
        """Answer, or leave a note; an answer may be the last word."""
        is_internal = form.is_internal.data
        message = TicketMessage(**self.signed(), body=form.message.data, is_internal=is_internal)
        record.add(message, form.files.data)
        if is_internal:
            return gettext("The note is saved. Customers do not see it.")
        if form.closes.data:
            record.status = CLOSED
            return gettext("Your answer is sent, and the ticket is closed.")
        return gettext("Your answer is sent.")

    def find_file(self, record: Ticket, number: int) -> Any:
        """A file of one of its messages."""
        return db.session.scalars(
            db.select(TicketAttachment).where(
                TicketAttachment.ticket_id == record.id, TicketAttachment.id == number
            )
        ).first()
