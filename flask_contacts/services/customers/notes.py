"""The notes that staff keep about a customer; the portal never shows them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...errors import Gone, InvalidInput
from ...i18n import _l
from ...models import CustomerNote
from ..contacts.saved import find_customer
from ..field_checks import unprintable
from ..transaction import in_transaction

#: The longest note, in characters.
LONGEST = 10_000
_AUTHOR_LENGTH = 150


@dataclass(frozen=True)
class NotePage:
    """One page of notes; ``number`` counts from 1, ``pages`` is at least 1."""

    items: list[CustomerNote]
    number: int
    pages: int


def add_note(session: Session, customer_id: Any, body: str, author: str) -> CustomerNote:
    """Keep a note, with one kind of line end.

    Raises :class:`NotFound` for the customer and :class:`InvalidInput` at ``body``.
    """
    text = _checked(body)

    def work() -> CustomerNote:
        find_customer(session, customer_id)
        note = CustomerNote(customer_id=customer_id, body=text, author=author[:_AUTHOR_LENGTH])
        session.add(note)
        return note

    return in_transaction(session, work)


def delete_note(session: Session, customer_id: Any, note_id: int) -> None:
    """Delete a note of this customer; :class:`Gone` for any other's."""

    def work() -> None:
        session.delete(find_note(session, customer_id, note_id))

    in_transaction(session, work)


def find_note(session: Session, customer_id: Any, note_id: int) -> CustomerNote:
    """A note of this customer; :class:`Gone` for any other's."""
    query = select(CustomerNote).where(
        CustomerNote.id == note_id, CustomerNote.customer_id == customer_id
    )
    note = session.scalars(query).first()
    if note is None:
        raise Gone("no such note of this customer")
    return note


def list_notes(session: Session, customer_id: Any, number: int = 1, size: int = 25) -> NotePage:
    """A page of a customer's notes, the newest first."""
    own = CustomerNote.customer_id == customer_id
    query = select(CustomerNote).where(own).order_by(CustomerNote.id.desc())
    rows = list(session.scalars(query.offset((number - 1) * size).limit(size)))
    if number == 1 and len(rows) < size:
        return NotePage(rows, number, 1)
    total = session.scalar(select(func.count()).select_from(CustomerNote).where(own)) or 0
    return NotePage(rows, number, max(1, -(-total // size)))


def _checked(body: str) -> str:
    text = body.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", text).strip()
    problem: object = None
    if not text:
        problem = _l("Write something first.")
    elif len(text) > LONGEST:
        problem = _l("Use at most %(count)s characters.", count=LONGEST)
    elif any(unprintable(char) for char in text if char not in "\n\t\u2028\u2029"):
        problem = _l("This holds characters that cannot be shown. Type it again.")
    if problem is not None:
        raise InvalidInput({"body": [problem]})
    return text
