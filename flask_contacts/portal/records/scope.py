"""Which of a host's records the visitor sees, and how they are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ScalarSelect, Select, false, func, inspect as sa_inspect, or_, select

from ...errors import ConfigError
from ...state import current_contacts
from ..visit import current_contact
from . import columns

if TYPE_CHECKING:
    from .model_view import PortalModelView

_SCOPED = "flask_contacts_scoped"


@dataclass(frozen=True)
class Scope:
    """Whose records a module shows: the customer's, or with ``contact_column`` one's own."""

    customer_column: str
    contact_column: str | None = None

    def of(self, statement: Select[Any], model: type) -> Select[Any]:
        """``statement`` for the signed-in contact alone; once, however often it is called.

        Raises :class:`ConfigError` for one that was made for another contact: a host keeps it.
        """
        mine = self, current_contact.id if current_contact else None
        made_for = statement.get_execution_options().get(_SCOPED)
        if made_for == mine:
            return statement
        if made_for is not None and made_for[1] != mine[1]:
            raise ConfigError(
                "contacts.C044",
                f"The query() of the pages over {model.__name__} gave a statement that was made "
                "for another contact.",
                "Make it anew each time; do not keep it.",
            )
        statement = statement.execution_options(**{_SCOPED: mine})
        # Without this the condition would be IS NULL, and such rows may well exist.
        if not current_contact or current_contact.customer_id is None:
            return statement.where(false())
        owner = getattr(model, self.customer_column)
        statement = statement.where(owner == current_contact.customer_id)
        if self.contact_column is None or current_contact.is_primary:
            return statement
        return statement.where(getattr(model, self.contact_column) == current_contact.id)


def search(
    statement: Select[Any], model: type, names: Sequence[str], words: Sequence[str]
) -> Select[Any]:
    """Only rows that hold every word, each in one of the columns ``names``."""
    for word in words:
        statement = statement.where(
            or_(false(), *(columns.contains(model, name, word) for name in names))
        )
    return statement


def load(statement: Select[Any], model: type, names: Iterable[str]) -> list[Any]:
    """The rows, with every relationship that the columns ``names`` go through."""
    statement = statement.options(*columns.loading(model, names))
    return list(current_contacts.session.scalars(statement).unique())


def count(statement: Select[Any], model: type, limit: int) -> int:
    """How many rows there are; counting stops at ``limit``."""
    counted = select(_counted(statement, model, limit))
    return int(current_contacts.session.scalar(counted) or 0)


def count_all(views: Sequence[PortalModelView], limit: int) -> list[int]:
    """As :func:`count` for each of the views, in one statement for each database."""
    counts: dict[int, int] = {}
    session = current_contacts.session
    by_bind: dict[Any, list[int]] = {}
    for index, view in enumerate(views):
        by_bind.setdefault(session.get_bind(sa_inspect(view.model)), []).append(index)
    for indexes in by_bind.values():
        wanted = [_counted(views[index].records(), views[index].model, limit) for index in indexes]
        first: type = views[indexes[0]].model
        row = session.execute(select(*wanted), bind_arguments={"mapper": sa_inspect(first)}).one()
        counts.update(zip(indexes, row, strict=True))
    return [counts[index] for index in range(len(views))]


def _counted(statement: Select[Any], model: type, limit: int) -> ScalarSelect[int]:
    key = getattr(model, columns.key_column(model))
    counted = statement.with_only_columns(key).order_by(None).limit(limit).subquery()
    return select(func.count()).select_from(counted).scalar_subquery()
