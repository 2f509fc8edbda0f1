"""The second factor of a person's own login: set up, new recovery codes, turned off.

Each needs the password, and a code where it is on already. A change of it ends every other
session and is told by mail. Staff can only reset it (see ``two_factor_reset``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ...actors import Actor
from ...errors import InvalidInput, NotFound, SecretUnreadable
from ...i18n import _l
from ...mail import outbox
from ...mail.two_factor_templates import RECOVERY_CODES_RENEWED, TWO_FACTOR_OFF, TWO_FACTOR_ON
from ...models import Contact, Login, TwoFactor
from ...registry import MailTemplate
from ..accounts import own_password, sessions
from ..accounts.sign_in import PortalVisit
from ..contacts import activity
from ..transaction import in_transaction
from . import (
    check as two_factor_check,
    ends as two_factor_ends,
    recovery_codes,
    secrets as two_factor_secrets,
    state as two_factor_state,
)
from .check import Checked, TypedCode
from .secrets import Offer

#: The field for the first code of an app that is being set up.
NEW_CODE = "new_code"


@dataclass(frozen=True)
class SetUp:
    """The visitor's new token, and the recovery codes: never to be had again."""

    token: str
    codes: list[str]


@dataclass(frozen=True)
class _Proof:
    """What the person has shown: the password's hash, and the code where one was due."""

    password_hash: str
    code: Checked | None = None


def set_up(
    session: Session,
    visit: PortalVisit,
    offer: Offer,
    new_code: str,
    password: str,
    typed: TypedCode,
    ip: str | None,
) -> SetUp:
    """Turn the second factor on with an offered secret; in place of another app, if it is on.

    ``typed`` is the code of that one, and not asked for else. Raises :class:`InvalidInput` at
    ``new_code`` and the other fields, :class:`TooManyAttempts`, and :class:`NotFound` when
    the session was ended meanwhile.
    """
    login_id, was_on = visit.login.id, visit.has_two_factor
    step = _first_step(offer, new_code)
    problems: dict[str, list[object]] = {}
    if step is None:
        problems[NEW_CODE] = [_l("This is not the code that the app shows now. Try the next one.")]
    proof = _prove(session, visit, password, typed if was_on else None, ip, problems)
    assert step is not None
    codes, salt = recovery_codes.new_codes(), recovery_codes.new_salt()
    hashes = recovery_codes.hashes(codes, salt)
    sealed = two_factor_secrets.seal(login_id, offer.secret)

    def change(_contact: Contact, _login: Login) -> None:
        present = session.get(TwoFactor, login_id)
        if (present is not None) != was_on:
            raise NotFound("it was turned on or off meanwhile")
        two_factor_ends.remove(session, login_id)
        session.add(TwoFactor(login_id=login_id, secret=sealed, last_step=step, recovery_salt=salt))
        session.flush()
        recovery_codes.replace(session, login_id, hashes)

    verb = "two_factor_replaced" if was_on else "two_factor_on"
    return SetUp(_changed(session, visit, proof, ip, change, TWO_FACTOR_ON, verb), codes)


def renew_codes(
    session: Session, visit: PortalVisit, password: str, typed: TypedCode, ip: str | None
) -> list[str]:
    """Ten new recovery codes in place of those of before.

    Raises :class:`InvalidInput`, :class:`TooManyAttempts` and :class:`NotFound`.
    """
    login_id, own_id = visit.login.id, visit.session_row.id
    proof = _prove(session, visit, password, typed, ip)
    codes, salt = recovery_codes.new_codes(), recovery_codes.new_salt()
    hashes = recovery_codes.hashes(codes, salt)

    def work() -> None:
        contact, _login = _holder(session, own_id, login_id, proof, ip)
        session.get_one(TwoFactor, login_id).recovery_salt = salt
        session.flush()
        recovery_codes.replace(session, login_id, hashes)
        _tell(session, contact, RECOVERY_CODES_RENEWED, "recovery_codes_renewed", ip)

    in_transaction(session, work)
    return codes


def turn_off(
    session: Session, visit: PortalVisit, password: str, typed: TypedCode, ip: str | None
) -> str:
    """Forget the secret and the recovery codes; the visitor's new token.

    Raises :class:`InvalidInput` (at ``""`` where staff require it), :class:`TooManyAttempts`
    and :class:`NotFound`.
    """
    login_id = visit.login.id
    _refuse_if_required(session)
    proof = _prove(session, visit, password, typed, ip)

    def change(_contact: Contact, _login: Login) -> None:
        _refuse_if_required(session)
        two_factor_ends.remove(session, login_id)

    return _changed(session, visit, proof, ip, change, TWO_FACTOR_OFF, "two_factor_off")


def _first_step(offer: Offer, new_code: str) -> int | None:
    digits = two_factor_check.six_digits(new_code)
    return two_factor_check.matching_step(offer.secret, digits) if digits else None


def _prove(
    session: Session,
    visit: PortalVisit,
    password: str,
    typed: TypedCode | None,
    ip: str | None,
    problems: dict[str, list[object]] | None = None,
) -> _Proof:
    """Judge the password and the code, so that all that is wrong is said at once."""
    login_id, found = visit.login.id, dict(problems or {})
    password_hash, code = "", None
    try:
        password_hash = own_password.prove(session, login_id, password, ip)
    except InvalidInput as error:
        found.update(error.errors)
    # A code is not judged for who does not know the password.
    if password_hash and typed is not None:
        try:
            code = two_factor_check.check(session, login_id, typed)
        except InvalidInput as error:
            found.update(error.errors)
        except SecretUnreadable:
            text = _l(
                "The codes of your app cannot be checked any more. Use a recovery code, or ask "
                "us to reset your two-factor authentication."
            )
            found[typed.field] = [text]
    if found:
        raise InvalidInput(found)
    return _Proof(password_hash, code)


def _changed(
    session: Session,
    visit: PortalVisit,
    proof: _Proof,
    ip: str | None,
    change: Callable[[Contact, Login], None],
    template: MailTemplate,
    verb: str,
) -> str:
    """Change the second factor; every session ends but the visitor's, whose new token it is."""
    login_id, own_id = visit.login.id, visit.session_row.id

    def work() -> str:
        contact, login = _holder(session, own_id, login_id, proof, ip)
        change(contact, login)
        two_factor_ends.end_sessions(session, login)
        _tell(session, contact, template, verb, ip)
        return sessions.go_on(session, own_id, login)

    return in_transaction(session, work)


def _holder(
    session: Session, own_id: int, login_id: int, proof: _Proof, ip: str | None
) -> tuple[Contact, Login]:
    """Lock who acts, and use up the code that was shown."""
    contact, login = sessions.lock_holder(session, own_id, login_id)
    own_password.refuse_if_changed(login, proof.password_hash)
    if proof.code is not None:
        two_factor_check.use_up(session, contact, login_id, proof.code, ip)
    return contact, login


def _tell(
    session: Session, contact: Contact, template: MailTemplate, verb: str, ip: str | None
) -> None:
    told = sessions.when_and_where(contact, ip)
    outbox.add(session, template, contact, needs="nothing", values=told)
    holder = Actor("contact", contact.name, contact_id=contact.id, address=ip)
    activity.record(session, holder, contact, verb)


def _refuse_if_required(session: Session) -> None:
    if two_factor_state.is_required(session):
        text = _l("Two-factor authentication is required here, so it cannot be turned off.")
        raise InvalidInput({"": [text]})
