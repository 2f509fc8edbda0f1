"""Which model is the customer: the host's own, or the bundled one.

The decision falls before our tables are defined, because ``Contact.customer_id`` takes
its type and its foreign key from the customer's primary key; importing the tables is
the moment of binding. One binding a process.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Column, inspect as sa_inspect
from sqlalchemy.orm import Mapper

from ..errors import ConfigError
from ..record_keys import LONGEST_KEY

T = TypeVar("T", bound=type)
_PACKAGE = str(Path(__file__).resolve().parent.parent)
_IMPORTLIB = str(Path(importlib.__file__).resolve().parent)
_TABLES = f"{__package__}.base"
_bound: type | None = None
_frozen_at: str | None = None


def bind_customer(model: T) -> T:
    """Make ``model`` the customer that contacts belong to (class decorator).

    Idempotent for the same class. Raises :class:`ConfigError` for what is no model, a key
    that is composite or too long, a second model, and when our tables were used already.
    """
    global _bound
    if _bound is model:
        return model
    if _bound is not None:
        raise ConfigError(
            "contacts.C020",
            f"{_bound.__name__} is bound as the customer already.",
            "Decorate one model only.",
        )
    if _TABLES in sys.modules:
        raise ConfigError(
            "contacts.C021",
            f"The customer model was already used at {_frozen_at}.",
            "Import the module with @bind_customer before flask_contacts.portal, "
            "flask_contacts.admin and flask_contacts.models: those use the tables.",
        )
    single_key(model)
    _bound = model
    return model


def bound_customer() -> type | None:
    """The host's own model, or None where the bundled one serves."""
    return _bound


def freeze() -> None:
    """Remember where our tables were first used: from here on binding is too late."""
    global _frozen_at
    _frozen_at = _first_frame_outside()


def single_key(model: type) -> Column[Any]:
    """The key column that our foreign keys point at.

    Raises :class:`ConfigError` for a class without a table, and for a key that is composite
    or longer than our columns and our addresses can be.
    """
    mapper: Any = sa_inspect(model, raiseerr=False)
    if not isinstance(mapper, Mapper):
        raise ConfigError(
            "contacts.C023",
            f"{model.__name__} is no mapped class with a table of its own.",
            "Decorate the model of your customers, not a base or a mixin.",
        )
    keys = mapper.primary_key
    if len(keys) != 1:
        raise ConfigError(
            "contacts.C022",
            f"{model.__name__} has a composite primary key.",
            "Bind a model with a single key column.",
        )
    column: Any = keys[0]
    if (getattr(column.type, "length", None) or 0) > LONGEST_KEY:
        raise ConfigError(
            "contacts.C024",
            f"{model.__name__} has a key of up to {column.type.length} characters.",
            f"Bind a model whose key has at most {LONGEST_KEY}.",
        )
    return cast("Column[Any]", column)


def _first_frame_outside() -> str:
    for frame in reversed(traceback.extract_stack()):
        if not frame.filename.startswith((_PACKAGE, _IMPORTLIB, "<frozen")):
            return f"{Path(frame.filename).name}:{frame.lineno}"
    return "the start of the process"
