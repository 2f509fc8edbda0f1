"""The contacts that somebody is compared with: all that an index finds, and no more.

The statement is made once for each shape of what is known of a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement, True_

from ...models import Contact
from ...models.search_keys import folded
from ..agent.made_statements import connection_of, made_once
from ..agent.search_words import after

if TYPE_CHECKING:
    from .candidates import Person

#: So many contacts of a company, and of a last name, are compared by their names.
_OF_COMPANY, _OF_NAME = 300, 100
_OF_KEY = 20
#: A like last name is looked for among those that begin with so many letters of it.
_BEGINNING = 3
_PAST_ALL = "\U0010ffff" * 4
#: SQLite takes the index of some rows only where a query says the very same.
HAS_EMAIL2: ColumnElement[bool] = literal_column("email2_search <> ''")
#: What is read of a contact to be compared.
_COMPARED = (
    "id", "firstname_key", "lastname_key", "email_search", "email2_search", "phone_e164",
    "mobile_phone_e164", "mobile_phone2_e164",
)  # fmt: skip


def rows_to_compare(
    session: Session, person: Person, visible: ColumnElement[bool], but: Collection[int]
) -> Sequence[Row[Any]]:
    """Of each contact that is not archived and may be this person: its id, first and last name,
    two e-mails (all folded) and three complete numbers."""
    shape = _shape(person)
    if not any(shape):
        return ()
    everybody = isinstance(visible, True_)  # a condition with values of its own is not kept
    query = made_once(
        ("duplicates.look_up", shape) if everybody else None, partial(_compared, shape, visible)
    )
    found = connection_of(session).execute(query, _asked(person)).all()
    return list({row[0]: row for row in found if row[0] not in but}.values())


def _emails(person: Person) -> list[str]:
    return [key for key in map(folded, person.emails) if "@" in key]


def _shape(person: Person) -> tuple[bool, bool, bool, bool]:
    """What there is to look for: e-mails, numbers, a name, and a company beside the name."""
    named = all(person.name)
    of_company = named and person.customer_id is not None
    return bool(_emails(person)), any(person.numbers), named, of_company


def _asked(person: Person) -> dict[str, Any]:
    """What the statement of a person's :func:`_shape` compares with, by name."""
    first, last = person.name
    return {
        "emails": _emails(person),
        "numbers": [one for one in person.numbers if one],
        "first": first,
        "last": last,
        **_ends("initial", first[:1]),
        **_ends("beginning", last[:_BEGINNING]),
        "customer_id": person.customer_id,
    }


def _ends(name: str, text: str) -> dict[str, str]:
    return {name: text, f"{name}_end": after(text) or _PAST_ALL}


def _begins(column: Any, name: str) -> ColumnElement[bool]:
    """The folded column begins with the text of that name, for :func:`_ends`."""
    return and_(column >= bindparam(name), column < bindparam(f"{name}_end"))


def _compared(shape: tuple[bool, ...], visible: ColumnElement[bool]) -> CompoundSelect[Any]:
    """What is compared, of all that an index finds for a person of this shape; who is found by
    two of them is there twice."""
    parts = [part.where(visible, Contact.archived_at.is_(None)) for part in _parts(*shape)]
    return union_all(*(select(part.subquery()) for part in parts))


def _parts(emails: bool, numbers: bool, named: bool, of_company: bool) -> Iterator[Select[Any]]:
    """The contacts to compare, by one index each."""
    rows = select(*(getattr(Contact, name) for name in _COMPARED))
    if emails:
        keys: Any = bindparam("emails", expanding=True)
        yield rows.where(Contact.email_search.in_(keys)).limit(_OF_KEY)
        yield rows.where(HAS_EMAIL2, Contact.email2_search.in_(keys)).limit(_OF_KEY)
    if numbers:
        typed: Any = bindparam("numbers", expanding=True)
        for column in (
            Contact.phone_e164,
            Contact.mobile_phone_e164,
            Contact.mobile_phone2_e164,
        ):
            # In its order: SQLite, which counts all that have none, would not take its index.
            yield rows.where(column.in_(typed)).order_by(column).limit(_OF_KEY)
    if not named:
        return
    first: Any = bindparam("first")
    last: Any = bindparam("last")
    for one, other in ((first, last), (last, first)):
        same = rows.where(Contact.lastname_key == other, Contact.firstname_key == one)
        yield same.limit(_OF_KEY)
    alike = _begins(Contact.firstname_key, "initial")
    yield rows.where(Contact.lastname_key == last, alike).limit(_OF_NAME)
    alike = _begins(Contact.lastname_key, "beginning")
    yield rows.where(Contact.firstname_key == first, alike).limit(_OF_NAME)
    if of_company:
        customer_id: Any = bindparam("customer_id")
        yield rows.where(Contact.customer_id == customer_id).limit(_OF_COMPANY)
