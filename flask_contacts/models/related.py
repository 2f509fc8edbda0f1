"""Records of the host's that belong to a contact: what a list under its page is made of (S6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from ..errors import ConfigError

if TYPE_CHECKING:
    from .contact import Contact
else:  # for who reads the annotations: to import it would bind the customers
    Contact = Any


@dataclass(frozen=True)
class RelatedRecords:
    """A list under the page of a contact.

    ``query(contact)`` selects the records of one model; ``columns`` maps attributes to labels,
    and the first of them leads to the record. ``view`` is the host's registered ``ModelView`` of
    that model: its base filters and permissions decide what is seen. Without one whoever sees
    the contact sees all.

    ``link(session, contact, key)`` and ``unlink(…)`` connect and part; they do not commit, and
    may raise ``InvalidInput``. What can be linked is what ``search(contact, text)`` selects, or
    what the view shows with the text in a column.
    """

    name: str
    label: Any
    query: Callable[[Contact], Select[Any]]
    columns: Mapping[str, Any]
    view: type | None = None
    search: Callable[[Contact, str], Select[Any]] | None = None
    link: Callable[[Session, Contact, Any], object] | None = None
    unlink: Callable[[Session, Contact, Any], object] | None = None

    def __post_init__(self) -> None:
        if not self.columns:
            raise ConfigError(
                "contacts.C110", f"The related list {self.name!r} has no columns.", "Name some."
            )
        if self.link is not None and self.view is None and self.search is None:
            raise ConfigError(
                "contacts.C111",
                f"Nobody can find what to link in the related list {self.name!r}.",
                "Give it a view, or a search.",
            )
