"""A record's key as a part of a portal address, whatever characters a text key has.

A slash would begin another part (servers undo ``%2F`` before any route is looked up), ``.``
and ``..`` a browser resolves itself, and some words stand in that place already. All these
are written with ``~`` and the character's number, as ``%`` would do elsewhere.
"""

from __future__ import annotations

import re
from typing import Any

from werkzeug.routing import UnicodeConverter, ValidationError

#: Words of ours where a record's key stands.
_TAKEN = frozenset({"new", "export.csv", ".", ".."})
_WRITTEN = re.compile(r"~([0-9A-F]{2})")


def written_key(key: Any) -> str:
    """The key for an address, before it is quoted."""
    text = str(key).replace("~", "~7E").replace("/", "~2F").replace("\\", "~5C")
    return f"~{ord(text[0]):02X}{text[1:]}" if text in _TAKEN else text


class KeyConverter(UnicodeConverter):
    """The part of an address with a record's key; only one spelling of it is an address."""

    def to_python(self, value: str) -> str:
        """The key as it is."""
        key = _WRITTEN.sub(lambda found: chr(int(found[1], 16)), value)
        if written_key(key) != value:
            raise ValidationError
        return key

    def to_url(self, value: Any) -> str:
        """The key quoted for a URL."""
        return super().to_url(written_key(value))
