"""What the documents take from outside of docs/: a hook of MkDocs.

README.md is the first page, so that the quickstart stands written once; the change log and the
notes for contributors are pages too. Files of the example that pages link to are put beside them.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
#: Files of the repository and the pages that they become.
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "weaknesses.md",
}
_SOURCES = "source/"
_LINK = re.compile(r"(?<=\]\()([^)\s#:]+)(#[^)\s]*)?(?=\))")


def on_files(files: Files, config: Any, **_rest: object) -> Files:
    """Add the pages, and the sources that any page links to."""
    linked = set[str]()
    for source, page in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=_moved(text, source, page)))
        linked |= _sources(text, source)
    for path in (ROOT / "docs").rglob("*.md"):
        name = path.relative_to(ROOT).as_posix()
        linked |= _sources(path.read_text(encoding="utf-8"), name)
    for name in sorted(linked):
        content = (ROOT / name).read_bytes()
        files.append(File.generated(config, _target(name), content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_rest: object) -> str:
    """Let links that leave docs/ lead to the pages made above."""
    uri = page.file.src_uri
    return markdown if uri in PAGES.values() else _moved(markdown, f"docs/{uri}", uri)


def _sources(text: str, source: str) -> set[str]:
    """The files outside of docs/ that are linked to and are no page."""
    found = {_reached(source, match[1]) for match in _LINK.finditer(text)}
    return {name for name in found if not name.startswith("docs/") and name not in PAGES}


def _moved(text: str, source: str, page: str) -> str:
    """The same text where ``page`` stands, its links leading where they led."""

    def rewrite(match: re.Match[str]) -> str:
        target = _target(_reached(source, match[1]))
        return posixpath.relpath(target, posixpath.dirname(page) or ".") + (match[2] or "")

    return _LINK.sub(rewrite, text)


def _reached(source: str, link: str) -> str:
    """The file of the repository that a link of ``source`` leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), link))


def _target(name: str) -> str:
    """Where a file of the repository stands among the pages."""
    if name in PAGES:
        return PAGES[name]
    return name.removeprefix("docs/") if name.startswith("docs/") else f"{_SOURCES}{name}.txt"
