"""Who caused what automatic mail is about: that one need not be told."""

from __future__ import annotations

from typing import Any

from flask import has_request_context
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact
from flask_contacts.portal import current_contact


class Actors:
    """Who did it, as a contact of a customer: that one is not told."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._known: dict[int, int | None] = {}

    def of(self, customer_id: int) -> int | None:
        """The contact who is signed in to the portal, or who shares staff's address."""
        if customer_id not in self._known:
            self._known[customer_id] = self._find(customer_id)
        return self._known[customer_id]

    def _find(self, customer_id: int) -> int | None:
        if current_contact:
            return current_contact.id
        if not has_request_context() or not current_user.is_authenticated:
            return None
        wanted = select(Contact.id).where(
            Contact.customer_id == customer_id,
            Contact.email_key == current_user.email.strip().lower(),
        )
        return self.session.scalar(wanted)


def only(kind: type, records: list[Any]) -> list[Any]:
    """Those of one kind, as they were made: a session has no order of its own."""
    return sorted((each for each in records if type(each) is kind), key=lambda each: each.id)
