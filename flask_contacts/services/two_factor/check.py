"""A code of the second factor: judged, and then used up in the transaction that it is for.

A code of the app is taken once, in its half minute or the one before or after; a recovery
code once and for all. Guesses are limited per account, by rows of ours.
"""

from __future__ import annotations

import hmac
import logging
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import update
from sqlalchemy.orm import Session

from ...actors import Actor
from ...errors import InvalidInput, NotFound, SecretUnreadable
from ...i18n import _l
from ...links import rows_changed
from ...mail import outbox
from ...mail.two_factor_templates import RECOVERY_CODE_USED
from ...models import Contact, Login, TwoFactor
from .. import limits
from ..accounts import sessions
from ..contacts import activity
from ..transaction import in_transaction
from . import recovery_codes, secrets as two_factor_secrets

log = logging.getLogger(__name__)

#: The fields in which every such form asks for a code: the app's, or a recovery code.
CODE, RECOVERY_CODE = "code", "recovery_code"
STEP_SECONDS = 30
_DIGITS = 6
_USED = _l("This code was used already. Wait for the next one in your app.")
_WRONG = _l("This code is not right. Use the one that your app shows now.")


@dataclass(frozen=True)
class TypedCode:
    """What was typed into the two fields; the app's field takes a recovery code too."""

    code: str = ""
    recovery_code: str = ""

    @property
    def field(self) -> str:
        """The field that counts, for a message at it."""
        return RECOVERY_CODE if self.recovery_code.strip() else CODE

    @property
    def digits(self) -> str:
        """The six digits of an app, or nothing."""
        return six_digits(self.recovery_code if self.field == RECOVERY_CODE else self.code)

    @property
    def recovery(self) -> str:
        """The recovery code as it is compared, or nothing."""
        typed = self.recovery_code if self.field == RECOVERY_CODE else self.code
        return recovery_codes.normalised(typed)


@dataclass(frozen=True)
class Checked:
    """A code that is right, and not used up yet: see :func:`use_up`."""

    attempt_id: int
    sealed: str
    step: int | None = None
    recovery_hash: str | None = None
    sealed_anew: str | None = None


def six_digits(typed: str) -> str:
    """The digits without spaces and dashes; empty for anything else."""
    digits = "".join(char for char in typed[:50] if not char.isspace() and char != "-")
    return digits if len(digits) == _DIGITS and digits.isascii() and digits.isdigit() else ""


def matching_step(secret: str, digits: str) -> int | None:
    """The half minute whose code this is: the present one, or a neighbour; else None."""
    import pyotp  # noqa: PLC0415  not needed to start

    now, app = int(time.time()) // STEP_SECONDS, pyotp.TOTP(secret)
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(app.generate_otp(step), digits):
            return step
    return None


def check(session: Session, login_id: int, typed: TypedCode) -> Checked:
    """Judge a code of a login whose second factor is on.

    Raises :class:`InvalidInput` at the field that was filled in, :class:`TooManyAttempts`,
    :class:`SecretUnreadable`, and :class:`NotFound` where the second factor is off.
    """
    login = session.get(Login, login_id)
    if login is None or session.get(TwoFactor, login_id) is None:
        raise NotFound("there is no second factor")
    email = login.email_key
    _require_a_code(typed)
    attempt_id = in_transaction(session, lambda: limits.take_two_factor_slot(session, email))
    kept = session.get(TwoFactor, login_id)
    if kept is None:
        raise NotFound("there is no second factor any more")
    if typed.digits:
        return _checked_digits(session, kept, typed, attempt_id)
    return _checked_recovery(session, kept, typed, attempt_id)


def use_up(
    session: Session, contact: Contact, login_id: int, checked: Checked, ip: str | None
) -> None:
    """Use up a code that was found right; the caller has locked the login, and commits.

    Raises :class:`InvalidInput` where another request was quicker: a code has one winner.
    """
    limits.give_back(session, checked.attempt_id)
    if checked.recovery_hash is not None:
        _use_recovery_code(session, contact, login_id, checked.recovery_hash, ip)
        return
    statement = (
        update(TwoFactor)
        .where(
            TwoFactor.login_id == login_id,
            TwoFactor.secret == checked.sealed,
            TwoFactor.last_step < checked.step,
        )
        .values(last_step=checked.step, secret=checked.sealed_anew or checked.sealed)
        .execution_options(synchronize_session=False)
    )
    if rows_changed(session, statement) != 1:
        raise InvalidInput({CODE: [_USED]})


def _require_a_code(typed: TypedCode) -> None:
    if not (typed.code.strip() or typed.recovery_code.strip()):
        raise InvalidInput({CODE: [_l("Enter the code that your app shows.")]})
    if not (typed.digits or typed.recovery):
        text = _l("Enter the six digits that your app shows.")
        if typed.field == RECOVERY_CODE:
            text = _l("A recovery code has ten letters and figures, such as 7KQ2M-XW9DA.")
        raise InvalidInput({typed.field: [text]})


def _checked_digits(
    session: Session, kept: TwoFactor, typed: TypedCode, attempt_id: int
) -> Checked:
    login_id, sealed, last_step = kept.login_id, kept.secret, kept.last_step
    try:
        opened = two_factor_secrets.open_sealed(login_id, sealed)
    except SecretUnreadable as error:
        log.error("%s: was CONTACTS_SECRET_KEYS changed without the former keys?", error)
        in_transaction(session, lambda: limits.give_back(session, attempt_id))
        raise
    step = matching_step(opened.secret, typed.digits)
    if step is None:
        _refuse(login_id, typed.field, _WRONG)
    if step <= last_step:
        _refuse(login_id, typed.field, _USED)
    anew = two_factor_secrets.seal(login_id, opened.secret) if opened.is_old else None
    return Checked(attempt_id, sealed, step=step, sealed_anew=anew)


def _checked_recovery(
    session: Session, kept: TwoFactor, typed: TypedCode, attempt_id: int
) -> Checked:
    login_id, sealed = kept.login_id, kept.secret
    [code_hash] = recovery_codes.hashes([typed.recovery], kept.recovery_salt)
    if not recovery_codes.is_unused(session, login_id, code_hash):
        text = _l("This recovery code is not right, or was used already.")
        _refuse(login_id, typed.field, text)
    return Checked(attempt_id, sealed, recovery_hash=code_hash)


def _use_recovery_code(
    session: Session, contact: Contact, login_id: int, code_hash: str, ip: str | None
) -> None:
    if not recovery_codes.use(session, login_id, code_hash):
        raise InvalidInput({RECOVERY_CODE: [_l("This recovery code was used already.")]})
    left = str(recovery_codes.left(session, login_id))
    told = {"codes_left": left, **sessions.when_and_where(contact, ip)}
    outbox.add(session, RECOVERY_CODE_USED, contact, needs="nothing", values=told)
    holder = Actor("contact", contact.name, contact_id=contact.id, address=ip)
    activity.record(session, holder, contact, "recovery_code_used")


def _refuse(login_id: int, field: str, text: Any) -> NoReturn:
    log.info("a code of the second factor of login %s was refused", login_id)
    raise InvalidInput({field: [text]})
