"""Modules that are loaded when a request or a command first asks for something of them.

What hangs together at the start (views with their addresses, the tables, the settings) imports
as ever; what only some pages need, they name twice: ``if TYPE_CHECKING`` imports it for the type
checker and for the rules of the floors, ``else`` puts a stand-in there. ``docs/architecture.md``
says where.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class _Later:
    """Stands in for a module. Python's own lock lets one thread load it while others wait."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._module is None:
            self._module = import_module(self._name)
        return getattr(self._module, name)


def later(name: str) -> Any:
    """A stand-in for one of our modules: ``steps = later("services.importing.steps")``."""
    return _Later(f"{__package__}.{name}")
