"""Pages that are loaded when they are first opened, as Flask's documentation shows it.

A page that must be known at the start (a module's, of a host's class) is a function as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

View = Callable[..., Any]
_FOUND_BY = "contacts_found_by"


def pages_of(module: str) -> Callable[[str], View]:
    """The views of a module of the portal, by their names: ``pages_of("sign_in.pages")``.

    Each has the names of the view that it opens: extensions of the host (a limit of requests,
    a protection of forms) tell views apart by those.
    """
    home = f"{__package__}.{module}"

    def page(name: str) -> View:
        def find() -> View:
            view: View = getattr(import_module(home), name)
            return view

        def opened(**values: Any) -> Any:
            return find()(**values)

        opened.__module__, opened.__name__, opened.__qualname__ = home, name, name
        setattr(opened, _FOUND_BY, find)
        return opened

    return page


def itself(view: View) -> View:
    """The view that is opened: itself, or what it was put in place of."""
    found: View = getattr(view, _FOUND_BY, lambda: view)()
    return found
