"""The second step of a sign-in: a code, after the password was right.

Between the steps there is no session. What the browser holds names the login and its session
epoch, so that a changed password or second factor ends the wait.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from ...actors import Actor
from ...errors import InvalidInput, NotFound, SignInRefused
from ...mail import outbox
from ...mail.two_factor_templates import TWO_FACTOR_GUESSED
from ...models import Contact, Login
from .. import limits
from ..accounts import logins, sessions
from ..accounts.new_session import Browser, NewSession, contact_to_open, open_session
from ..contacts import activity
from ..transaction import in_transaction
from . import check as two_factor_check, recovery_codes, state as two_factor_state
from .check import TypedCode


def waiting_email(session: Session, login_id: int, session_epoch: int) -> str | None:
    """The address of a login whose sign-in waits for its code; None when it does not any more."""
    login = session.get(Login, login_id)
    if login is None or login.session_epoch != session_epoch:
        return None
    return login.email if two_factor_state.is_on(session, login_id) else None


def finish_sign_in(
    session: Session, login_id: int, session_epoch: int, typed: TypedCode, browser: Browser
) -> NewSession:
    """Open the session, with a code that is used up by it.

    Raises :class:`InvalidInput` at the field of the code, :class:`TooManyAttempts`,
    :class:`SecretUnreadable`, and :class:`SignInRefused` where the first step counts no more.
    The person is mailed, once a day, when so many codes were wrong that the next has to wait:
    somebody knows the password.
    """
    limits.check_address(browser.ip)
    if waiting_email(session, login_id, session_epoch) is None:
        raise SignInRefused("the account has changed since the password was typed")
    try:
        checked = two_factor_check.check(session, login_id, typed)
    except NotFound as error:
        raise SignInRefused("the second factor was turned off meanwhile") from error
    except InvalidInput:
        _tell_of_guesses(session, login_id, browser.ip)
        raise
    login, contact = session.get(Login, login_id), contact_to_open(session, login_id)
    if login is None or contact is None or login.session_epoch != session_epoch:
        raise SignInRefused("the account has changed since the password was typed")

    def settle(holder: Contact) -> None:
        present = logins.lock(session, login_id)
        if present is None or present.session_epoch != session_epoch:
            raise SignInRefused("the account has just changed")
        two_factor_check.use_up(session, holder, login_id, checked, browser.ip)

    return open_session(session, login, contact, browser, settle)


def _tell_of_guesses(session: Session, login_id: int, ip: str | None) -> None:
    contact = contact_to_open(session, login_id)
    if contact is None:
        return
    contact_id = contact.id

    def work() -> None:
        holder, login = session.get(Contact, contact_id), session.get(Login, login_id)
        if holder is None or login is None:
            return
        if not limits.take_guess_notice(session, login.email_key):
            return
        told = sessions.when_and_where(holder, ip)
        outbox.add(session, TWO_FACTOR_GUESSED, holder, needs="nothing", values=told)
        somebody = Actor("system", "", address=ip)
        activity.record(session, somebody, holder, "two_factor_guessed")

    in_transaction(session, work)


def codes_left(session: Session, login_id: int) -> int:
    """How many recovery codes a login has left, to say so to who has just used one."""
    return recovery_codes.left(session, login_id)
