"""A code has one winner, on every engine, however many try it at one moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.errors import CodeRequired, InvalidInput, NotFound, SignInRefused
from flask_contacts.models import Activity, Login, Mail, PortalSession, RecoveryCode, TwoFactor
from flask_contacts.services import limits
from flask_contacts.services.accounts.new_session import Browser, NewSession
from flask_contacts.services.accounts.sign_in import PortalVisit, resolve, sign_in
from flask_contacts.services.two_factor import recovery_codes, setting_up as two_factor
from flask_contacts.services.two_factor.check import TypedCode
from flask_contacts.services.two_factor.reset import reset_two_factor
from flask_contacts.services.two_factor.secrets import make_offer
from flask_contacts.services.two_factor.sign_in import finish_sign_in
from flask_contacts.testing import PASSWORD
from tests.authenticator import Phone, code_of, give_phone
from tests.databases.test_races import together

Make = Callable[..., Any]
EMAIL = "mara@example.com"
THREADS = 6


@pytest.fixture(autouse=True)
def _limits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide: these tests are about codes and not about guesses."""
    monkeypatch.setattr(limits, "TWO_FACTOR_FAILURES", 1000)
    app.config["CONTACTS_SIGN_IN_FAILURES"] = 1000


@pytest.fixture
def contact(session: Session, make_customer: Make, make_contact: Make) -> Any:
    """A contact; the test's session is at rest."""
    made = make_contact(make_customer(), email=EMAIL)
    session.rollback()
    return made


@pytest.fixture
def phone(app: Flask, session: Session, contact: Any) -> Phone:
    """Her phone: the second factor is on."""
    with app.app_context():
        return give_phone(session, EMAIL)


def first_step(app: Flask, session: Session) -> tuple[int, int]:
    """What the right password gives."""
    with app.app_context(), pytest.raises(CodeRequired) as wanted:
        sign_in(session, EMAIL, PASSWORD, None, None)
    return wanted.value.login_id, wanted.value.session_epoch


def enter(waiting: tuple[int, int], typed: TypedCode, own: Session) -> NewSession:
    """The second step."""
    return finish_sign_in(own, *waiting, typed, Browser(None, None))


def count(session: Session, table: Any, *conditions: Any) -> int:
    """Rows of a table."""
    found = session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
    session.rollback()
    return found


@pytest.mark.parametrize("kind", ["code", "recovery_code"])
def test_a_code_opens_one_session(app: Flask, session: Session, phone: Phone, kind: str) -> None:
    """Of many who type the same, one gets in; the others are told, and nothing is left of them."""
    typed = TypedCode(**{kind: phone.code() if kind == "code" else phone.recovery_codes[0]})
    waiting, before = first_step(app, session), count(session, PortalSession)
    results = together(app, [partial(enter, waiting, typed)] * THREADS)
    winners = [one for one in results if isinstance(one, NewSession)]
    losers = [one for one in results if isinstance(one, InvalidInput)]
    assert (len(winners), len(losers)) == (1, THREADS - 1)
    assert count(session, PortalSession) == before + 1
    used = count(session, RecoveryCode, RecoveryCode.used_at.is_not(None))
    assert used == int(kind == "recovery_code")
    assert count(session, Mail, Mail.template == "recovery_code_used") == used


def test_different_codes_let_all_in(app: Flask, session: Session, phone: Phone) -> None:
    """Whoever has a code of one's own is not in anybody's way."""
    waiting = first_step(app, session)
    jobs = [
        partial(enter, waiting, TypedCode(recovery_code=one)) for one in phone.recovery_codes[:4]
    ]
    results = together(app, [*jobs, partial(enter, waiting, TypedCode(phone.code()))])
    assert all(isinstance(one, NewSession) for one in results), results
    with app.app_context():
        assert recovery_codes.left(session, waiting[0]) == 6


def set_up(visit_token: str, own: Session) -> Any:
    """Set up an app of one's own, as far as the session still opens."""
    visit = resolve(own, visit_token)
    if visit is None:
        raise NotFound("the session has ended")
    offer = make_offer(visit.login.id, EMAIL)
    code = code_of(offer.secret)
    return two_factor.set_up(own, visit, offer, code, PASSWORD, TypedCode(), None)


def test_two_phones_at_once(app: Flask, session: Session, contact: Any) -> None:
    """Two who set it up at one moment: the secret and the codes kept are those of one of them."""
    with app.app_context():
        tokens = [sign_in(session, EMAIL, PASSWORD, None, None).token for _ in range(THREADS)]
        results = together(app, [partial(set_up, token) for token in tokens])
        winners = [one for one in results if isinstance(one, two_factor.SetUp)]
        assert len(winners) == 1, results
        assert count(session, TwoFactor) == 1
        assert count(session, RecoveryCode) == 10
        assert resolve(session, winners[0].token) is not None
        salt = session.scalars(select(TwoFactor.recovery_salt)).one()
        kept = set(session.scalars(select(RecoveryCode.code_hash)))
        session.rollback()
        assert set(recovery_codes.hashes(winners[0].codes, salt)) == kept


def signed_in(session: Session, waiting: tuple[int, int], typed: TypedCode) -> PortalVisit:
    """A visit, with a code."""
    visit = resolve(session, enter(waiting, typed, session).token)
    assert visit is not None
    return visit


def turn_off(token: str, typed: TypedCode, own: Session) -> Any:
    """Turn it off, as far as the session still opens."""
    visit = resolve(own, token)
    if visit is None:
        raise NotFound("the session has ended")
    return two_factor.turn_off(own, visit, PASSWORD, typed, None)


def test_signing_in_while_it_ends(app: Flask, session: Session, contact: Any, phone: Phone) -> None:
    """Reset by staff, turned off by the person and signed in, all at once: whatever came first,
    nothing is left of it, and no session of before opens anything."""
    customer_id, contact_id = contact.customer_id, contact.id
    session.rollback()
    waiting = first_step(app, session)
    with app.app_context():
        token = enter(waiting, TypedCode(recovery_code=phone.recovery_codes[0]), session).token
    jobs = [
        partial(enter, waiting, TypedCode(phone.code())),
        partial(enter, waiting, TypedCode(recovery_code=phone.recovery_codes[1])),
        partial(turn_off, token, TypedCode(recovery_code=phone.recovery_codes[2])),
        lambda own: reset_two_factor(own, customer_id, contact_id),
    ]
    results = together(app, jobs)
    allowed = (NewSession, SignInRefused, InvalidInput, NotFound, str)
    assert all(isinstance(one, allowed) for one in results[:3]), results
    assert count(session, TwoFactor) == count(session, RecoveryCode) == 0
    epoch = session.scalars(select(Login.session_epoch)).one()
    session.rollback()
    ends = ("two_factor_reset", "two_factor_off")
    assert count(session, Activity, Activity.verb.in_(ends)) == 1
    opened = count(
        session, PortalSession,
        PortalSession.ended_at.is_(None), PortalSession.session_epoch == epoch,
    )  # fmt: skip
    assert opened == int(isinstance(results[2], str))
