"""What would become of some rows of a file: nothing is written here.

The rules are those of the forms (``contact_values.check``, ``field_checks``); what only the
database knows is asked for all rows at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from ...i18n import _l
from ..contacts import activity
from ..contacts.values import check
from ..field_checks import can_be_shown
from . import matching
from .conversion import Draft
from .customer_names import AMBIGUOUS, UNKNOWN, OtherName, name_in
from .duplicates import EarlierRows
from .job import Job
from .planned import NewCustomer, Plan, PlannedRow, plain_name
from .table import Row

_MANY = _l("Several companies have this name. Give the company's ID too.")


def plan_rows(session: Session, job: Job, rows: Iterable[Row], *, lock: bool) -> Plan:
    """Decide about rows that follow each other in the file.

    With ``lock`` the contacts that they are, and the primary contacts of their customers, stay
    as they were read until the transaction ends; raises ``StaleDataError`` (try again) where
    one has just changed.
    """
    drafts = [job.converter.draft(number, cells) for number, cells in rows]
    plan = _with_customers(session, job, drafts)
    for planned in plan.rows:
        if planned.problems:
            planned.outcome = "refused"
    if lock:
        matching.hold(session, _customers_of(plan))
    earlier = EarlierRows(session, job, plan)
    for planned in plan.of(""):
        earlier.refuse_same(planned)
    _match(session, job, plan)
    _read_again(session, plan, lock=lock)
    earlier.look_for_primaries(plan)
    for planned in plan.of(""):
        _decide_after(earlier, planned)
    return plan


def _decide_after(earlier: EarlierRows, planned: PlannedRow) -> None:
    """Decide about a row when those before it are decided."""
    if earlier.refuse_same(planned):
        return
    if planned.doubt is not None:
        planned.refuse(*planned.doubt)
        return
    planned.is_primary_again = planned.found is not None and earlier.names_another(planned)
    _decide(planned)
    if planned.outcome != "refused":
        earlier.keep(planned)


def _with_customers(session: Session, job: Job, drafts: Sequence[Draft]) -> Plan:
    texts = (draft.customer for draft in drafts)
    found = job.names.find(session, (text for text in texts if text))
    new: dict[str, NewCustomer] = {}
    rows = []
    for draft in drafts:
        planned = _checked(job, draft)
        key: Any = found.get(draft.customer, job.customer_key)
        name = name_in(draft.customer)
        if not can_be_shown(draft.customer):
            text = _l("This holds characters that cannot be shown. Type it again.")
            planned.refuse("customer", text)
        elif key is UNKNOWN and job.options.create_customers and _can_be_name(name):
            key = new.setdefault(plain_name(name), NewCustomer(name))
        elif key is UNKNOWN:
            planned.refuse("customer", _l("There is no company of this name."))
        elif key is AMBIGUOUS:
            planned.refuse("customer", _MANY)
        elif isinstance(key, OtherName):
            planned.refuse("customer", key.sentence)
        planned.company = name
        planned.belongs_to(None if "customer" in planned.problems else key)
        planned.made_for = job.names.made_for(key)
        rows.append(planned)
    return Plan(rows, new)


def _can_be_name(text: str) -> bool:
    return 0 < len(text) <= 191 and text.isprintable() and not text.startswith("#")


def _checked(job: Job, draft: Draft) -> PlannedRow:
    raw = draft.raw
    invited = job.options.invite and "email" in raw
    given = frozenset(raw)
    raw.update(is_user=invited, send_password_mail=invited, no_welcome_mail=True)
    values, problems = check(
        raw,
        job.registry,
        job.languages,
        phone_region=job.phone_region,
        email_required=False,
        creating=True,
    )
    values.permissions, values.topics = frozenset(job.permissions), frozenset(job.topics)
    for name, texts in problems.items():
        draft.problems.setdefault(name, texts)
    columns = values.columns
    full_name = matching.name_of(columns["firstname"] or "", columns["lastname"] or "")
    return PlannedRow(
        draft.number,
        values=values,
        given=given,
        problems=draft.problems,
        remarks=draft.remarks,
        name=full_name,
    )


def _match(session: Session, job: Job, plan: Plan) -> None:
    alone = job.options.customer is None
    addressed = [one for one in plan.rows if not one.outcome and one.values.email]
    exact, alike, hidden = matching.by_address(
        session,
        {(one.scope, _key(one)) for one in addressed if not one.is_new_customers},
        {_key(one) for one in addressed if one.customer is None and alone},
        job.importer.visible,
    )
    for planned in addressed:
        key = _key(planned)
        planned.found = exact.get((planned.scope, key))
        if planned.found is None and planned.customer is None and key in alike:
            if len(alike[key]) > 1:
                text = _l("Several contacts have this address. Say at which company.")
                planned.doubt = ("email", text)
            else:
                planned.found = alike[key][0]
        elif planned.found is None and planned.customer is None and key in hidden:
            text = _l("Another contact without a company has this address.")
            planned.doubt = ("email", text)
    _match_names(session, job, plan)


def _match_names(session: Session, job: Job, plan: Plan) -> None:
    left = [
        one
        for one in plan.rows
        if not (one.outcome or one.doubt or one.found or one.is_new_customers)
    ]
    strict = [one for one in left if one.values.email and not job.options.same_person]
    free = [one for one in left if not one.values.email or job.options.same_person]
    for some, only_without_address in ((strict, True), (free, False)):
        found = matching.by_name(
            session,
            {one.name for one in some},
            {one.customer for one in some},
            job.importer.visible,
            only_without_address=only_without_address,
        )
        for planned in some:
            alike = found.get((planned.customer, planned.name), [])
            if len(alike) > 1:
                text = _l("Several contacts of this customer have this name, and no address tells.")
                planned.doubt = ("lastname", text)
            elif alike:
                planned.found = alike[0]


def _customers_of(plan: Plan) -> set[Any]:
    """The customers that are there and whose contacts the rows are, or are to be."""
    rows = [one for one in plan.rows if one.outcome != "refused"]
    found = {one.found.customer_id for one in rows if one.found is not None}
    return (_named(plan) | found) - {None}


def _named(plan: Plan) -> set[Any]:
    rows = [one for one in plan.rows if one.outcome != "refused"]
    return {one.customer for one in rows if not one.is_new_customers}


def _read_again(session: Session, plan: Plan, *, lock: bool) -> None:
    """Which contacts are primary now; with ``lock`` all that the plan stands on, for good."""
    customers = _customers_of(plan)
    found = [one for one in plan.rows if one.outcome != "refused" and one.found is not None]
    if lock:
        matching.hold(session, {one.found.customer_id for one in found} - _named(plan) - {None})
        now = matching.locked(session, {one.found.id for one in found})
        for one in found:
            fresh = now.get(one.found.id)
            if fresh is None or _is_another(one.found, fresh):
                raise StaleDataError("a contact of the file has changed meanwhile")
            one.found = fresh
    plan.present = matching.primaries(session, customers)


def _is_another(before: Any, now: Any) -> bool:
    names = ("customer_id", "email_key", "email_scope", "lastname_key", "firstname_key")
    return any(getattr(before, name) != getattr(now, name) for name in names)


def _decide(planned: PlannedRow) -> None:
    found = planned.found
    if found is None:
        planned.outcome = "new"
        return
    planned.contact_id = found.id
    planned.changes = _difference(planned)
    if "email" in planned.changes and found.login_id is not None:
        text = _l("This contact has a login under another address. Change the address on its page.")
        planned.refuse("email", text)
    elif planned.values.is_primary and not found.active:
        planned.refuse("is_primary", _l("Only an active contact can be primary."))
    else:
        if planned.becomes_primary:
            planned.changes["is_primary"] = [False, True]
        planned.outcome = "changed" if planned.changes else "unchanged"


def _difference(planned: PlannedRow) -> dict[str, list[Any]]:
    """The fields that the row says otherwise; what it leaves blank stays as it is."""
    changes: dict[str, list[Any]] = {}
    for name in activity.FIELDS:
        if name not in planned.given:
            continue
        before, after = getattr(planned.found, name), planned.values.columns.get(name)
        if name == "email":
            address = planned.values.email
            same = address is None or address.key == planned.found.email_key
            after = before if same or address is None else address.typed
        if (before or None) != (after or None):
            changes[name] = [_plain(before), _plain(after)]
    return changes


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _key(planned: PlannedRow) -> str:
    assert planned.values.email is not None
    return planned.values.email.key
