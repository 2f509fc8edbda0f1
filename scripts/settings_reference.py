#!/usr/bin/env python
"""Write docs/reference/settings.md from flask_contacts/config.py: one source for both.

A setting is an upper-case annotated name with a docstring under it. ``--check`` writes
nothing and fails when the page is out of date.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "flask_contacts" / "config.py"
PAGE = ROOT / "docs" / "reference" / "settings.md"
_INTRODUCTION = """\
<!-- Written by scripts/settings_reference.py from flask_contacts/config.py. -->

# Settings

Values that differ from one installation to the next are read from `app.config`, where
each name starts with `CONTACTS_`. Choices that belong to the code (modules, topics, tabs)
are made on the `Contacts` object instead.
"""


@dataclass(frozen=True)
class Setting:
    """A setting as config.py declares it; ``text`` is None where its docstring is missing."""

    name: str
    type: str
    default: str
    text: str | None


def settings() -> Iterator[Setting]:
    """Every setting, in the order of the source."""
    body = ast.parse(SOURCE.read_text(encoding="utf-8")).body
    for node, following in pairwise([*body, ast.Pass()]):
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            continue
        name = node.target.id
        if name.isupper() and not name.startswith("_") and name != "DEFAULTS":
            assert node.value is not None
            yield Setting(
                f"CONTACTS_{name}",
                ast.unparse(node.annotation),
                ast.unparse(node.value),
                _docstring(following),
            )


def _docstring(node: ast.stmt) -> str | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        value = node.value.value
        return re.sub(r"``(.+?)``", r"`\1`", value) if isinstance(value, str) else None
    return None


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for setting in settings():
        default = setting.default.replace("'", '"')
        if re.fullmatch(r"[\d\s*]+", default) and "*" in default:
            seconds = 1
            for factor in default.split("*"):
                seconds *= int(factor)
            default = f"{seconds} ({default})"
        parts.append(
            f"## `{setting.name}`\n\n"
            f"Type `{setting.type}`, default `{default}`.\n\n{setting.text or ''}\n"
        )
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the page; with ``--check`` only say whether it is out of date."""
    current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if current == page():
        return 0
    if "--check" in arguments:
        print(f"{PAGE.relative_to(ROOT)} is out of date")
        return 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
