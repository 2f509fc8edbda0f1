"""Modules that are loaded when a request or a command first asks for something of them.

What hangs together at the start (views with their addresses, the tables, the settings) imports
as ever; what only some pages need, they name twice: ``if TYPE_CHECKING`` imports it for the type
checker and for the rules of the floors, ``else`` puts a stand-in there. ``docs/architecture.md``
says where.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


class _Later:
    """Stands in for a module. Python's own lock lets one thread load it while others wait.

    It is copied and pickled as what it is, by its name: not as the module, which cannot be.
    """

    _module: Any = None

    def __init__(self, name: str) -> None:
        self._name = name

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return _Later, (self._name,)

    def __getattr__(self, name: str) -> Any:
        if self._module is None:
            self._module = import_module(self._name)
        return getattr(self._module, name)


def later(name: str) -> Any:
    """A stand-in for one of our modules: ``steps = later("services.importing.steps")``."""
    return _Later(f"{__package__}.{name}")


def names_later(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and the ``__dir__`` of a package whose names, by the modules of it that
    they are in, are loaded when they are first asked for, and are listed before. Both are hidden
    from type checkers, which know the names from an import ``if TYPE_CHECKING`` and would take
    any other for one."""

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f".{homes[name]}", package)
        vars(import_module(package))[name] = found = getattr(module, name)
        return found

    def known() -> list[str]:
        return sorted({*vars(import_module(package)), *homes})

    return load, known
