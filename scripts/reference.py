#!/usr/bin/env python
"""Write the pages of docs/reference/ that come from the code: one source for both.

Whole pages (signals, templates, permissions, doctor) and marked parts of pages that people write
(the options of cli.md, the table of roles.md). ``--check`` writes nothing and fails where one is
out of date. The settings have a script of their own, scripts/settings_reference.py.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_babel import Babel, force_locale
from jinja2 import Environment, nodes

from flask_contacts import cli, signals
from flask_contacts.mail.templates import PERSON_FIELDS, TEMPLATES as MAILS
from flask_contacts.registry import EMAIL_NOTIFICATIONS, Registry
from flask_contacts.services.doctor import PROBLEMS, Problem
from flask_contacts.services.staff import roles

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
TEMPLATES = ROOT / "templates"
_WRITTEN = "<!-- Written by scripts/reference.py from {source}. -->\n\n"
_BEGIN, _END = "<!-- written: {name} -->\n", "<!-- end: {name} -->"
_ROLE_ORDER = (roles.MARKETEER, roles.SALES, roles.MANAGER, roles.ADMIN)


def signals_page() -> str:
    """Every signal with its payload, in the order of the source."""
    source = Path(signals.__file__).read_text(encoding="utf-8")
    body = ast.parse(source).body
    parts = [_WRITTEN.format(source="flask_contacts/signals.py"), "# Signals\n\n"]
    parts.append(_plain(ast.get_docstring(ast.parse(source)) or "") + "\n\n")
    parts.append("```python\nfrom flask_contacts.signals import contact_created\n\n\n")
    parts.append("@contact_created.connect\ndef greet(app, contact_id): ...\n```\n\n")
    parts.append("| Signal | Fires when |\n| --- | --- |\n")
    for node, following in pairwise([*body, ast.Pass()]):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if not name.startswith("_"):
                parts.append(f"| `{name}` | {_row(_docstring(following))} |\n")
    return "".join(parts)


def doctor_page() -> str:
    """Every finding of ``flask contacts doctor``."""
    parts = [_WRITTEN.format(source="flask_contacts/services/doctor/"), _DOCTOR]
    for code, problem in sorted(PROBLEMS.items()):
        parts.append(_problem(code, problem))
    return "".join(parts)


def permissions_page() -> str:
    """What contacts and staff may hold."""
    registry = Registry()
    parts = [_WRITTEN.format(source="registry.py and services/staff/roles.py"), _PERMISSIONS]
    parts.append(
        "| Permission | Label | Opens | Topics that need it |\n| --- | --- | --- | --- |\n"
    )
    for name, label in registry.permissions.items():
        topics = sorted(topic.name for topic in registry.topics.values() if topic.module == name)
        opens = "own topics" if name == EMAIL_NOTIFICATIONS else f"`/portal/{name}/`"
        parts.append(f"| `{name}` | {label} | {opens} | {_codes(topics)} |\n")
    parts.append(_STAFF_PERMISSIONS)
    parts.append("| Name | Permissions |\n| --- | --- |\n")
    for view, permissions in roles.RIGHTS.items():
        parts.append(f"| {view} | {_codes(sorted(permissions))} |\n")
    return "".join(parts)


def templates_page() -> str:
    """Every template with its blocks and its context, and every mail with its merge fields."""
    parts = [_WRITTEN.format(source="templates/flask_contacts/"), _TEMPLATES]
    for folder, about in _FOLDERS.items():
        parts.append(f"## {about}\n\n")
        paths = sorted((TEMPLATES / "flask_contacts" / folder).glob("*.*"))
        parts += [_template(path) for path in paths if path.suffix in {".html", ".txt"}]
    parts.append(_MAIL_WORDS)
    parts.append(_codes([f"{{{field.name}}}" for field in PERSON_FIELDS]) + ".\n\n")
    parts.append(
        "| Name | Label | Merge fields | Can be switched off |\n| --- | --- | --- | --- |\n"
    )
    for mail in MAILS.values():
        fields = _codes([f"{{{field.name}}}" for field in mail.fields])
        off = "no" if mail.required else "yes"
        parts.append(f"| `{mail.name}` | {mail.label} | {fields} | {off} |\n")
    return "".join(parts)


def command_options() -> str:
    """Each command's arguments and options, for cli.md."""
    parts = ["\n"]
    group = click.Context(cli.commands)
    for name in cli.commands.list_commands(group):
        command = cli.commands.get_command(group, name)
        usage = " ".join(command.collect_usage_pieces(click.Context(command)))
        parts.append(f"### `{name}`\n\n{_plain(_help(command))}\n\n")
        parts.append(f"    flask contacts {name} {usage}\n\n")
        options = [one for one in command.params if isinstance(one, click.Option)]
        if options:
            parts.append("| Option | |\n| --- | --- |\n")
        for option in options:
            record = option.get_help_record(click.Context(command))
            assert record is not None
            parts.append(f"| `{record[0].replace('|', ' or ')}` | {_row(record[1])} |\n")
        parts.append("\n" if options else "")
    return "".join(parts)


def role_table() -> str:
    """Who of create-roles' roles holds what, for roles.md."""
    head = "".join(f" {role} |" for role in _ROLE_ORDER)
    parts = [f"\n| Permission | On |{head}\n| --- | --- |{' --- |' * len(_ROLE_ORDER)}\n"]
    for view, permissions in roles.RIGHTS.items():
        by_holders: dict[frozenset[str], list[str]] = {}
        for name, holders in permissions.items():
            by_holders.setdefault(frozenset(holders), []).append(name)
        for held, names in by_holders.items():
            cells = "".join(f" {'yes' if role in held else '–'} |" for role in _ROLE_ORDER)
            parts.append(f"| {_codes(names)} | {view} |{cells}\n")
    return "".join([*parts, "\n"])


