"""Who a contact may be already, by what is typed of it: e-mail, phone, a like name.

Everything is looked up by an index and bounded, so that it can be asked at each pause in
typing with a million contacts. ``visible`` is always a condition on :class:`Contact`: which
ones the asking staff member may see (BEHAVIOUR S7, C6).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal_column, select, union_all
from sqlalchemy.orm import Session, joinedload, lazyload
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from ...models.search_keys import folded
from ..agent.search_words import begins
from ..registration.names import alike as alike_companies

#: At most so many are named.
MOST = 5
#: So many contacts of a company, and of a last name, are compared by their names.
_OF_COMPANY, _OF_NAME = 300, 100
_OF_KEY = 20
#: A name alone counts across two companies only where it is nearly the same, or the first name
#: is the same beside a like last name.
_NEARLY_THE_SAME = 95
#: A like last name is looked for among those that begin with so many letters of it.
_BEGINNING = 3
EMAIL, PHONE, NAME = "email", "phone", "name"
_ORDER = {EMAIL: 0, PHONE: 1, NAME: 2}
#: SQLite takes the index of some rows only where a query says the very same.
HAS_EMAIL2: ColumnElement[bool] = literal_column("email2_search <> ''")


@dataclass(frozen=True)
class Person:
    """What is known of somebody: names, e-mails and complete phone numbers; the company."""

    firstname: str = ""
    lastname: str = ""
    emails: Collection[str] = ()
    numbers: Collection[str] = ()
    customer_id: Any = None
    company: str = ""

    @classmethod
    def of(cls, contact: Contact) -> Person:
        """A contact that is there."""
        numbers = (contact.phone_e164, contact.mobile_phone_e164, contact.mobile_phone2_e164)
        return cls(
            contact.firstname,
            contact.lastname,
            [one for one in (contact.email, contact.email2) if one],
            [one for one in numbers if one],
            contact.customer_id,
            "" if contact.customer is None else str(contact.customer),
        )

    @property
    def name(self) -> tuple[str, str]:
        """First and last name as they are compared."""
        return folded(self.firstname), folded(self.lastname)


@dataclass(frozen=True)
class Reason:
    """Why somebody is perhaps the same: ``kind``, and for a name how alike it is (to 100)."""

    kind: str
    score: int = 100


@dataclass(frozen=True)
class Candidate:
    """A contact that the person may be already; reasons the strongest first."""

    contact: Contact
    reasons: list[Reason]


def candidates(
    session: Session,
    person: Person,
    visible: ColumnElement[bool],
    *,
    but: Collection[int] = (),
    most: int = MOST,
) -> list[Candidate]:
    """The contacts that are not archived and may be this person, the likeliest first."""
    parts = [part.where(visible, Contact.archived_at.is_(None)) for part in _parts(person)]
    if not parts:
        return []
    found = union_all(*(select(part.subquery().c.id) for part in parts)).subquery()
    query = (
        select(Contact)
        .where(Contact.id.in_(select(found.c.id)), Contact.id.not_in(list(but)))
        .options(joinedload(Contact.customer), lazyload(Contact.permissions))
    )
    known = [Candidate(one, reasons_for(person, one)) for one in session.scalars(query)]
    likely = [one for one in known if one.reasons]
    return sorted(likely, key=_rank)[:most]


def reasons_for(person: Person, contact: Contact) -> list[Reason]:
    """Why the person may be this contact; none: there is no reason to think so."""
    from .likeness import name_score  # noqa: PLC0415  rapidfuzz is not needed to start

    other = Person.of(contact)
    reasons = []
    if _meet(map(folded, person.emails), map(folded, other.emails)):
        reasons.append(Reason(EMAIL))
    if _meet(person.numbers, other.numbers):
        reasons.append(Reason(PHONE))
    score = name_score(person.name, other.name) if person.firstname and person.lastname else None
    if score is not None and (reasons or _counts(person, other, score)):
        reasons.append(Reason(NAME, score))
    return reasons


def _counts(person: Person, other: Person, score: int) -> bool:
    """Whether the name says something: many people at many companies have the same one."""
    if person.customer_id == other.customer_id and person.customer_id is not None:
        return True
    if score < _NEARLY_THE_SAME and person.name[0] != other.name[0]:
        return False
    if person.customer_id is None or other.customer_id is None:
        return True
    return bool(alike_companies(person.company, [other.company]))


def _meet(one: Iterable[str], other: Iterable[str]) -> bool:
    return bool({text for text in one if text} & set(other))


def _rank(one: Candidate) -> tuple[Any, ...]:
    first = one.reasons[0]
    return (_ORDER[first.kind], -len(one.reasons), -first.score, not one.contact.active,
            one.contact.id)  # fmt: skip


def _parts(person: Person) -> Iterator[Select[Any]]:
    """The ids of contacts to compare, by one index each."""
    ids = select(Contact.id)
    emails = [key for key in map(folded, person.emails) if "@" in key]
    if emails:
        yield ids.where(Contact.email_search.in_(emails)).limit(_OF_KEY)
        yield ids.where(HAS_EMAIL2, Contact.email2_search.in_(emails)).limit(_OF_KEY)
    numbers = [one for one in person.numbers if one]
    if numbers:
        for column in (
            Contact.phone_e164,
            Contact.mobile_phone_e164,
            Contact.mobile_phone2_e164,
        ):
            # In its order: SQLite, which counts all that have none, would not take its index.
            yield ids.where(column.in_(numbers)).order_by(column).limit(_OF_KEY)
    first, last = person.name
    if not first or not last:
        return
    for one, other in ((first, last), (last, first)):
        same = ids.where(Contact.lastname_key == other, Contact.firstname_key == one)
        yield same.limit(_OF_KEY)
    initial = Contact.firstname_key.startswith(first[0], autoescape=True)
    yield ids.where(Contact.lastname_key == last, initial).limit(_OF_NAME)
    alike = Contact.firstname_key == first, begins(Contact.lastname_key, last[:_BEGINNING])
    yield ids.where(*alike).limit(_OF_NAME)
    if person.customer_id is not None:
        yield ids.where(Contact.customer_id == person.customer_id).limit(_OF_COMPANY)
