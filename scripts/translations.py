#!/usr/bin/env python
"""Extract the words of the package and of the example, merge them into their catalogs,
compile those.

The output depends on the words alone: no dates, no line numbers, sorted. So a second
run changes nothing, and two people who translate do not collide. ``--check`` writes
nothing and fails when something would change.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("es", "it", "pt", "pt_BR")
_IN_CONTEXT = ((1, "c"), 2)
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "_n": (1, 2),
    "_p": _IN_CONTEXT,
    "_lp": _IN_CONTEXT,
    "lazy_gettext": None,
}


@dataclass(frozen=True)
class Words:
    """A body of words with catalogs of its own: its name, where those lie, its sources."""

    name: str
    directory: Path
    sources: Mapping[str, Sequence[tuple[str, str]]]

    def path(self, language: str, suffix: str = "po") -> Path:
        """Where the catalog of a language lies."""
        return self.directory / language / "LC_MESSAGES" / f"messages.{suffix}"


PACKAGE = Words(
    "flask-contacts",
    ROOT / "translations",
    {
        "flask_contacts": [("**.py", "python")],
        "templates": [("**/email/**.txt", "jinja2"), ("**.html", "jinja2")],
    },
)
EXAMPLE = Words(
    "example_app",
    ROOT / "example_app" / "translations",
    {"example_app": [("**.py", "python"), ("**.html", "jinja2")]},
)
ALL = (PACKAGE, EXAMPLE)
_NOISE = re.compile(
    rb'^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid-Bugs-To'
    rb'|Last-Translator|Language-Team): .*\\n"\n',
    re.MULTILINE,
)


def extract(words: Words) -> Catalog:
    """The template: every word of the sources that goes through gettext."""
    catalog = Catalog(
        project=words.name,
        version="1",
        header_comment=f"# The words of {words.name}.",
        charset="utf-8",
        fuzzy=False,
    )
    for folder, methods in words.sources.items():
        for name, _, message, comments, context in extract_from_dir(
            ROOT / folder,
            methods,
            {pattern: {"silent": "false"} for pattern, method in methods if method == "jinja2"},
            keywords=_KEYWORDS,
            comment_tags=("i18n:",),
            strip_comment_tags=True,
        ):
            place = (f"{folder}/{name}", 1)
            catalog.add(message, None, [place], auto_comments=comments, context=context)
    return catalog


def merged(words: Words, language: str, template: Catalog) -> Catalog:
    """The catalog of a language with what the template added; what it lost is dropped."""
    path = words.path(language)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, domain="messages")
    else:
        catalog = Catalog(locale=language)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=True)
    catalog.project, catalog.version = template.project, template.version
    catalog.fuzzy = False
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    """The catalog as text, without what changes from run to run."""
    buffer = BytesIO()
    write_po(
        buffer, catalog, width=88, sort_output=True, ignore_obsolete=True, include_lineno=False
    )
    return _NOISE.sub(b"", buffer.getvalue())


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalog as gettext reads it at run time."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def outputs() -> dict[Path, bytes]:
    """What every file should hold."""
    files = {}
    for words in ALL:
        template = extract(words)
        files[words.directory / "messages.pot"] = po_bytes(template)
        for language in LANGUAGES:
            catalog = merged(words, language, template)
            files[words.path(language)] = po_bytes(catalog)
            files[words.path(language, "mo")] = mo_bytes(catalog)
    return files


def messages(catalog: Catalog) -> dict[tuple[str, str], list[str]]:
    """What a catalog says, without its header: each word, in its context, with its
    translation's forms."""
    said = {}
    for message in catalog:
        translated = _forms(message.string)
        if message.id and any(translated):
            context: str | bytes = message.context or ""  # bytes where it was read from a .mo
            context = context if isinstance(context, str) else context.decode()
            said[context, _forms(message.id)[0]] = translated
    return said


def _forms(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [text or ""] if isinstance(text, str | None) else list(text)


def _is_current(path: Path, content: bytes) -> bool:
    if not path.exists():
        return False
    if path.suffix != ".mo":
        return path.read_bytes() == content
    with path.open("rb") as file:  # its header names the day and Babel's release
        return messages(read_mo(file)) == messages(read_mo(BytesIO(content)))


def stale() -> list[tuple[Path, bytes]]:
    """The files that do not hold what they should, each with what it should hold."""
    return [
        (path, content) for path, content in outputs().items() if not _is_current(path, content)
    ]


def main(arguments: list[str]) -> int:
    """Write what has changed; with ``--check`` only say so."""
    check = "--check" in arguments
    changed = stale()
    for path, content in changed:
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        print(f"{path.relative_to(ROOT)} {'is out of date' if check else 'written'}")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
