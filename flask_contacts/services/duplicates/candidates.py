"""Who a contact may be already, by what is typed of it: e-mail, phone, a like name.

Everything is looked up by an index and bounded, so that it can be asked at each pause in
typing with a million contacts. ``visible`` is always a condition on :class:`Contact`: which
ones the asking staff member may see (BEHAVIOUR S7, C6).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload, lazyload
from sqlalchemy.sql.elements import ColumnElement

from ...later import later
from ...models import Contact
from ...models.search_keys import folded
from .kinds import EMAIL, NAME, PHONE

if TYPE_CHECKING:
    from ..registration import names
    from . import look_up
else:
    look_up = later("services.duplicates.look_up")
    names = later("services.registration.names")


#: At most so many are named.
MOST = 5
#: A name alone counts across two companies only where it is nearly the same, or the first name
#: is the same beside a like last name.
_NEARLY_THE_SAME = 95
_ORDER = {EMAIL: 0, PHONE: 1, NAME: 2}


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
    def of(cls, contact: Contact, company: str | None = None) -> Person:
        """A contact that is there; its company is read where it is not given."""
        if company is None:
            company = "" if contact.customer is None else str(contact.customer)
        numbers = (contact.phone_e164, contact.mobile_phone_e164, contact.mobile_phone2_e164)
        return cls(
            contact.firstname,
            contact.lastname,
            [one for one in (contact.email, contact.email2) if one],
            [one for one in numbers if one],
            contact.customer_id,
            company,
        )

    @cached_property
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
    """The contacts that are not archived and may be this person, the likeliest first.

    What is compared is read of all that an index finds, the contacts themselves only where
    something is the same: of most nothing is.
    """
    near = _near(person, look_up.rows_to_compare(session, person, visible, but))
    if not near:
        return []
    contacts = session.scalars(_these(), {"ids": near})
    known = [Candidate(one, reasons_for(person, one)) for one in contacts]
    likely = [one for one in known if one.reasons]
    return sorted(likely, key=_rank)[:most]


@cache
def _these() -> Select[Any]:
    ids: Any = bindparam("ids", expanding=True)
    few = joinedload(Contact.customer), lazyload(Contact.permissions)
    return select(Contact).where(Contact.id.in_(ids)).options(*few)


def _near(person: Person, rows: Iterable[Any]) -> list[int]:
    """The ids of those of the rows, of :func:`rows_to_compare`, where something is the
    same; why, and whether it counts, :func:`reasons_for` tells."""
    from .likeness import name_score  # noqa: PLC0415  rapidfuzz is not needed to start

    emails = {key for key in map(folded, person.emails) if key}
    numbers = {one for one in person.numbers if one}
    named, name = bool(person.firstname and person.lastname), person.name
    return [
        pk
        for pk, first, last, email, email2, *phones in rows
        if email in emails
        or email2 in emails
        or not numbers.isdisjoint(phones)
        or (named and name_score(name, (first, last)) is not None)
    ]


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
    return bool(names.alike(person.company, [other.company]))


def _meet(one: Iterable[str], other: Iterable[str]) -> bool:
    return bool({text for text in one if text} & set(other))


def _rank(one: Candidate) -> tuple[Any, ...]:
    first = one.reasons[0]
    return (_ORDER[first.kind], -len(one.reasons), -first.score, not one.contact.active,
            one.contact.id)  # fmt: skip
