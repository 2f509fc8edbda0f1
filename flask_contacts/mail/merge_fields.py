"""``{contact_firstname}``: a single pass over what staff typed, and nothing more.

No template language runs on it: even a sandboxed one printed a secret and hung. Values
are escaped in HTML and never expanded again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from markupsafe import escape

from ..errors import UnknownMergeField

_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BRACED = re.compile(r"(?<!\{)\{([^{}]*)\}(?!\})")
_TAG = re.compile(r"<[^<>]*>")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE = re.compile(r"\r\n|\r|\n")
_MEANT = re.compile(r"[A-Za-z][\w .-]*")  # what somebody takes for a field


def check(text: str, known: Collection[str]) -> None:
    """Raise :class:`UnknownMergeField` for the first ``{name}`` that is not known.

    Also for one that is only misspelt, with spaces or capitals: it would be mailed as it
    stands.
    """
    for match in _BRACED.finditer(text):
        name = match.group(1).strip()
        if _MEANT.fullmatch(name) and (match.group(1) != name or name not in known):
            raise UnknownMergeField(name)


def cut_in_two(html: str) -> str | None:
    """The first merge field that a tag stands in the middle of, else None: ``{con</b>tact}``
    would be mailed as it stands."""
    for match in _BRACED.finditer(html):
        name = _TAG.sub("", match.group(1)).strip()
        if name != match.group(1).strip() and _MEANT.fullmatch(name):
            return name
    return None


def as_texts(values: Mapping[str, object]) -> dict[str, str]:
    """The values as text, lazy ones in the language of the moment.

    What no mail can hold (a lone surrogate, which JSON and a command line can bring) is shown as
    unreadable: what caused the mail does not fail because of it (BEHAVIOUR M3).
    """
    return {name: _SURROGATE.sub("\ufffd", str(value)) for name, value in values.items()}


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Put the values in as they are (subjects); unknown names stay as typed."""
    return _FIELD.sub(lambda match: values.get(match.group(1), match.group(0)), text)


def fill_html(text: str, values: Mapping[str, str]) -> str:
    """Put the values in, escaped for HTML text and attributes; their lines stay lines."""
    escaped = {name: str(escape(value)) for name, value in values.items()}
    lines = {name: _LINE.sub("<br>\n", value) for name, value in escaped.items()}
    return _FIELD.sub(lambda match: _filled(text, match, escaped, lines), text)


def _filled(
    text: str, match: re.Match[str], escaped: Mapping[str, str], lines: Mapping[str, str]
) -> str:
    within_a_tag = text.rfind("<", 0, match.start()) > text.rfind(">", 0, match.start())
    return (escaped if within_a_tag else lines).get(match.group(1), match.group(0))
