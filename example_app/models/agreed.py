"""What both sides have agreed on stays as it is: the words of answered and signed papers."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import event, inspect

LONGEST_NAME = 150


@dataclass(frozen=True)
class Hand:
    """Who answers or signs: the name as typed, which contact it is, from where, and when.

    ``address`` is the network address, ``moment`` is in UTC. Both stay with the paper also
    when the contact is forgotten: they are the proof that somebody agreed.
    """

    name: str
    contact_id: int | None
    address: str | None
    moment: datetime


class Locked(Exception):
    """Somebody tried to change the words of a paper that was agreed on."""


class Agreed:
    """A paper that does not change any more once it ``is_agreed``: no form, no command and
    no import writes other values into its ``agreed_columns``.
    """

    agreed_columns: ClassVar[tuple[str, ...]]
    is_agreed: Any


@event.listens_for(Agreed, "before_update", propagate=True)
def _keep_the_words(_mapper: object, _connection: object, paper: Any) -> None:
    if paper.is_agreed:
        attrs = inspect(paper).attrs
        changed = [name for name in paper.agreed_columns if attrs[name].history.has_changes()]
        if changed:
            raise Locked(f"{paper.number} was agreed on; it keeps its {', '.join(changed)}")


def fingerprint(text: str) -> str:
    """The SHA-256 hash of a text, in 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def written_name(typed: str) -> str:
    """A typed name as it is kept and shown: one line, without characters that nobody sees.

    Empty where nothing is left that a person could be called.
    """
    shown = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", typed)
        if char.isspace() or unicodedata.category(char)[0] != "C"
    )
    name = " ".join(shown.split())
    return name if any(char.isalpha() for char in name) else ""
