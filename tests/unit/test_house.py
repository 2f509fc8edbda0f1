"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import settings_reference

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "flask_contacts"
MOST_LINES = 250
_MACHINE_PATH = re.compile(r"""(?<![\w.$}<])/(?:work|home/\w|Users/\w|root|tmp/\w|opt/\w)[/\w]""")
_TEXT = {".py", ".html", ".txt", ".md", ".toml", ".cfg", ".sh", ".js", ".css", ".mk", ".yml", ""}


def tracked_files() -> list[Path]:
    """What git keeps, or would keep once it is added."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def modules() -> list[Path]:
    """All modules of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def read(path: Path) -> ast.Module:
    """The syntax tree of a source file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def relative(path: Path) -> str:
    """The path as a person writes it."""
    return path.relative_to(ROOT).as_posix()


def test_modules_are_short() -> None:
    """A module past 250 lines is two of something."""
    lengths = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()
    }
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_modules_say_what_they_are() -> None:
    """Every module, also of templates, translations and tests, opens with a docstring."""
    sources = [path for path in tracked_files() if path.suffix == ".py"]
    assert [relative(path) for path in sources if ast.get_docstring(read(path)) is None] == []


def test_no_module_is_a_drawer() -> None:
    """No ``utils``, ``helpers``, ``common``, ``manager``: a module is one concept."""
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
    assert [relative(path) for path in modules() if path.stem in drawers] == []


def test_tests_say_what_must_hold() -> None:
    """Every test function has a docstring."""
    silent = [
        f"{relative(path)}::{function.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for function in ast.walk(read(path))
        if isinstance(function, ast.FunctionDef)
        and function.name.startswith("test_")
        and ast.get_docstring(function) is None
    ]
    assert silent == []


def imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """``(module, name)`` of each ``from module import name``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


def test_services_know_no_request() -> None:
    """Services take values; request, session cookie and ``g`` belong to the views."""
    web = {"request", "g", "session", "flash", "redirect", "abort", "has_request_context"}
    guilty = [
        f"{relative(path)}: {name}"
        for floor in ("services", "models")
        for path in (PACKAGE / floor).rglob("*.py")
        for module, name in imported_names(read(path))
        if module == "flask" and name in web
    ]
    assert guilty == []


def test_testing_does_not_bind_the_customer() -> None:
    """A host's conftest may import our helpers before its own ``@bind_customer`` model."""
    program = (
        "import sys, flask_contacts, flask_contacts.testing\n"
        "sys.exit('flask_contacts.models.base' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_words_are_literal() -> None:
    """gettext is called with literal strings only: others are never extracted."""
    guilty = [
        f"{relative(path)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(read(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"_", "_l", "_n"}
        and not (node.args and isinstance(node.args[0], ast.Constant))
    ]
    assert guilty == []


def test_settings_are_described() -> None:
    """Every setting has a docstring under it, and there are few enough to know them all."""
    found = list(settings_reference.settings())
    assert [setting.name for setting in found if not setting.text] == []
    assert len(found) <= 26


def test_settings_page_is_up_to_date() -> None:
    """docs/reference/settings.md says what config.py says (``make settings-reference``)."""
    assert settings_reference.PAGE.read_text(encoding="utf-8") == settings_reference.page()


def test_settings_are_used() -> None:
    """A setting that nothing reads misleads."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in modules())
    unused = [
        setting.name
        for setting in settings_reference.settings()
        if not re.search(rf'["\'](?:CONTACTS_)?{setting.name.removeprefix("CONTACTS_")}', sources)
    ]
    assert unused == []


def test_nothing_is_vendored() -> None:
    """No third-party or minified file is kept: those come with their packages."""
    minified = re.compile(r"(\.min\.(js|css)|\.map|\.bundle\.js)$")
    folders = {"node_modules", "vendor", "third_party", "site-packages"}
    guilty = [
        relative(path)
        for path in tracked_files()
        if minified.search(path.name)
        or folders & set(path.parts[len(ROOT.parts) :])
        or (path.suffix in {".js", ".css"} and _longest_line(path) > 1000)
    ]
    assert guilty == []


def _longest_line(path: Path) -> int:
    return max(map(len, path.read_text(encoding="utf-8").splitlines()), default=0)


def test_no_path_of_a_machine() -> None:
    """No file names a folder of the machine that it was written on."""
    guilty = [
        f"{relative(path)}:{number}"
        for path in tracked_files()
        if path.suffix in _TEXT and path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _MACHINE_PATH.search(line)
    ]
    assert guilty == []


@pytest.mark.parametrize("text", ["cd /home/build/main", "'/home/ada/x'", "/tmp/v/bin"])
def test_path_of_a_machine_is_seen(text: str) -> None:
    """The pattern above finds what it is for."""
    assert _MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["https://example.com/root/", "/usr/bin/env", "${x}/home/y/"])
def test_other_paths_pass(text: str) -> None:
    """The pattern above leaves addresses and standard places alone."""
    assert not _MACHINE_PATH.search(text)


def test_reference_is_up_to_date() -> None:
    """docs/reference/ says what the code says (``make reference``)."""
    command = [sys.executable, "-m", "scripts.reference", "--check"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
