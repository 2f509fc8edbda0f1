"""The same person twice in a file: only the first row counts.

An address is the same in any case; a row without one is the same person as another of that
name at that customer, whether that one has an address or not. Two rows of one name with two
addresses are two people.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ...i18n import _l
from . import matching
from .job import Job
from .planned import Plan, PlannedRow


@dataclass
class _Digests:
    """What a row is looked up by; of these ``own`` and ``named`` are kept for later rows."""

    own: str
    named: str | None
    with_address: str
    sought: list[str]


def refuse_duplicates(session: Session, job: Job, plan: Plan) -> None:
    """Refuse the rows that are the same person as an earlier one of the file."""
    digests = {one.number: _digests(one) for one in plan.rows if one.outcome != "refused"}
    if not digests:
        return
    names = {one.with_address for one in digests.values() if one.named is None}
    sought = {key for one in digests.values() for key in one.sought} - names
    seen = matching.earlier_rows(session, job.import_id, min(digests), sought, names)
    for planned in plan.rows:
        its = digests.get(planned.number)
        if its is None:
            continue
        first = min((seen[key] for key in its.sought if key in seen), default=None)
        if first is not None:
            planned.refuse("row", _l("Row %(row)s is the same contact.", row=first))
            continue
        planned.match_key, planned.name_key = its.own, its.named
        for key in (its.own, its.named):
            if key is not None:
                seen.setdefault(key, planned.number)


def _digests(planned: PlannedRow) -> _Digests:
    bare = matching.digest("n", planned.scope, *planned.name)
    with_address = matching.digest("m", planned.scope, *planned.name)
    email = planned.values.email
    if email is not None:
        own = matching.digest("e", planned.scope, email.key)
        found = _Digests(own, with_address, with_address, [own, bare])
    else:
        found = _Digests(bare, None, with_address, [bare, with_address])
    if planned.found is not None:
        found.own = matching.digest("c", str(planned.found.id))
        found.sought.append(found.own)
    return found
