"""A person's own password: asked for before what only its holder may do, and changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ... import signals
from ...actors import Actor
from ...errors import InvalidInput
from ...i18n import _l
from ...models import Login
from .. import limits
from ..announce import announce
from ..contacts import activity
from ..transaction import in_transaction
from . import logins, passwords, sessions
from .sign_in import PortalVisit

#: The field in which every such form asks for the present password.
FIELD = "current_password"


def prove(session: Session, login_id: int, password: str, ip: str | None) -> str:
    """Check a login's present password, and give the hash that it fits.

    Guesses are counted with those at the sign-in. Raises :class:`InvalidInput` at
    :data:`FIELD`, and :class:`TooManyAttempts`.
    """
    if not password:
        raise InvalidInput({FIELD: [_l("Enter your present password.")]})
    limits.check_address(ip)
    login = session.get_one(Login, login_id)
    email, stored = login.email_key, login.password_hash
    attempt_id = in_transaction(session, lambda: limits.take_sign_in_slot(session, email))
    if not passwords.matches(stored, password) or stored is None:
        raise InvalidInput({FIELD: [_l("This is not your present password.")]})
    in_transaction(session, lambda: limits.give_back(session, attempt_id))
    return stored


def refuse_if_changed(login: Login, proven_hash: str) -> None:
    """Raise :class:`InvalidInput` when the password is another one since it was proven."""
    if login.password_hash != proven_hash:
        raise InvalidInput({FIELD: [_l("This is not your present password.")]})


def change_own_password(
    session: Session,
    visit: PortalVisit,
    current: str,
    password: str,
    confirm: str,
    ip: str | None,
) -> str:
    """Set another password; every session ends but the visitor's, whose new token it gives.

    The password is the holder's from then on: staff do not overwrite it (C7). The mailbox is
    not proven by it. A notice is mailed, and open links become void. Raises
    :class:`InvalidInput` with all problems at their fields, :class:`TooManyAttempts`, and
    :class:`NotFound` when the session was ended meanwhile.
    """
    login_id, own_id = visit.login.id, visit.session_row.id
    contact = visit.contact
    problems = _problems(
        current, password, confirm, visit.login.email, contact.firstname, contact.lastname
    )
    try:
        proven_hash = prove(session, login_id, current, ip)
    except InvalidInput as error:
        raise InvalidInput({**problems, **error.errors}) from None
    if problems:
        raise InvalidInput(problems)
    password_hash = passwords.hash_password(password)

    def work() -> str:
        holder, login = sessions.lock_holder(session, own_id, login_id)
        refuse_if_changed(login, proven_hash)
        login.held = True
        logins.change_credentials(session, login, password_hash)
        logins.mail_password_changed(session, holder)
        by_holder = Actor("contact", holder.name, contact_id=holder.id, address=ip)
        activity.record(session, by_holder, holder, "password_changed")
        return sessions.go_on(session, own_id, login)

    token = in_transaction(session, work)
    announce(session, signals.password_set, login_id=login_id)
    return token


def _problems(current: str, password: str, confirm: str, *personal: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    problems = passwords.problems(password, *personal)
    if problems:
        found["password"] = problems
    elif password == current:
        found["password"] = [_l("This is the password that you have. Choose another one.")]
    if password != confirm:
        found["confirm"] = [_l("The two passwords differ. Type both again.")]
    return found
