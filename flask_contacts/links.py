"""Signed links: a row for what a link may do, a token that only names the row.

The token is signed by itsdangerous with a salt for each purpose; its payload is the
row's uuid: nothing personal, nothing reusable. Both the signature's age and the row's
expiry are checked. Opening a link changes nothing; consuming it is one UPDATE that
exactly one of any number of racing requests wins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from uuid import uuid4

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session, joinedload

from .clock import utc_now
from .config import secret_keys, setting
from .errors import LinkExpired, LinkInvalid, LinkUsed, LinkVoid
from .models import Contact, Link, Login
from .models.together import write

if TYPE_CHECKING:
    from .email_address import EmailAddress

SET_PASSWORD = "set_password"
RESET_PASSWORD = "reset_password"
CHANGE_EMAIL = "change_email"
#: Its links have no row here: a registration has one of its own (see ``models.registration``).
REGISTER = "register"
PASSWORD_PURPOSES = (SET_PASSWORD, RESET_PASSWORD)
PURPOSES = (*PASSWORD_PURPOSES, CHANGE_EMAIL)
#: Why a link was never one: its mail said that a company was added, and nothing else (C6).
HAS_PASSWORD = "has_password"
CHANGE_EMAIL_SECONDS = REGISTER_SECONDS = 48 * 3600
#: The portal's page of a link, below its prefix.
PATHS = {
    SET_PASSWORD: "set-password",
    RESET_PASSWORD: "set-password",
    CHANGE_EMAIL: "confirm-email",
    REGISTER: "confirm-registration",
}
_LIFETIMES = {
    SET_PASSWORD: "SET_PASSWORD_LINK_SECONDS",
    RESET_PASSWORD: "RESET_PASSWORD_LINK_SECONDS",
}
_CLOCK_SKEW = 300  # seconds that a signature may come from the future


class Token(NamedTuple):
    """What a token says once its signature holds; ``age`` in seconds."""

    purpose: str
    uuid: str
    age: int


def lifetime(purpose: str) -> int:
    """How long a link of this purpose works, in seconds."""
    if purpose == CHANGE_EMAIL:
        return CHANGE_EMAIL_SECONDS
    return int(setting(_LIFETIMES[purpose]))


def sign(link: Link) -> str:
    """The token of a link, as it stands in the mail."""
    return sign_uuid(link.purpose, link.uuid)


def sign_uuid(purpose: str, uuid: str) -> str:
    """A token for a purpose; the payload is the row's uuid and nothing else."""
    return _serializer(purpose).dumps(uuid)


def read_token(token: str, purposes: Iterable[str] = PASSWORD_PURPOSES) -> Token:
    """Check a token's signature for any of the purposes, whatever its age.

    Raises :class:`LinkInvalid` for everything that we did not sign for one of them.
    """
    for purpose in purposes:
        try:
            payload, signed_at = _serializer(purpose).loads(token, return_timestamp=True)
        except (BadData, UnicodeError):
            continue
        age = int(utc_now().replace(tzinfo=timezone.utc).timestamp() - signed_at.timestamp())
        if not isinstance(payload, str) or age < -_CLOCK_SKEW:
            break
        return Token(purpose=purpose, uuid=payload, age=max(age, 0))
    raise LinkInvalid("the signature does not hold")


def find_live(session: Session, token: Token) -> Link:
    """The link's row, if it may still be used; changes nothing.

    Raises :class:`LinkInvalid` (no such row), :class:`LinkUsed`, :class:`LinkVoid` or
    :class:`LinkExpired`, in this order of precedence.
    """
    link = find(session, token)
    if link.used_at is not None:
        raise LinkUsed("the link was used")
    if link.void_reason is not None:
        raise LinkVoid(link.void_reason)
    expired = link.expires_at is not None and utc_now() >= link.expires_at
    if expired or token.age >= link.lifetime:
        raise LinkExpired(link.expires_at)
    if not has_active_contact(session, link.login_id):
        raise LinkVoid("no_active_contact")
    return link


def find(session: Session, token: Token) -> Link:
    """The link's row in whatever state; raises :class:`LinkInvalid` when there is none."""
    link = session.get(Link, token.uuid, populate_existing=True, options=[joinedload(Link.login)])
    if link is None or link.purpose != token.purpose:
        raise LinkInvalid("no such link")
    return link


