"""What contacts are called where several stand together: two of one name are told apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only

from ..models import Contact
from ..state import current_contacts

#: So many of each kind are named; the rest is a number.
NAMED = 10
#: An ``Outcome`` or a ``Result``: a contact's id, its name where it may be seen, and a refusal.
One = TypeVar("One", bound=Any)


def names_of(ids: Collection[int]) -> dict[int, str]:
    """Name and company of contacts that one may see, by id; the address too where these two
    are the same. In one statement."""
    if not ids:
        return {}
    query = (
        select(Contact)
        .where(Contact.id.in_(ids))
        .options(
            load_only(Contact.firstname, Contact.lastname, Contact.email, Contact.customer_id),
            joinedload(Contact.customer),
        )
    )
    people = current_contacts.session.scalars(query).unique().all()
    companies = {one.id: str(one.customer) if one.customer is not None else "" for one in people}
    alike = Counter((one.name, companies[one.id]) for one in people)
    found = {}
    for one in people:
        company = companies[one.id]
        is_alone = alike[one.name, company] == 1
        about = ", ".join(filter(None, (company, None if is_alone else one.email)))
        found[one.id] = f"{one.name} ({about})" if about else one.name
    return found


def told_apart(outcomes: Sequence[One]) -> list[One]:
    """The same outcomes; the first of each kind, which are shown, are called so."""
    shown = defaultdict[Any, list[int]](list)
    for one in outcomes:
        if one.name and len(shown[one.refusal]) < NAMED:
            shown[one.refusal].append(one.contact_id)
    names = names_of([pk for some in shown.values() for pk in some])
    return [
        one._replace(name=names[one.contact_id]) if one.contact_id in names else one
        for one in outcomes
    ]
