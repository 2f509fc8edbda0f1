"""Opaque cursors for lists that are in the order of a key."""

from __future__ import annotations

from ..services import keyset
from ..services.keyset import Place
from .queries import unknown_cursor


def sign(name: str, key: int | None) -> str | None:
    """The cursor after a row; None after the last."""
    return None if key is None else keyset.sign(f"rest.{name}", Place(0, [key]))


def read(name: str, cursor: str | None) -> int | None:
    """The key that :func:`sign` was given; raises ``Refused`` (400) for anything else."""
    if not cursor:
        return None
    place = keyset.read(f"rest.{name}", cursor, 1)
    if place is None:
        raise unknown_cursor()
    return int(place.values[0])
