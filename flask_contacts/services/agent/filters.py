"""What narrows the list of all contacts, as conditions of a query on :class:`Contact`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, select
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import ColumnElement, UnaryExpression

from ...clock import utc_now
from ...later import later
from ...models import Activity, Contact, ContactPermission, ContactTopic
from ...models.activity import is_sign_in

if TYPE_CHECKING:
    from ..invitations import filters as invitations_filters
    from ..quality import problems
else:
    invitations_filters = later("services.invitations.filters")
    problems = later("services.quality.problems")


_PLUS: Any = operators.custom_op("+")
#: The states of a contact, and no state in particular.
STATES = ("active", "inactive", "archived", "all")


@dataclass(frozen=True)
class Filters:
    """``company`` is a customer's key, ``manager`` a staff user's id; ``invitation`` is
    ``"any"`` for all with a login, else a name of ``invite_states.STATES``. The days are
    the first and the last, in UTC; ``problem`` is a name of ``quality.problems.PROBLEMS``.
    None is no matter.
    """

    state: str = "active"
    company: Any = None
    primary: bool | None = None
    invitation: str | None = None
    permission: str | None = None
    topic: str | None = None
    manager: int | None = None
    language: str | None = None
    created_from: date | None = None
    created_until: date | None = None
    signed_in_from: date | None = None
    signed_in_until: date | None = None
    wants_no_mail: bool | None = None
    has_email: bool | None = None
    problem: str | None = None

    @property
    def are_narrow(self) -> bool:
        """Whether they may leave few of the contacts: all but a state that is common."""
        return self._given != {"state"} or self.state in {"inactive", "archived"}

    @property
    def are_a_problem_alone(self) -> bool:
        """Whether nothing else narrows them, so that it is looked for among all contacts."""
        alone = self._given == {"state", "problem"} and self.state in {"active", "all"}
        return alone and self.problem in problems.COMPARED

    @property
    def _given(self) -> set[str]:
        return {one.name for one in fields(self) if getattr(self, one.name) is not None}


def conditions(filters: Filters, dialect: str | None = None) -> list[ColumnElement[bool]]:
    """Each filter as a condition of its own, whatever else the query has.

    With SQLite's ``dialect`` for rows that are met in an order: it would take the index of
    those that are away instead of the order's, and put all of them in order.
    """
    found = list(_of_the_row(filters))
    if dialect == "sqlite" and filters.state in {"inactive", "archived"}:
        found[0] = UnaryExpression(Contact.active.expression, operator=_PLUS) == 0
    for model, name in _held(filters):
        held = select(model.name).where(model.contact_id == Contact.id, model.name == name)
        found.append(held.exists())
    if filters.problem is not None:
        found.append(problems.has_problem(filters.problem))
    return found


def narrowed(query: Select[Any], filters: Filters, dialect: str | None = None) -> Select[Any]:
    """``query`` with the filters, where its rows are wanted in no order: the database may
    begin at the rarest, also at a permission.

    With a ``dialect`` a problem is looked for among all contacts, and not in each of a few.
    """
    query = query.where(*_of_the_row(filters))
    if filters.problem is not None:
        problem = (
            problems.is_among(filters.problem, dialect)
            if dialect
            else problems.has_problem(filters.problem)
        )
        query = query.where(problem)
    for model, name in _held(filters):
        query = query.join(model, and_(model.contact_id == Contact.id, model.name == name))
    return query


def _held(filters: Filters) -> Iterator[tuple[Any, str]]:
    if filters.permission is not None:
        yield ContactPermission, filters.permission
    if filters.topic is not None:
        yield ContactTopic, filters.topic


def _of_the_row(filters: Filters) -> Iterator[ColumnElement[bool]]:
    yield from _state(filters.state)
    for column, value in (
        (Contact.customer_id, filters.company),
        (Contact.account_manager_id, filters.manager),
        (Contact.language, filters.language),
    ):
        if value is not None:
            yield column == value
    if filters.primary is not None:
        yield Contact.primary_of.is_not(None) if filters.primary else Contact.primary_of.is_(None)
    if filters.invitation == "any":
        yield Contact.login_id.is_not(None)
    elif filters.invitation is not None:
        yield invitations_filters.in_state(filters.invitation, utc_now())
    if filters.wants_no_mail is not None:
        wants_none = Contact.do_not_send_emails.expression
        yield wants_none if filters.wants_no_mail else ~wants_none
    if filters.has_email is not None:
        yield Contact.email_search != "" if filters.has_email else Contact.email_search == ""
    yield from _between(Contact.created_at, filters.created_from, filters.created_until)
    yield from _signed_in(filters.signed_in_from, filters.signed_in_until)


def _state(state: str) -> Iterator[ColumnElement[bool]]:
    active = Contact.active.expression
    if state == "active":
        yield active
    elif state in {"inactive", "archived"}:
        yield ~active
        is_archived = state == "archived"
        away = Contact.archived_at
        yield away.is_not(None) if is_archived else away.is_(None)


def _signed_in(first: date | None, last: date | None) -> Iterator[ColumnElement[bool]]:
    if last is None:  # the last one tells, however many there were
        yield from _between(Contact.last_signed_in_at, first, None)
        return
    signed_in = _between(Activity.happened_at, first, last)
    # To be read from the index of the sign-ins alone.
    yield Contact.id.in_(select(Activity.contact_id).where(is_sign_in(), *signed_in))


def _between(when: Any, first: date | None, last: date | None) -> Iterator[ColumnElement[bool]]:
    if first is not None:
        yield when >= datetime.combine(first, time())
    if last is not None and last < date.max:
        yield when < datetime.combine(last + timedelta(days=1), time())
