"""Doing what a plan says, in the transaction that it was made in.

New contacts are written in bulk, with the permissions and topics that new contacts start
with, the primary flag, their activity, and a login only where staff asked for invitations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from ...clock import utc_now
from ...models import Activity, Contact, ContactPermission, ContactTopic, Customer, CustomerAdmin
from ...models.search_keys import SOURCES, contact_keys
from ..contacts import activity, login as contact_login
from ..contacts.saved import address_scope
from .bulk_insert import insert_rows
from .job import Job
from .one_of import one_of
from .planned import Plan, PlannedRow

_CONTACTS: Any = Contact.__table__
_ACTIVITY: Any = Activity.__table__
_EVENT = (
    "contact_id", "happened_at", "verb", "changes", "actor_kind", "actor_staff_id",
    "actor_contact_id", "actor_name", "address",
)  # fmt: skip
_PERMISSIONS: Any = ContactPermission.__table__
_TOPICS: Any = ContactTopic.__table__
_NUMBERS = ("phone", "mobile_phone", "mobile_phone2")


@dataclass
class Written:
    """The contacts that were made and those that were changed, by id."""

    created: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)


def write_plan(session: Session, job: Job, plan: Plan) -> Written:
    """Write the new and the changed contacts of a plan; the caller commits."""
    _create_customers(session, job, plan)
    primaries = _choose_primaries(plan)
    demoted = _step_down(session, plan, primaries)
    new, changed = plan.of("new"), plan.of("changed")
    _insert_contacts(session, job, new, primaries)
    _update_contacts(session, changed, primaries)
    events = [_event(job, one.contact_id, "imported", _first_values(job, one)) for one in new]
    for planned in changed:
        changes = {name: pair for name, pair in planned.changes.items() if name != "is_primary"}
        if changes:
            events.append(_event(job, planned.contact_id, "changed_by_import", changes))
    events += [_event(job, one, "no_longer_primary") for one in demoted]
    events += [
        _event(job, one.contact_id, "made_primary")
        for key, one in primaries.items()
        if plan.present.get(key) != one.contact_id
    ]
    insert_rows(session, _ACTIVITY, _EVENT, events)
    _invite(session, job, new)
    return Written(
        [one.contact_id for one in new if one.contact_id is not None],
        [one.contact_id for one in changed if one.contact_id is not None] + demoted,
    )


def _create_customers(session: Session, job: Job, plan: Plan) -> None:
    used = {id(row.customer) for row in plan.of("new", "changed", "unchanged")}
    wanted = [one for one in plan.new_customers.values() if id(one) in used]
    rows = [Customer(company=one.name) for one in wanted]
    session.add_all(rows)
    session.flush()
    for one, row in zip(wanted, rows, strict=True):
        one.key = row.id
        if job.importer.admin_id is not None:
            session.add(CustomerAdmin(customer_id=row.id, staff_id=job.importer.admin_id))
    job.names.forget_unknown()
    session.flush()


def _customer_of(planned: PlannedRow) -> Any:
    if planned.found is not None:
        return planned.found.customer_id
    return planned.customer.key if planned.is_new_customers else planned.customer


def _choose_primaries(plan: Plan) -> dict[Any, PlannedRow]:
    """By customer the row that becomes its primary contact: the last that the file names so,
    else the first new one where the customer has none (BEHAVIOUR C3)."""
    chosen: dict[Any, PlannedRow] = {}
    named: dict[Any, PlannedRow] = {}
    for planned in plan.of("new", "changed"):
        key = _customer_of(planned)
        if planned.becomes_primary:
            named[key] = planned
        if key is not None and key not in plan.present and planned.found is None:
            chosen.setdefault(key, planned)
    return {**chosen, **named}


def _step_down(session: Session, plan: Plan, primaries: dict[Any, PlannedRow]) -> list[int]:
    leaving = [
        plan.present[key]
        for key, planned in primaries.items()
        if key in plan.present and plan.present[key] != planned.contact_id
    ]
    if leaving:
        session.execute(
            update(_CONTACTS)
            .where(_CONTACTS.c.id.in_(leaving))
            .values(is_primary=False, primary_of=None, updated_at=utc_now())
        )
    return leaving


def _insert_contacts(
    session: Session, job: Job, new: Sequence[PlannedRow], primaries: dict[Any, PlannedRow]
) -> None:
    if not new:
        return
    now, staff_id = utc_now(), job.importer.actor.staff_id
    by_uuid: dict[str, PlannedRow] = {}
    rows = []
    for planned in new:
        key, uuid = _customer_of(planned), str(uuid4())
        is_primary = primaries.get(key) is planned
        email = planned.values.email
        row = {
            **planned.values.columns,
            "uuid": uuid,
            "customer_id": key,
            "email": email.typed if email is not None else None,
            "email_key": email.key if email is not None else None,
            "email_scope": address_scope(key),
            "is_primary": is_primary,
            "primary_of": key if is_primary else None,
            "active": True,
            "created_by_id": staff_id,
            "created_at": now,
            "updated_at": now,
        }
        row.update(contact_keys(row))
        by_uuid[uuid] = planned
        rows.append(row)
    names = list(rows[0])
    insert_rows(session, _CONTACTS, names, [tuple(row.values()) for row in rows])
    its = one_of(session, _CONTACTS.c.uuid, by_uuid)
    query = select(_CONTACTS.c.id, _CONTACTS.c.uuid).where(its)
    for contact_id, uuid in session.execute(query):
        by_uuid[uuid].contact_id = contact_id
    for table, held in ((_PERMISSIONS, job.permissions), (_TOPICS, job.topics)):
        pairs = [(one.contact_id, name) for one in new for name in held]
        insert_rows(session, table, ("contact_id", "name"), pairs)


def _update_contacts(
    session: Session, changed: Sequence[PlannedRow], primaries: dict[Any, PlannedRow]
) -> None:
    """The changed columns alone; rows in which the same ones change go together."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    now = utc_now()
    for planned in changed:
        values = _changed_columns(planned)
        if primaries.get(planned.found.customer_id) is planned:
            values.update(is_primary=True, primary_of=planned.found.customer_id)
        values["updated_at"] = now
        groups.setdefault(tuple(values), []).append({"the_id": planned.found.id, **values})
    for names, rows in groups.items():
        statement = (
            update(_CONTACTS)
            .where(_CONTACTS.c.id == bindparam("the_id"))
            .values({name: bindparam(name) for name in names})
        )
        session.connection().execute(statement, rows)


