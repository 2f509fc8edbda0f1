"""The companies that come with a file: the first row of each brings it, later ones say so.

Rows are compared with the rows before them by digests, as for the same person
(:mod:`.duplicates`): so the dry run counts each company once, however many rows a step takes,
and the import says the same of each row.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from .duplicates import digest, first_rows
from .job import Job
from .planned import Plan, PlannedRow


def mark_companies(session: Session, job: Job, plan: Plan, *, writes: bool) -> int:
    """Say of each row that is not refused with which row its company comes, where that is of
    the file's own making; how many companies these rows bring.

    With ``writes`` what is not there is made now, whatever an earlier row has made: somebody may
    have deleted it since.
    """
    scopes = {one.number: _scope(one) for one in plan.of("new", "changed", "unchanged")}
    keys = {digest("company", scope) for scope in scopes.values() if scope is not None}
    first = first_rows(session, job.import_id, keys)
    count = 0
    for planned in plan.rows:
        scope = scopes.get(planned.number)
        if scope is None:
            continue
        key = digest("company", scope)
        earlier = first.get(key)
        if planned.is_new_customers and (earlier is None or (writes and earlier not in scopes)):
            first[key] = planned.number
            planned.keys.add(key)
            planned.customer.name = planned.company
            count += 1
        planned.brought_by = first.get(key)
    return count


def _scope(planned: PlannedRow) -> str | None:
    """What stands for a company that the file brings, or may have brought."""
    return planned.scope if planned.is_new_customers else planned.made_for
