"""What stands under a contact's page: its leads and opportunities (BEHAVIOUR S6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import Contacts, RelatedRecords
from flask_contacts.models import Contact

from .models import Lead, Opportunity
from .staff.leads import LeadView, OpportunityView
from .words import COLUMNS

Change = Callable[[Session, Contact, int], None]


def add_related_lists(contacts: Contacts) -> None:
    """Register both, each with Link and Unlink."""
    contacts.add_related_list(
        _related("leads", _l("Leads"), Lead, LeadView, ("name", "company", "status", "value"))
    )
    contacts.add_related_list(
        _related(
            "opportunities",
            _l("Opportunities"),
            Opportunity,
            OpportunityView,
            ("title", "customer", "amount", "stage", "close_on"),
        )
    )


def _related(
    name: str, label: Any, model: Any, view: type, columns: tuple[str, ...]
) -> RelatedRecords:
    def link(session: Session, contact: Contact, key: int) -> None:
        session.get_one(model, key).contacts.append(contact)

    def unlink(session: Session, contact: Contact, key: int) -> None:
        session.get_one(model, key).contacts.remove(contact)

    return RelatedRecords(
        name,
        label,
        query=lambda contact: select(model).join(model.contacts).where(Contact.id == contact.id),
        columns={column: COLUMNS[column] for column in columns},
        view=view,
        link=link,
        unlink=unlink,
    )