def _changed_columns(planned: PlannedRow) -> dict[str, Any]:
    columns = planned.values.columns
    values: dict[str, Any] = {}
    for name in planned.changes:
        if name == "email":
            assert planned.values.email is not None
            values.update(email=planned.values.email.typed, email_key=planned.values.email.key)
        elif name != "is_primary":
            values[name] = columns[name]
        if name in _NUMBERS:
            values[f"{name}_e164"] = columns[f"{name}_e164"]
    if values.keys() & set(SOURCES):
        present = {name: getattr(planned.found, name) for name in SOURCES}
        values.update(contact_keys({**present, **values}))
    return values


def _event(
    job: Job, contact_id: int | None, verb: str, changes: dict[str, list[Any]] | None = None
) -> tuple[Any, ...]:
    actor = job.importer.actor
    address = actor.address[:45] if actor.address else None
    return (
        contact_id, utc_now(), verb, changes or {}, actor.kind, actor.staff_id,
        actor.contact_id, actor.name[:210], address,
    )  # fmt: skip


def _first_values(job: Job, planned: PlannedRow) -> dict[str, list[Any]]:
    """What ``activity.snapshot`` of the new contact would say."""
    values, email = planned.values.columns, planned.values.email
    first = {name: values[name] for name in activity.FIELDS if values.get(name)}
    if email is not None:
        first["email"] = email.typed
    if "birthday" in first:
        first["birthday"] = first["birthday"].isoformat()
    return activity.difference(
        {}, {**first, "permissions": list(job.permissions), "topics": list(job.topics)}
    )


def _invite(session: Session, job: Job, new: Sequence[PlannedRow]) -> None:
    """Give a login, and promise the mail with the link, where staff asked for it."""
    invited = {one.contact_id: one for one in new if one.values.is_user}
    if not invited:
        return
    query = select(Contact).where(Contact.id.in_(invited)).order_by(Contact.id)
    for contact in session.scalars(query.execution_options(populate_existing=True)):
        values = invited[contact.id].values
        contact_login.new_login(session, contact, values, None, job.importer.actor)
    session.flush()
