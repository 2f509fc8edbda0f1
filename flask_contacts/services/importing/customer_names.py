"""The customers that a file names, by name or key: many found at once, and remembered.

Found are only those that the one who imports may see; a hidden customer is an unknown one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, func, inspect, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ...i18n import _l
from ...models import Customer
from ...models.binding import bound_customer
from ...models.customer import customer_key
from ...models.search_keys import folded
from ...record_keys import typed_key
from ...state import current_contacts
from ..field_checks import can_be_shown
from .one_of import one_of
from .planned import plain_name, scope_of_name
from .refused_values import in_one_line

#: More customers of one name are not looked at.
_MOST_ALIKE = 5_000
_MOST_KEPT = 50_000
_NUMBERED = re.compile(r"(?s)(.*) \(#(.+)\)")


class _Word:
    """What is found where no single customer is."""


UNKNOWN, AMBIGUOUS = _Word(), _Word()


@dataclass(frozen=True)
class OtherName:
    """What is found where a key is not that of the customer that is named beside it."""

    key: str
    its_name: str
    given: str

    @property
    def sentence(self) -> object:
        """Why nobody can tell which of the two is meant."""
        return _l(
            "The ID %(key)s is that of %(customer)s, not of %(name)s. Correct one of the two, or "
            "leave the ID out.",
            key=in_one_line(self.key),
            customer=in_one_line(self.its_name),
            name=in_one_line(self.given),
        )


@dataclass
class CustomerNames:
    """Finds customers by what a file calls them; ``visible`` is a condition on ``Customer``.

    A text is ``Acme (#12)`` as our own pages write it, a name in any case, ``#12`` or a key. A
    name goes before a key that stands alone, or that nobody has; a key that is there says which
    of several customers of its name is meant, and one of another name is refused. Where
    customers may be made on the way, ``newest`` is the greatest key of those that were there
    before: those made since are found by name alone, for no file could know their keys.
    """

    visible: ColumnElement[bool] = field(default_factory=true)
    newest: int | None = None
    _found: dict[str, Any] = field(default_factory=dict)
    _made: dict[int, str] = field(default_factory=dict)

    def find(self, session: Session, texts: Iterable[str]) -> dict[str, Any]:
        """The key of each text's customer, :data:`UNKNOWN`, :data:`AMBIGUOUS`, or an
        :class:`OtherName`."""
        wanted = set(texts)
        missing = wanted - self._found.keys()
        if missing:
            if len(self._found) > _MOST_KEPT:
                self._found.clear()
            shown = [text for text in missing if can_be_shown(text)]
            self._found.update(self._look_up(session, shown))
        return {text: self._found.get(text, UNKNOWN) for text in wanted}

    def made_for(self, key: Any) -> str | None:
        """What stood for a customer while it was not made yet; None for the others."""
        name = self._made.get(key) if isinstance(key, int) else None
        return scope_of_name(name) if name is not None else None

    def forget_unknown(self) -> None:
        """Look those up anew that were not there: some were made meanwhile, maybe undone."""
        self._found = {text: key for text, key in self._found.items() if key is not UNKNOWN}

    def forget_all(self) -> None:
        """Look all up anew: one of them may have gone."""
        self._found.clear()

    def _look_up(self, session: Session, texts: Collection[str]) -> dict[str, Any]:
        parts = {text: _NUMBERED.fullmatch(text) for text in texts}
        names: dict[str, list[Any]] = {}
        for key, name in self._named(session, {*texts, *(one[1] for one in parts.values() if one)}):
            names.setdefault(plain_name(name), []).append(key)
        keys = self._keyed(
            session,
            {text.removeprefix("#") for text in texts} | {one[2] for one in parts.values() if one},
        )
        return {text: _choose(text, numbered, names, keys) for text, numbered in parts.items()}

    def _named(self, session: Session, texts: Collection[str]) -> list[tuple[Any, str]]:
        """Keys and names of the customers that are called so, in any case."""
        some = [text for text in texts if len(text) <= 300]
        if bound_customer() is None:
            keys = {folded(text)[:191] for text in some}
            query = select(Customer.id, Customer.company).where(
                one_of(session, Customer.company_key, keys)
            )
            found = [tuple(row) for row in session.execute(query.where(self.visible))]
            if self.newest is not None:
                self._made.update((key, name) for key, name in found if key > self.newest)
            return found
        columns = _text_columns()
        if not columns:
            return []
        lower = {one for text in some for one in (text.lower(), " ".join(text.lower().split()))}
        alike = [or_(one.in_(some), func.lower(func.trim(one)).in_(lower)) for one in columns]
        rows = session.scalars(select(Customer).where(or_(*alike), self.visible).limit(_MOST_ALIKE))
        return [(inspect(row).identity[0], str(row)) for row in rows]

    def _keyed(self, session: Session, texts: Collection[str]) -> dict[str, tuple[Any, str]]:
        """Customers by the text of their key: the key itself, and the name."""
        typed = {text: typed_key(text, customer_key.type) for text in texts}
        keys = [key for key in typed.values() if key is not None]
        if not keys:
            return {}
        query = select(Customer).where(customer_key.in_(keys), self.visible)
        if self.newest is not None:
            query = query.where(customer_key <= self.newest)
        rows = {inspect(row).identity[0]: str(row) for row in session.scalars(query)}
        return {text: (key, rows[key]) for text, key in typed.items() if key in rows}


def name_in(text: str) -> str:
    """The name in ``Acme (#12)``, and any other text, with single blanks."""
    numbered = _NUMBERED.fullmatch(text)
    return " ".join((numbered[1] if numbered is not None else text).split())


def _choose(
    text: str,
    numbered: re.Match[str] | None,
    names: Mapping[str, Sequence[Any]],
    keys: Mapping[str, tuple[Any, str]],
) -> Any:
    whole = names.get(plain_name(text))
    if numbered is not None and numbered[2] in keys:
        key, name = keys[numbered[2]]
        if plain_name(name) == plain_name(numbered[1]):
            return key
        if not whole:
            return OtherName(numbered[2], name, numbered[1])
    alike = whole or (names.get(plain_name(numbered[1])) if numbered else None)
    if alike:
        return alike[0] if len(alike) == 1 else AMBIGUOUS
    return keys.get(text.removeprefix("#"), (UNKNOWN,))[0]


def _text_columns() -> list[Any]:
    """The text columns of the customers' list: what staff know them by."""
    model, view = Customer, current_contacts.customer_view
    columns = inspect(model).column_attrs
    return [
        getattr(model, name)
        for name in getattr(view, "list_columns", ())
        if name in columns and isinstance(columns[name].columns[0].type, String)
    ]
