"""An authenticator app for tests: the phone of a person whose second factor is on."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pyotp
from sqlalchemy.orm import Session

from flask_contacts.services.accounts.sign_in import resolve, sign_in, sign_out
from flask_contacts.services.two_factor.check import TypedCode
from flask_contacts.services.two_factor.secrets import make_offer
from flask_contacts.services.two_factor.setting_up import set_up
from flask_contacts.testing import PASSWORD

_HALF_MINUTE = 30
_NEARLY = 1.5
"""Seconds in which what a test does with a code is done."""


@dataclass
class Phone:
    """The app's secret, and the recovery codes that its owner has kept."""

    secret: str
    recovery_codes: list[str]

    def code(self, offset: int = 0) -> str:
        """The code of this half minute, or of ``offset`` ones later."""
        return code_of(self.secret, offset)


def code_of(secret: str, offset: int = 0) -> str:
    """The code of a secret in this half minute, or of ``offset`` ones later.

    One of the past is refused as soon as this half minute is over, so that is waited for where
    it is nearly."""
    left = _HALF_MINUTE - time.time() % _HALF_MINUTE
    if offset < 0 and left < _NEARLY:
        time.sleep(left)
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // _HALF_MINUTE + offset)


def give_phone(session: Session, email: str, password: str = PASSWORD) -> Phone:
    """Turn the second factor of a login on, with the code of the half minute before: that of
    this one and the next are left. Needs an application context."""
    token = sign_in(session, email, password, None, None).token
    visit = resolve(session, token)
    assert visit is not None
    offer = make_offer(visit.login.id, email)
    code = code_of(offer.secret, -1)
    done = set_up(session, visit, offer, code, password, TypedCode(), None)
    sign_out(session, done.token)
    return Phone(offer.secret, done.codes)
