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
from sqlalchemy.orm import Session, aliased
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
#: The engines where a part of a union may have a limit of its own; elsewhere it is a subquery.
_BOUNDED_PARTS = frozenset({"postgresql"})
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
    connection = connection_of(session)
    dialect = connection.dialect.name
    everybody = isinstance(visible, True_)  # a condition with values of its own is not kept
    query = made_once(
        ("duplicates.look_up", dialect, shape) if everybody else None,
        partial(_compared, shape, visible, dialect),
    )
    found = connection.execute(query, _asked(person)).all()
    return list({row[0]: row for row in found if row[0] not in but}.values())


def _emails(person: Person) -> list[str]:
    return [key for key in map(folded, person.emails) if "@" in key]


def _numbers(person: Person) -> list[str]:
    return [one for one in person.numbers if one]


def _shape(person: Person) -> tuple[int, int, bool, bool]:
    """What there is to look for: how many e-mails and numbers, a name, and a company beside the
    name."""
    named = all(person.name)
    of_company = named and person.customer_id is not None
    return len(_emails(person)), len(_numbers(person)), named, of_company


def _asked(person: Person) -> dict[str, Any]:
    """What the statement of a person's :func:`_shape` compares with, by name."""
    first, last = person.name
    return {
        **{f"email_{place}": key for place, key in enumerate(_emails(person))},
        **{f"number_{place}": one for place, one in enumerate(_numbers(person))},
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


def _compared(
    shape: tuple[int, int, bool, bool], visible: ColumnElement[bool], dialect: str
) -> CompoundSelect[Any]:
    """What is compared, of all that an index finds for a person of this shape; who is found by
    two of them is there twice.

    The text is short where it can be: psycopg takes one of more than 4,096 letters apart anew
    each time.
    """
    everybody = isinstance(visible, True_)
    contact: Any = aliased(Contact, name="c") if everybody else Contact
    parts = [part.where(visible, contact.archived_at.is_(None)) for part in _parts(contact, *shape)]
    if dialect not in _BOUNDED_PARTS:
        parts = [select(part.subquery()) for part in parts]
    return union_all(*parts)


def _named(name: str, count: int) -> list[Any]:
    """So many values, each by a name of its own: a list would be put into the text anew each
    time."""
    return [bindparam(f"{name}_{place}") for place in range(count)]


def _parts(
    contact: Any, emails: int, numbers: int, named: bool, of_company: bool
) -> Iterator[Select[Any]]:
    """The contacts to compare, by one index each; ``contact`` is the model or a short name of
    it."""
    rows = select(*(getattr(contact, name) for name in _COMPARED))
    if emails:
        keys = _named("email", emails)
        yield rows.where(contact.email_search.in_(keys)).limit(_most(_OF_KEY))
        yield rows.where(HAS_EMAIL2, contact.email2_search.in_(keys)).limit(_most(_OF_KEY))
    if numbers:
        typed = _named("number", numbers)
        for column in (
            contact.phone_e164,
            contact.mobile_phone_e164,
            contact.mobile_phone2_e164,
        ):
            # In its order: SQLite, which counts all that have none, would not take its index.
            yield rows.where(column.in_(typed)).order_by(column).limit(_most(_OF_KEY))
    if not named:
        return
    first: Any = bindparam("first")
    last: Any = bindparam("last")
    for one, other in ((first, last), (last, first)):
        same = rows.where(contact.lastname_key == other, contact.firstname_key == one)
        yield same.limit(_most(_OF_KEY))
    alike = _begins(contact.firstname_key, "initial")
    yield rows.where(contact.lastname_key == last, alike).limit(_most(_OF_NAME))
    alike = _begins(contact.lastname_key, "beginning")
    yield rows.where(contact.firstname_key == first, alike).limit(_most(_OF_NAME))
    if of_company:
        customer_id: Any = bindparam("customer_id")
        yield rows.where(contact.customer_id == customer_id).limit(_most(_OF_COMPANY))


def _most(number: int) -> ColumnElement[int]:
    return literal_column(str(number))
