"""The same person twice in a file: only the first row counts.

An address is the same in any case; a row without one is the same person as another of that
name at that customer, whether that one has an address or not. Two rows of one name with two
addresses are two people, unless staff said otherwise.

A row is compared with the rows before it, and never with what they have written: so the dry
run and the import say the same, however many rows a step takes. For that a row that changes a
contact keeps what the contact was known by before, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from hashlib import blake2b

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...i18n import _l
from ...models import ContactImportKey
from ..contacts.saved import address_scope
from .job import Job
from .one_of import one_of
from .planned import Plan, PlannedRow


class EarlierRows:
    """By which keys the rows are known that came before some rows, and the first of each."""

    def __init__(self, session: Session, job: Job, plan: Plan) -> None:
        self._session, self._job = session, job
        rows = [one for one in plan.rows if one.outcome != "refused"]
        self._sought = {one.number: set(_sought(job, one)) for one in rows}
        self._first = self._look_up({key for keys in self._sought.values() for key in keys})

    def refuse_same(self, planned: PlannedRow) -> bool:
        """Refuse a row that is the same person as an earlier one; whether it is."""
        keys = self._sought[planned.number]
        first = min((self._first[key] for key in keys if key in self._first), default=None)
        if first is not None:
            planned.refuse("row", _l("Row %(row)s is the same contact.", row=first))
        return first is not None

    def look_for_primaries(self, plan: Plan) -> None:
        """See for which customers an earlier row has named the primary contact."""
        rows = [one for one in plan.rows if one.found is not None and one.values.is_primary]
        self._first.update(self._look_up({key for one in rows for key in _primary_keys(one)}))

    def names_another(self, planned: PlannedRow) -> bool:
        """Whether an earlier row makes another contact of its customer the primary one."""
        return any(key in self._first for key in _primary_keys(planned))

    def keep(self, planned: PlannedRow) -> None:
        """Let the rows after it know of a row that is not refused."""
        planned.keys = set(_kept(self._job, planned))
        for key in planned.keys:
            self._first.setdefault(key, planned.number)

    def _look_up(self, keys: Collection[int]) -> dict[int, int]:
        return first_rows(self._session, self._job.import_id, keys)


def first_rows(session: Session, import_id: int, keys: Collection[int]) -> dict[int, int]:
    """By key the first of the rows that are known by it, of those that are done."""
    if not keys:
        return {}
    query = (
        select(ContactImportKey.key, func.min(ContactImportKey.number).label("number"))
        .where(ContactImportKey.import_id == import_id, one_of(session, ContactImportKey.key, keys))
        .group_by(ContactImportKey.key)
    )
    return {row.key: row.number for row in session.execute(query)}


def _sought(job: Job, planned: PlannedRow) -> Iterator[int]:
    """The keys of the earlier rows that are the same person."""
    email = planned.values.email
    for scope in _scopes(planned):
        yield digest("name", scope, *planned.name)
        if email is None or job.options.same_person:
            yield digest("name beside an address", scope, *planned.name)
        if email is not None:
            yield digest("address", scope, email.key)
    if email is not None and planned.customer is None:
        yield digest("address", email.key)


def _kept(job: Job, planned: PlannedRow) -> Iterator[int]:
    """The keys of a row: what its contact is known by, then and before."""
    found, email = planned.found, planned.values.email
    old = found.email_key if found is not None else None
    address = email.key if email is not None else old
    scopes = {*_scopes(planned)}
    if found is not None:
        its = address_scope(found.customer_id)
        scopes.add(its)
        yield from _known_by(job, its, old, (found.lastname_key, found.firstname_key))
    for scope in scopes:
        yield from _known_by(job, scope, address, planned.name)
    if planned.becomes_primary:
        yield from _primary_keys(planned)


def _known_by(job: Job, scope: str, address: str | None, name: tuple[str, str]) -> Iterator[int]:
    if address is None:
        yield digest("name", scope, *name)
        return
    yield digest("name beside an address", scope, *name)
    yield digest("address", scope, address)
    if job.converter.names_customers and job.customer_key is None:
        yield digest("address", address)


def _primary_keys(planned: PlannedRow) -> list[int]:
    scopes = _scopes(planned)
    if planned.found is not None:
        scopes = [address_scope(planned.found.customer_id)]
    return [digest("primary", scope) for scope in scopes]


def _scopes(planned: PlannedRow) -> list[str]:
    return [planned.scope] if planned.made_for is None else [planned.scope, planned.made_for]


def digest(*parts: str) -> int:
    """What a row is known by, as one number."""
    content = "\x1f".join(parts).encode()
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big", signed=True)
