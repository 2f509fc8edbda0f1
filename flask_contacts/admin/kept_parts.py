"""Parts of pages that are alike for many readers, written once and kept.

A part is kept by what it is made of, the language of now and where the application is mounted.
Nothing that somebody typed, no row and no token may stand in one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from flask_babel import get_locale

_STORE = "flask_contacts.kept_parts"
_MOST = 500
T = TypeVar("T")


class _Parts:
    """The parts of an application; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self.by_key: dict[Hashable, object] = {}
        self.lock = Lock()

    def keep(self, key: Hashable, part: object) -> None:
        with self.lock:
            while len(self.by_key) >= _MOST:
                del self.by_key[next(iter(self.by_key))]
            self.by_key[key] = part


def makes_plain_addresses() -> bool:
    """Whether addresses are made the way that Flask makes them, so that a part may hold some."""
    app: Any = current_app
    return not any(app.url_default_functions.values()) and app.url_for.__func__ is Flask.url_for


def kept_part(made_of: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` gives, called once for all that it is made of; called in a request."""
    extensions = current_app.extensions
    parts: _Parts = extensions.get(_STORE) or extensions.setdefault(_STORE, _Parts())
    # An address may name the server, and a proxy many of them.
    key = (made_of, get_locale(), request.scheme, request.host, request.script_root)
    part = parts.by_key.get(key)
    if part is None:
        part = make()
        parts.keep(key, part)
    return cast("T", part)
