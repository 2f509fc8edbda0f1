"""The contacts of an export, some at a time, and what a file says of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ...i18n import _, _l
from ...models import Contact
from ..agent.listing import ListQuery, Scope, matching_ids
from ..csv_text import neutral, plain
from ..importing.columns import FIELDS

_AT_ONCE = 500


def batches(session: Session, scope: Scope, query: ListQuery) -> Iterator[list[Contact]]:
    """The contacts that the list shows for ``query``, on all its pages, in the order of their ids.

    Each batch is some queries of its own, and the session is rolled back when the next one is
    asked for: a slow reader holds no transaction open. Anonymised contacts are left out.
    """
    after: int | None = 0
    while after is not None:
        ids, after = matching_ids(session, scope, query, after, _AT_ONCE)
        rows = (
            select(Contact)
            .where(Contact.id.in_(ids), Contact.anonymised_at.is_(None))
            .order_by(Contact.id)
            .options(selectinload(Contact.customer), selectinload(Contact.topics))
        )
        yield list(session.scalars(rows))
        session.rollback()
        session.expunge_all()


def are_more_than(session: Session, scope: Scope, query: ListQuery, most: int) -> bool:
    """Whether an export would hold more contacts; anonymised ones count."""
    count, after = 0, 0
    while count <= most:
        ids, following = matching_ids(session, scope, query, after, 10 * _AT_ONCE)
        count += len(ids)
        if following is None:
            break
        after = following
    return count > most


def headings() -> list[str]:
    """The names of the columns, by which an import knows them."""
    return [str(label) for label, _value in _COLUMNS]


def cells(contact: Contact) -> list[str]:
    """A contact's row; no cell is a formula."""
    return [neutral(_text(value(contact))) for _label, value in _COLUMNS]


def _text(value: Any) -> str:
    written = plain(value)
    return str(value) if written is None else written


def _state(contact: Contact) -> str:
    if contact.archived_at is not None:
        return str(_("Archived"))
    return str(_("Active") if contact.active else _("Inactive"))


def _column(name: str) -> Callable[[Contact], Any]:
    return lambda contact: getattr(contact, name)


#: What only an export has; an import passes it over.
_FACTS: Sequence[tuple[Any, Callable[[Contact], Any]]] = (
    (_l("State"), _state),
    (_l("Permissions"), lambda contact: "; ".join(sorted(contact.permission_names))),
    (_l("Email Notifications"), lambda contact: "; ".join(sorted(contact.topic_names))),
    (_l("Created"), lambda contact: contact.created_at.date()),
)
_VALUES: dict[str, Callable[[Contact], Any]] = {
    "customer": lambda contact: None if contact.customer is None else str(contact.customer),
    "customer_key": lambda contact: contact.customer_id,
}
_COLUMNS = (
    *((FIELDS[name], _VALUES.get(name, _column(name))) for name in FIELDS if name != "fullname"),
    *_FACTS,
)
