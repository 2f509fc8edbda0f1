"""What is loaded when it is first asked for is what its name says, whoever asks first."""

from __future__ import annotations

import ast
import copy
import pickle
import sys
import threading
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import flask_contacts
from flask_contacts import cli, portal
from flask_contacts.later import later

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "flask_contacts").rglob("*.py"))


def blocks(path: Path) -> Iterator[ast.If]:
    """The blocks of a module that the type checker reads in another way."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.orelse:
            yield node


def stand_ins(block: ast.If) -> dict[str, str]:
    """The names of a block's stand-ins, with the modules that they stand for."""
    return {
        node.targets[0].id: f"flask_contacts.{node.value.args[0].value}"
        for node in block.orelse
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "later"
        and isinstance(node.value.args[0], ast.Constant)
    }


def imported(block: ast.If, path: Path) -> dict[str, str]:
    """What the type checker reads there: names, and what they are."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    found: dict[str, str] = {}
    for node in block.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            home = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            home = f"{home}.{node.module}" if node.module else home
            found |= {alias.asname or alias.name: f"{home}.{alias.name}" for alias in node.names}
    return found


def test_the_type_checker_reads_the_same() -> None:
    """Each stand-in has the import of its module, which there is, beside it under its name."""
    stands = 0
    for path in SOURCES:
        for block in blocks(path):
            read = imported(block, path)
            for name, module in stand_ins(block).items():
                assert read.get(name) == module, f"{path.name}: {name}"
                assert import_module(module)
                stands += 1
    assert stands > 100


def test_a_stand_in_gives_what_the_module_has() -> None:
    """Its own values, and the usual error for what it does not have."""
    clock = later("clock")
    assert clock.utc_now is import_module("flask_contacts.clock").utc_now
    with pytest.raises(AttributeError, match="no_such_thing"):
        clock.no_such_thing  # noqa: B018  asked for


def test_a_stand_in_is_copied_as_what_it_is() -> None:
    """Also one that has loaded nothing yet: a host may copy or pickle what holds one."""
    fresh, used = later("clock"), later("clock")
    clock = import_module("flask_contacts.clock")
    assert used.utc_now is clock.utc_now
    for one in (fresh, used):
        for copied in (copy.copy(one), copy.deepcopy([one])[0], pickle.loads(pickle.dumps(one))):
            assert type(copied) is type(one)
            assert copied.utc_now is clock.utc_now


def test_annotations_of_what_hosts_make_can_be_read() -> None:
    """By whoever asks Python for the types of its fields, such as a tool that documents them."""
    read = {
        name: typing.get_type_hints(getattr(package, name))
        for package in (flask_contacts, portal)
        for name in package.__all__
        if isinstance(getattr(package, name), type)
    }
    assert {"query", "columns", "link"} <= set(read["RelatedRecords"])
    assert "download" in read["RelatedList"]


def test_threads_that_ask_at_once_get_the_whole_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One loads it while the others wait: nobody sees a half of it, nobody loads it again."""
    home = import_module("flask_contacts.services")
    (tmp_path / "slow_to_load.py").write_text(
        "import threading\nLOADED = []\nLOADED.append(threading.get_ident())\n"
        "threading.Event().wait(0.2)\nLAST = 1\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(home, "__path__", [*home.__path__, str(tmp_path)])
    stand_in, seen = later("services.slow_to_load"), []
    threads = [threading.Thread(target=lambda: seen.append(stand_in.LAST)) for _one in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del sys.modules["flask_contacts.services.slow_to_load"]
    assert seen == [1] * 8
    assert len(stand_in.LOADED) == 1


def test_every_command_has_its_name() -> None:
    """A command that is listed is found, says the same name, and another is not found."""
    group = click.Context(cli.commands)
    names = cli.commands.list_commands(group)
    found = [cli.commands.get_command(group, name) for name in names]
    assert [one.name for one in found if one is not None] == names
    assert cli.commands.get_command(group, "no-such-command") is None


def test_a_package_lists_what_it_has_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``dir`` names it beside what is there and loads nothing; whoever asks for it gets it."""
    home = tmp_path / "late_names"
    home.mkdir()
    (home / "__init__.py").write_text(
        "from flask_contacts.later import names_later\nHERE = 1\n"
        '__getattr__, __dir__ = names_later(__name__, {"LATE": "rooms"})\n',
        encoding="utf-8",
    )
    (home / "rooms.py").write_text("LATE = 2\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    package = import_module("late_names")
    try:
        assert {"HERE", "LATE", "__name__"} <= set(dir(package))
        assert "late_names.rooms" not in sys.modules
        assert package.LATE == 2
        assert dir(package).count("LATE") == 1
    finally:
        for name in ("late_names", "late_names.rooms"):
            sys.modules.pop(name, None)


def test_names_of_a_package_come_with_their_first_use() -> None:
    """They are known to ``dir`` before; another name is none, to a type checker either."""
    for package in (flask_contacts, portal):
        assert set(package.__all__) <= set(dir(package))
        with pytest.raises(AttributeError, match="no attribute 'Typo'"):
            package.Typo  # noqa: B018
