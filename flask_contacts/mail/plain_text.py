"""The text part of a mail, made from its HTML part.

Reads the small HTML that templates may hold (paragraphs, lists, tables, links, emphasis).
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {"p", "div", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "table"}
_BETWEEN_CELLS = " | "


def html_to_text(html: str) -> str:
    """The same words without markup; a link shows its address after its words."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = "".join(reader.parts)
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._lists: list[int | None] = []  # the numbers reached; None where there are none
        self._first_cell = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"ul", "ol"}:
            self._lists.append(0 if tag == "ol" else None)
        if tag in {"td", "th"}:
            self.parts.append("" if self._first_cell else _BETWEEN_CELLS)
            self._first_cell = False
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.parts)))
        else:
            self.parts.append(self._opening(tag))

    def _opening(self, tag: str) -> str:
        if tag == "li":
            return f"\n{self._bullet()} "
        if tag == "hr":
            return "\n\n---\n\n"
        if tag == "tr":
            self._first_cell = True
        if tag in {"br", "tr"}:
            return "\n"
        return "\n\n" if tag in _BLOCKS else ""

    def _bullet(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "-"
        self._lists[-1] += 1
        return f"{self._lists[-1]}."

    def handle_endtag(self, tag: str) -> None:
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            if href and href.removeprefix("mailto:") not in "".join(self.parts[start:]):
                self.parts.append(f": {href}")

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", data))
