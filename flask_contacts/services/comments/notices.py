"""Telling the staff whom a comment names, as far as they may see the contact (BEHAVIOUR S5)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ...email_address import canonical_email
from ...errors import InvalidInput
from ...mail import comment_mail
from ...models import Comment, Contact

#: Whether a staff user (Flask-AppBuilder's) may see a contact.
MaySee = Callable[[Any, Contact], bool]


@dataclass(frozen=True)
class Written:
    """A saved comment; whom of those that it names the notice goes to, and whom not, by name; and
    the names in it that are nobody's."""

    comment: Comment
    told: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def tell_named(
    session: Session,
    comment: Comment,
    contact: Contact,
    named: Collection[Any],
    may_see: MaySee,
    path: str,
) -> Written:
    """Mail a notice to each of the ``named`` but the author; ``path`` is the contact's page for
    staff. The caller commits."""
    told, untold, addresses = [], [], []
    for user in named:
        if user.id == comment.author_id:
            continue
        address = _address(user)
        if address is not None and may_see(user, contact):
            told.append(user.get_full_name())
            addresses.append(address)
        else:
            untold.append(user.get_full_name())
    if addresses and not comment_mail.add_mentions(session, comment, contact, addresses, path):
        told, untold = [], [*untold, *told]
    return Written(comment, tuple(told), tuple(untold))


def _address(user: Any) -> str | None:
    try:
        return canonical_email(user.email or "").key
    except InvalidInput:
        return None