def issue(
    session: Session,
    login: Login,
    purpose: str,
    contact_id: int | None = None,
    new_email: EmailAddress | None = None,
    *,
    is_new: bool = False,
) -> Link:
    """Write a new link and make older ones of the same purpose void.

    ``new_email`` is the address that a link to change it is for; ``is_new`` where the login was
    made in this transaction, so that it has no older ones and nobody else sees it; it is written
    with what comes after. The link's life starts with the first attempt to send it, see
    :func:`start_life`.
    """
    if not is_new:
        others_wait = select(Login.id).where(Login.id == login.id).with_for_update(key_share=True)
        session.execute(others_wait)
        void(session, login.id, "newer_link", [purpose])
    link = Link(
        uuid=str(uuid4()), purpose=purpose, login_id=login.id, contact_id=contact_id,
        lifetime=lifetime(purpose),
    )  # fmt: skip
    if new_email is not None:
        link.new_email, link.new_email_key = new_email.typed, new_email.key
    if is_new:
        return write(session, link)
    session.add(link)
    session.flush()
    return link


def issue_unsent(session: Session, login: Login, contact_id: int) -> Link:
    """Write a link to set a password that nobody is mailed and nothing can be done with.

    Its row gives an invitation of somebody who has a password already the same states and
    times as any other. Links of before stay as they are.
    """
    link = Link(
        purpose=SET_PASSWORD,
        login_id=login.id,
        contact_id=contact_id,
        lifetime=lifetime(SET_PASSWORD),
        void_reason=HAS_PASSWORD,
    )
    session.add(link)
    session.flush()
    return link


def start_life(link: Link) -> None:
    """Let the link's time run, at the first attempt to send it."""
    if link.issued_at is None:
        link.issued_at = utc_now()
        link.expires_at = link.issued_at + timedelta(seconds=link.lifetime)


def live_link(session: Session, login_id: int, purpose: str) -> Link | None:
    """The login's newest link of this purpose that may still be used, or None."""
    query = (
        select(Link)
        .where(
            Link.login_id == login_id,
            Link.purpose == purpose,
            Link.used_at.is_(None),
            Link.void_reason.is_(None),
            or_(Link.expires_at.is_(None), Link.expires_at > utc_now()),
        )
        .order_by(Link.created_at.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def consume(session: Session, link: Link) -> None:
    """Use the link, if nobody has meanwhile; the winner of a race is the only one.

    Raises :class:`LinkUsed` or :class:`LinkVoid` for the others, and
    :class:`LinkInvalid` when the link was deleted with its login.
    """
    statement = (
        update(Link)
        .where(Link.uuid == link.uuid, Link.used_at.is_(None), Link.void_reason.is_(None))
        .values(used_at=utc_now())
        .execution_options(synchronize_session=False)
    )
    if rows_changed(session, statement) != 1:
        present = session.get(Link, link.uuid, populate_existing=True)
        if present is None:
            raise LinkInvalid("no such link")
        if present.used_at is None and present.void_reason is not None:
            raise LinkVoid(present.void_reason)
        raise LinkUsed("the link was used")


def void(session: Session, login_id: int, reason: str, purposes: Iterable[str] = PURPOSES) -> None:
    """Make the login's unused links of these purposes void."""
    session.execute(
        update(Link)
        .where(
            Link.login_id == login_id,
            Link.purpose.in_(list(purposes)),
            Link.used_at.is_(None),
            Link.void_reason.is_(None),
        )
        .values(void_reason=reason, new_email=None, new_email_key=None)
        .execution_options(synchronize_session="fetch")
    )


def has_active_contact(session: Session, login_id: int) -> bool:
    """Whether any active contact still uses this login."""
    query = select(Contact.id).where(Contact.login_id == login_id, Contact.active).limit(1)
    return session.scalar(query) is not None


def rows_changed(session: Session, statement: Any) -> int:
    """Run an UPDATE or DELETE and give the number of rows it hit."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def _serializer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        secret_keys(),
        salt=f"flask-contacts.link.{purpose}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
