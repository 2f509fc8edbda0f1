"""What was sent of a document: to whom, when, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...models import Mail

_MOST = 20


@dataclass(frozen=True)
class SentMail:
    """A mail with a document, in one of the states of Setup → Outgoing mail.

    ``recipient`` is empty once it was forgotten; ``when`` (UTC) is when it was sent, or
    promised as long as it is not; a copy went to an address from the line Cc.
    """

    recipient: str
    when: datetime
    state: str
    is_copy: bool


def sent_mails(session: Session, document_key: str) -> list[SentMail]:
    """The newest twenty mails with a document; none for a document without a key."""
    if not document_key:
        return []
    columns = (Mail.recipient, Mail.created_at, Mail.sent_at, Mail.state, Mail.needs)
    query = (
        select(*columns, Mail.contact_id)
        .where(Mail.document_key == document_key)
        .order_by(Mail.id.desc())
        .limit(_MOST)
    )
    return [
        SentMail(
            recipient=row.recipient,
            when=row.sent_at or row.created_at,
            state=row.state,
            is_copy=row.needs == "nothing" and row.contact_id is not None,
        )
        for row in session.execute(query)
    ]