PAGES: dict[str, Callable[[], str]] = {
    "signals.md": signals_page,
    "doctor.md": doctor_page,
    "permissions.md": permissions_page,
    "templates.md": templates_page,
}
#: Parts of pages: file and name of the part.
PARTS: dict[tuple[str, str], Callable[[], str]] = {
    ("cli.md", "options"): command_options,
    ("roles.md", "rights"): role_table,
}


def written() -> Iterator[tuple[Path, str]]:
    """Each page as it should be."""
    app = Flask("reference")
    Babel(app)
    with app.app_context(), force_locale("en"):
        for name, page in PAGES.items():
            yield REFERENCE / name, page().rstrip() + "\n"
        for (name, part), write in PARTS.items():
            path = REFERENCE / name
            yield path, _put(path.read_text(encoding="utf-8"), part, write())


def main(arguments: list[str]) -> int:
    """Write the pages; with ``--check`` only say which are out of date."""
    stale = [(path, text) for path, text in written() if _read(path) != text]
    for path, text in stale:
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        state = "is out of date" if "--check" in arguments else "written"
        print(f"{path.relative_to(ROOT)} {state}")
    return 1 if stale and "--check" in arguments else 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _put(page: str, name: str, text: str) -> str:
    begin, end = _BEGIN.format(name=name), _END.format(name=name)
    before, found, rest = page.partition(begin)
    _old, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"The page has no part {name!r}: {begin.strip()} … {end}")
    return f"{before}{begin}{text}{end}{after}"


def _problem(code: str, problem: Problem) -> str:
    return (
        f"## {code}\n\n**{problem.title}** ({problem.level}). {problem.means}\n\n"
        f"{_linked(str(problem.mend))}\n\n"
    )


def _template(path: Path) -> str:
    source = path.read_text(encoding="utf-8")
    name = path.relative_to(TEMPLATES).as_posix()
    tree = _ENVIRONMENT.parse(source)
    blocks = [block.name for block in tree.find_all(nodes.Block)]
    extended = [node.template for node in tree.find_all(nodes.Extends)]
    bases = [node.value for node in extended if isinstance(node, nodes.Const)]
    macros = [macro.name for macro in tree.find_all(nodes.Macro)]
    found = _COMMENT.match(source)
    lines = [f"### `{name}`\n\n"]
    if found:
        lines.append("```text\n" + _dedented(found[1]) + "\n```\n\n")
    for label, names in (("Extends", bases), ("Blocks", blocks), ("Macros", macros)):
        if names:
            lines.append(f"{label}: {_codes(names)}\n\n")
    return "".join(lines)


def _dedented(comment: str) -> str:
    first, _newline, rest = comment.strip("-+ \n").partition("\n")
    lines = rest.splitlines()
    margin = min((len(one) - len(one.lstrip()) for one in lines if one.strip()), default=0)
    return "\n".join([first.strip(), *(one[margin:].rstrip() for one in lines)]).rstrip()


def _docstring(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def _help(command: Any) -> str:
    return re.sub(r"(?<!\n)\n(?!\n)", " ", cleandoc(command.help or ""))


def _plain(text: str) -> str:
    return re.sub(r"``(.+?)``", r"`\1`", text)


def _row(text: str) -> str:
    return " ".join(_plain(text).split()).replace("|", "\\|")


def _codes(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def _linked(text: str) -> str:
    """``docs/howto/tables.md`` as a link from this folder."""
    return re.sub(
        r"docs/((howto|reference)/([\w-]+)\.md)",
        lambda found: f"[{found[3]}](../{found[1]})",
        text,
    )


_COMMENT = re.compile(r"\s*\{#(.*?)#\}", re.DOTALL)
_ENVIRONMENT = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
_FOLDERS = {
    "portal": "The portal",
    "email": "Mails",
    "admin": "The admin",
}
_DOCTOR = """\
# What the doctor finds

`flask contacts doctor` examines an installation: settings, mail server, database, rights,
delivery and what the application registers. It changes nothing; the mail server is connected to,
greeted and left, and no mail is sent. It ends with 1 where it found an error. `--json` prints all
for a program, `--offline` asks no mail server, no broker and no Redis. What stops the application
from starting is told at its start, with [a code of its own](api.md).

An **error** keeps something from working, or opens a door; a **warning** will, or might; a
**note** is worth to know.

"""
_PERMISSIONS = """\
# Permissions

There are two kinds, for two kinds of people.

## Of contacts

A contact holds permissions of the portal; staff tick them on the contact's form, primary contacts
those of their colleagues. Each opens a module. These are the names that are known from the start;
`contacts.add_module(PortalModule(...))` adds one for a module of yours,
`contacts.add_topic(Topic(...))` a topic that mail is about.

"""
_STAFF_PERMISSIONS = """
A module is shown once your application gives it pages. `email_notifications` lets contacts choose
their own topics in the portal.

## Of staff

They are Flask-AppBuilder's and stand under names that stay when a class is renamed. `flask
contacts create-roles` makes four roles with [these rights](roles.md); roles of yours take what
they need.

"""
_TEMPLATES = """\
# Templates and their blocks

Put a file of the same name into your application's template folder, and it is used in place of
ours. To change the frame of all pages, replace `base.html` or one of the small ones that it
includes; pages of yours extend it and fill its blocks. `flask contacts doctor` names the
templates that you have replaced (FC605): compare them after an upgrade. Looks need no template at
all: [theming](../howto/theming.md).

Each opens with what it is given.

"""
_MAIL_WORDS = """\
## Words of mails

Staff change subject and text of these under Setup → Email Templates, in each language.
`contacts.add_email_template(MailTemplate(...))` adds those of your application. Every mail to a
contact also has """

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
