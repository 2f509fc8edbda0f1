"""Columns of a host's model by name: reading them, searching them, loading them at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, String, cast, inspect as sa_inspect
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from ...errors import ConfigError
from ...later import later

if TYPE_CHECKING:
    from ...services import keyset
else:
    keyset = later("services.keyset")


def require(
    model: type,
    names: Iterable[str],
    where: str,
    *,
    stored: bool = False,
    through: bool = True,
    mend: str = "Correct the name.",
) -> None:
    """Raise :class:`ConfigError` for a name that ``model`` lacks.

    With ``through`` a name may go through relationships (``project.name``). With
    ``stored`` it has to end at a database column, because a query will use it. ``mend`` says
    what to do.
    """
    for name in names:
        if not _exists(model, name, stored) or ("." in name and not through):
            kind = "database column" if stored else "attribute"
            raise ConfigError(
                "contacts.C031",
                f"{where} names {name!r}, which is no {kind} of {model.__name__}.",
                mend,
            )


def read(record: Any, name: str) -> Any:
    """The value at ``name``, through relationships; None where one is missing."""
    value = record
    for part in name.split("."):
        if value is None:
            return None
        value = getattr(value, part)
        if callable(value):
            value = value()
    return value


def can_order(model: type, name: str) -> bool:
    """Whether every engine orders by the column, and it is no long text."""
    kind = getattr(model, name).type
    return keyset.can_order(kind) and not (isinstance(kind, String) and keyset.is_long(kind))


def is_stored(model: type, name: str) -> bool:
    """Whether ``name`` is a column of ``model``'s own table."""
    return isinstance(_property(model, name), ColumnProperty)


def is_text(model: type, name: str) -> bool:
    """Whether ``name`` is a column of text."""
    return is_stored(model, name) and isinstance(getattr(model, name).type, String)


def contains(model: type, name: str, word: str) -> ColumnElement[bool]:
    """The condition that the column at ``name`` holds ``word``, in any case.

    ``%`` and ``_`` in the word are what they are, not wildcards.
    """
    head, _dot, rest = name.partition(".")
    attribute = getattr(model, head)
    if rest:
        link: RelationshipProperty[Any] = attribute.property
        inner = contains(link.mapper.class_, rest, word)
        found = attribute.any(inner) if link.uselist else attribute.has(inner)
    else:
        text = attribute if is_text(model, head) else cast(attribute, String)
        found = text.icontains(word, autoescape=True)
    condition: ColumnElement[bool] = found
    return condition


def loading(model: type, names: Iterable[str]) -> list[ORMOption]:
    """Options that load every relationship among ``names`` with the rows, never one by one."""
    options: dict[tuple[str, ...], ORMOption] = {}
    for name in names:
        path: list[str] = []
        owner: type = model
        option: Any = None
        for part in name.split("."):
            link = _property(owner, part)
            if not isinstance(link, RelationshipProperty):
                break
            attribute = getattr(owner, part)
            load = selectinload if link.uselist else joinedload
            chained = getattr(option, load.__name__) if option is not None else load
            option = chained(attribute)
            path.append(part)
            options[tuple(path)] = option
            owner = link.mapper.class_
    return list(options.values())


def key_column(model: type) -> str:
    """The name of the key attribute; :class:`ConfigError` if the key is composite."""
    mapper: Mapper[Any] = sa_inspect(model)
    if len(mapper.primary_key) != 1:
        raise ConfigError(
            "contacts.C032",
            f"{model.__name__} has a composite primary key.",
            "Show it with views of your own; PortalModelView needs a single key column.",
        )
    return str(mapper.get_property_by_column(mapper.primary_key[0]).key)


def _property(model: type, name: str) -> Any:
    mapper: Mapper[Any] = sa_inspect(model)
    return mapper.attrs.get(name)


def _exists(model: type, name: str, stored: bool) -> bool:
    head, _dot, rest = name.partition(".")
    link = _property(model, head)
    if rest and isinstance(link, RelationshipProperty):
        return _exists(link.mapper.class_, rest, stored)
    if stored:
        return isinstance(link, ColumnProperty) and not rest
    return hasattr(model, head)
