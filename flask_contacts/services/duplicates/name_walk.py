"""Contacts of one company with like names, a few companies at a time.

Names are compared within a company and not across: there are a hundred people of a name in a
million, and who is of two companies is found by address or number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...models import Contact
from .judgements import Pair

#: So many contacts are one stretch.
STRETCH = 3_000
#: In a company of more contacts each is compared with the next ones by last name alone.
ALL_PAIRS, NEXT_ONES = 60, 10


def next_pairs(
    session: Session,
    visible: ColumnElement[bool],
    after: Any,
    size: int,
    stretch: int = STRETCH,
) -> tuple[list[Pair], Any]:
    """Pairs of like names at the companies after the key ``after``; at ``size`` it stops with
    the company. And the key to go on after, None where the companies end. One statement."""
    query = (
        select(Contact.customer_id, Contact.id, Contact.firstname_key, Contact.lastname_key)
        .where(visible, Contact.customer_id.is_not(None), Contact.archived_at.is_(None))
        .order_by(Contact.customer_id)
        .limit(stretch)
    )
    if after is not None:
        query = query.where(Contact.customer_id > after)
    rows = session.execute(query).all()
    companies = [(key, list(its)) for key, its in groupby(rows, key=lambda row: row[0])]
    is_all = len(rows) < stretch
    if not is_all and len(companies) > 1:
        companies.pop()  # its contacts go on behind the stretch
    pairs: list[Pair] = []
    for key, its in companies:
        pairs += _alike(sorted(its, key=lambda row: (row[3], row[2], row[1])))
        if len(pairs) >= size and key != companies[-1][0]:
            return pairs, key
    return pairs, None if is_all or not companies else companies[-1][0]


def _alike(rows: Sequence[Any]) -> Iterator[Pair]:
    from .likeness import name_score  # noqa: PLC0415  rapidfuzz is not needed to start

    reach = len(rows) if len(rows) <= ALL_PAIRS else NEXT_ONES
    for place, (_key, pk, first, last) in enumerate(rows):
        for _other_key, other_pk, other_first, other_last in rows[place + 1 : place + 1 + reach]:
            if name_score((first, last), (other_first, other_last)) is not None:
                yield (pk, other_pk) if pk < other_pk else (other_pk, pk)
