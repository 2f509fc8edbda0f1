"""The second factor: set up, asked for, used once, limited, replaced, turned off, reset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.errors import (
    CodeRequired,
    InvalidInput,
    NotFound,
    SignInRefused,
    TooManyAttempts,
)
from flask_contacts.models import (
    Activity,
    Contact,
    Login,
    Mail,
    PortalSession,
    RecoveryCode,
    SignInAttempt,
    TwoFactor,
)
from flask_contacts.services.accounts import own_data
from flask_contacts.services.accounts.new_session import Browser
from flask_contacts.services.accounts.own_password import change_own_password
from flask_contacts.services.accounts.sign_in import PortalVisit, resolve, sign_in
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.editing import create_contact, edit_contact
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.services.invitations.set_password import forgot_password, set_password
from flask_contacts.services.limits import TWO_FACTOR_FAILURES, TWO_FACTOR_WINDOWS_A_DAY
from flask_contacts.services.settings import current_settings, save_settings
from flask_contacts.services.two_factor import (
    recovery_codes,
    setting_up as two_factor,
    state as two_factor_state,
)
from flask_contacts.services.two_factor.check import TypedCode
from flask_contacts.services.two_factor.reset import reset_two_factor
from flask_contacts.services.two_factor.secrets import make_offer
from flask_contacts.services.two_factor.sign_in import finish_sign_in
from flask_contacts.testing import PASSWORD, RecordingSmtp, count_statements, links_in
from tests.authenticator import Phone, code_of, give_phone

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("app_context")
EMAIL = "mara@example.com"
NEW_WORDS = "another horse battery staple"


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """A contact whose password is PASSWORD."""
    return make_contact(make_customer(), email=EMAIL)


@pytest.fixture
def phone(session: Session, contact: Any) -> Phone:
    """Her phone: the second factor is on."""
    return give_phone(session, EMAIL)


def first_step(session: Session, password: str = PASSWORD) -> tuple[int, int]:
    """What the right password gives."""
    with pytest.raises(CodeRequired) as wanted:
        sign_in(session, EMAIL, password, "192.0.2.7", "a browser")
    return wanted.value.login_id, wanted.value.session_epoch


def enter(session: Session, code: str = "", recovery_code: str = "") -> PortalVisit:
    """Sign in with password and code."""
    browser = Browser("192.0.2.7", "a browser")
    new = finish_sign_in(session, *first_step(session), TypedCode(code, recovery_code), browser)
    found = resolve(session, new.token)
    assert found is not None
    return found


def refusal(session: Session, code: str = "", recovery_code: str = "") -> str:
    """The message at the field that was filled in."""
    with pytest.raises(InvalidInput) as caught:
        enter(session, code, recovery_code)
    [field] = caught.value.errors
    assert field == ("recovery_code" if recovery_code else "code")
    return str(caught.value.errors[field][0])


def mails(session: Session) -> list[str]:
    """The templates of the mails written, in order."""
    session.expire_all()
    return list(session.scalars(select(Mail.template).order_by(Mail.id)))


def verbs(session: Session) -> list[str]:
    """What happened, in order."""
    session.expire_all()
    return list(session.scalars(select(Activity.verb).order_by(Activity.id)))


def count(session: Session, table: Any) -> int:
    """How many rows a table has."""
    session.expire_all()
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_setting_up_needs_password_and_code(session: Session, contact: Any) -> None:
    """All that is wrong is said at once; nothing counts before the app's first code."""
    visit = resolve(session, sign_in(session, EMAIL, PASSWORD, None, None).token)
    assert visit is not None
    offer = make_offer(visit.login.id, EMAIL)
    for code in ("", "12", "abcdef", code_of(offer.secret, 5), "١٢٣٤٥٦", "\0" * 6):
        with pytest.raises(InvalidInput) as caught:
            two_factor.set_up(session, visit, offer, code, "wrong", TypedCode(), None)
        assert set(caught.value.errors) == {"new_code", "current_password"}
        session.execute(SignInAttempt.__table__.delete())
        session.commit()
    with pytest.raises(InvalidInput) as caught:
        two_factor.set_up(session, visit, offer, code_of(offer.secret), "wrong", TypedCode(), None)
    assert set(caught.value.errors) == {"current_password"}
    assert count(session, TwoFactor) == 0
    assert mails(session) == []


def test_setting_up_ends_every_other_session(session: Session, contact: Any) -> None:
    """Whoever had the password alone is out; the visitor goes on with another token."""
    other = sign_in(session, EMAIL, PASSWORD, None, None).token
    token = sign_in(session, EMAIL, PASSWORD, None, None).token
    visit = resolve(session, token)
    assert visit is not None
    offer = make_offer(visit.login.id, EMAIL)
    typed = f"{code_of(offer.secret)[:3]} {code_of(offer.secret)[3:]}"
    done = two_factor.set_up(session, visit, offer, typed, PASSWORD, TypedCode(), "192.0.2.9")
    assert resolve(session, other) is None
    assert resolve(session, token) is None
    new = resolve(session, done.token)
    assert new is not None
    assert new.has_two_factor
    assert len(set(done.codes)) == 10
    assert mails(session) == ["two_factor_on"]
    assert verbs(session)[-1] == "two_factor_on"
    state = two_factor_state.state_of(session, new.login.id)
    assert (state.is_on, state.codes_left, state.is_required) == (True, 10, False)


def test_the_password_alone_opens_nothing(session: Session, phone: Phone) -> None:
    """No session and no "last signed in" before the code; a wrong password tells of no code."""
    sessions, seen = (
        count(session, PortalSession),
        session.scalar(select(Contact.last_signed_in_at)),
    )
    first_step(session)
    with pytest.raises(SignInRefused):
        sign_in(session, EMAIL, "wrong", None, None)
    session.expire_all()
    assert count(session, PortalSession) == sessions
    assert session.scalar(select(Contact.last_signed_in_at)) == seen
    visit = enter(session, phone.code())
    assert count(session, PortalSession) == sessions + 1
    assert visit.contact.last_signed_in_at > seen
    assert visit.session_row.ip == "192.0.2.7"
    assert verbs(session)[-1] == "signed_in"
    assert mails(session)[-1] == "new_device"


def test_a_code_is_taken_once(session: Session, phone: Phone) -> None:
    """Nor one of the half minutes before it, although their codes are right."""
    now = phone.code()
    enter(session, now)
    assert "used already" in refusal(session, now)
    assert "used already" in refusal(session, phone.code(-1))
    enter(session, phone.code(1))


@pytest.mark.parametrize(
    ("offset", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_clocks_may_differ_by_half_a_minute(
    session: Session, phone: Phone, offset: int, fits: bool
) -> None:
    """One step to either side, and no more."""
    with time_machine.travel(utc_now().timestamp() + 600):
        if fits:
            enter(session, phone.code(offset))
        else:
            assert "not right" in refusal(session, phone.code(offset))


def test_what_is_no_code(session: Session, phone: Phone) -> None:
    """Said at the field that was filled in, and not counted as a guess."""
    for _time in range(3):
        assert "that your app shows" in refusal(session, "  ")
        for junk in ("12345", "1234567", "x" * 5000, "'; DROP", "\0", "\ud800"):
            assert "six digits" in refusal(session, junk)
        assert "ten letters" in refusal(session, recovery_code="7KQ2M")
    assert count(session, SignInAttempt) == 0


def test_a_recovery_code_works_once(session: Session, phone: Phone) -> None:
    """Typed as people type, in either field; the mail says how many are left."""
    enter(session, recovery_code=phone.recovery_codes[0].lower().replace("-", " "))
    assert "used already" in refusal(session, recovery_code=phone.recovery_codes[0])
    enter(session, code=f" {phone.recovery_codes[1]} ")
    assert mails(session).count("recovery_code_used") == 2
    message = session.scalars(
        select(Mail.message).where(Mail.template == "recovery_code_used").order_by(Mail.id.desc())
    ).first()
    assert message is not None
    assert b"Recovery codes left: 8." in message
    assert phone.recovery_codes[1].encode() not in message
    assert verbs(session).count("recovery_code_used") == 2
    enter(session, phone.code())


def test_wrong_codes_wait_and_open_again(app: Flask, session: Session, phone: Phone) -> None:
    """6.3.1: after five even the right one waits; codes and passwords are counted apart."""
    for _guess in range(TWO_FACTOR_FAILURES - 1):
        assert "not right" in refusal(session, code_of(phone.secret, 50))
    assert "not right" in refusal(session, recovery_code="22222-22222")
    for typed in ({"code": phone.code()}, {"recovery_code": phone.recovery_codes[0]}):
        with pytest.raises(TooManyAttempts) as caught:
            enter(session, **typed)
        assert 0 < caught.value.retry_after <= 901
    with time_machine.travel(utc_now().timestamp() + 901):
        enter(session, phone.code())


def guess_in_vain(session: Session, phone: Phone) -> None:
    """As many wrong codes as are taken before one has to wait."""
    for _guess in range(TWO_FACTOR_FAILURES):
        assert "not right" in refusal(session, code_of(phone.secret, 50))


def noon() -> float:
    """Tomorrow's, as a timestamp: what is counted by the day is not parted by a midnight."""
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    return tomorrow.replace(hour=12, minute=0, second=0).timestamp()


def test_who_has_the_password_and_guesses_is_told_of(
    session: Session, phone: Phone, smtp: RecordingSmtp, drain: Callable[[], None]
) -> None:
    """The person learns that somebody knows the password: once a day, and staff by the
    activity; a wrong code or two are nobody's news."""
    assert "not right" in refusal(session, code_of(phone.secret, 50))
    assert "two_factor_guessed" not in mails(session)
    start = noon()
    for window in range(2):
        with time_machine.travel(start + window * 901):
            guess_in_vain(session, phone)
    assert mails(session).count("two_factor_guessed") == 1
    assert verbs(session).count("two_factor_guessed") == 1
    with time_machine.travel(start + 2 * 901):
        drain()
    assert "Somebody has your password" in str(smtp.to(EMAIL)[-1]["Subject"])
    with time_machine.travel(start + 2 * 86_400):
        guess_in_vain(session, phone)
    assert mails(session).count("two_factor_guessed") == 2


@pytest.mark.parametrize("way", ["link", "reset"])
def test_a_day_of_guesses_ends_with_another_password(
    session: Session,
    contact: Any,
    phone: Phone,
    smtp: RecordingSmtp,
    drain: Callable[[], None],
    way: str,
) -> None:
    """Patience gains nothing: after so many wrong codes in a day none is taken in the next
    window either, until the password is set by a link or staff reset the second factor."""
    start = noon()
    for window in range(TWO_FACTOR_WINDOWS_A_DAY):
        with time_machine.travel(start + window * 901):
            guess_in_vain(session, phone)
    with time_machine.travel(start + (TWO_FACTOR_WINDOWS_A_DAY + 1) * 901):
        with pytest.raises(TooManyAttempts) as caught:
            enter(session, phone.code())
        assert caught.value.retry_after > 3600
        if way == "reset":
            reset_two_factor(session, contact.customer_id, contact.id)
            assert count(session, SignInAttempt) == 1, "that the person was told"
            return
        forgot_password(session, EMAIL, None)
        drain()
        token = links_in(smtp.to(EMAIL)[-1])[0].rsplit("/", 1)[1]
        set_password(session, token, NEW_WORDS, NEW_WORDS)
        browser = Browser("192.0.2.7", "a browser")
        assert finish_sign_in(
            session, *first_step(session, NEW_WORDS), TypedCode(phone.code()), browser
        )


def test_right_codes_are_not_counted(app: Flask, session: Session, phone: Phone) -> None:
    """Who signs in often waits for nothing."""
    for one in phone.recovery_codes[: TWO_FACTOR_FAILURES + 2]:
        enter(session, recovery_code=one)
    assert count(session, SignInAttempt) == 0


def test_the_first_step_ends_with_the_credentials(
    session: Session, phone: Phone, smtp: RecordingSmtp, drain: Callable[[], None]
) -> None:
    """A password that was set meanwhile voids it; a mailed link lets nobody past the code."""
    waiting = first_step(session)
    forgot_password(session, EMAIL, None)
    drain()
    token = links_in(smtp.to(EMAIL)[-1])[0].rsplit("/", 1)[1]
    other = "another horse battery staple"
    set_password(session, token, other, other)
    with pytest.raises(SignInRefused):
        finish_sign_in(session, *waiting, TypedCode(phone.code()), Browser(None, None))
    waiting = first_step(session, other)
    assert finish_sign_in(session, *waiting, TypedCode(phone.code()), Browser(None, None))


def test_new_recovery_codes(session: Session, phone: Phone) -> None:
    """With password and code; those of before are nothing any more, and a notice goes."""
    visit = enter(session, phone.code())
    for password, typed, fields in (
        ("wrong", TypedCode(phone.code(1)), {"current_password"}),
        (PASSWORD, TypedCode(code_of(phone.secret, 9)), {"code"}),
        (PASSWORD, TypedCode(), {"code"}),
    ):
        with pytest.raises(InvalidInput) as caught:
            two_factor.renew_codes(session, visit, password, typed, None)
        assert set(caught.value.errors) == fields
    codes = two_factor.renew_codes(session, visit, PASSWORD, TypedCode(phone.code(1)), None)
    assert mails(session)[-1] == "recovery_codes_renewed"
    assert verbs(session)[-1] == "recovery_codes_renewed"
    assert "not right" in refusal(session, recovery_code=phone.recovery_codes[0])
    enter(session, recovery_code=codes[0])
    assert count(session, RecoveryCode) == 10


def test_another_app(session: Session, phone: Phone) -> None:
    """With a code of the former one, which opens nothing afterwards."""
    visit = enter(session, phone.code())
    offer = make_offer(visit.login.id, EMAIL)
    arguments = (session, visit, offer, code_of(offer.secret, -1), PASSWORD)
    with pytest.raises(InvalidInput) as caught:
        two_factor.set_up(*arguments, TypedCode(), None)
    assert set(caught.value.errors) == {"code"}
    done = two_factor.set_up(*arguments, TypedCode(recovery_code=phone.recovery_codes[0]), None)
    assert verbs(session)[-1] == "two_factor_replaced"
    assert "not right" in refusal(session, phone.code(1))
    assert "not right" in refusal(session, recovery_code=phone.recovery_codes[1])
    enter(session, code_of(offer.secret))
    enter(session, recovery_code=done.codes[0])


def test_turning_off(session: Session, phone: Phone) -> None:
    """The password opens alone again, other sessions end, and nothing of it is left."""
    other, visit = (
        enter(session, recovery_code=phone.recovery_codes[0]),
        enter(session, phone.code()),
    )
    other_id = other.session_row.id
    with pytest.raises(InvalidInput):
        two_factor.turn_off(session, visit, PASSWORD, TypedCode(phone.code()), None)
    token = two_factor.turn_off(session, visit, PASSWORD, TypedCode(phone.code(1)), None)
    assert resolve(session, token) is not None
    assert session.get_one(PortalSession, other_id).ended_at is not None
    assert mails(session)[-1] == "two_factor_off"
    assert verbs(session)[-1] == "two_factor_off"
    assert count(session, TwoFactor) == count(session, RecoveryCode) == 0
    assert sign_in(session, EMAIL, PASSWORD, None, None)


def test_turning_off_is_refused_where_it_is_required(session: Session, phone: Phone) -> None:
    """Whoever asks for it directly too."""
    save_settings(session, {"two_factor": ["required"]})
    assert current_settings(session)["two_factor"] == ["required"]
    visit = enter(session, phone.code())
    with pytest.raises(InvalidInput) as caught:
        two_factor.turn_off(session, visit, PASSWORD, TypedCode(phone.code(1)), None)
    assert "required" in str(caught.value.errors[""][0])
    assert count(session, TwoFactor) == 1


def test_what_must_be_set_up(session: Session, contact: Any) -> None:
    """Every session of who has none says so, from the next request on; one statement asks all."""
    token = sign_in(session, EMAIL, PASSWORD, None, None).token
    visit = resolve(session, token)
    assert visit is not None
    assert not visit.must_set_up_two_factor
    save_settings(session, {"two_factor": ["required"]})
    visit = resolve(session, token)
    assert visit is not None
    assert visit.must_set_up_two_factor
    give_phone(session, EMAIL)
    visit = enter(session, recovery_code=_renewed(session)[0])
    assert not visit.must_set_up_two_factor


def _renewed(session: Session) -> list[str]:
    """Recovery codes for a login whose phone is not at hand, as a test may make them."""
    login_id = session.scalars(select(TwoFactor.login_id)).one()
    codes, salt = recovery_codes.new_codes(), recovery_codes.new_salt()
    session.execute(update(TwoFactor).values(recovery_salt=salt))
    recovery_codes.replace(session, login_id, recovery_codes.hashes(codes, salt))
    session.commit()
    return codes


def test_the_flags_cost_no_statement(session: Session, engine: Engine, contact: Any) -> None:
    """Who is there and whether a second factor is missing: asked in one."""
    token = sign_in(session, EMAIL, PASSWORD, None, None).token
    resolve(session, token)
    session.rollback()
    session.expunge_all()
    with count_statements(engine) as seen:
        resolve(session, token)
    assert len([one for one in seen if one.startswith("SELECT")]) <= 2
    assert sum("contacts_two_factor" in one for one in seen) == 1


def test_reset_by_staff(session: Session, contact: Any, phone: Phone) -> None:
    """Secret, codes and sessions are gone, the person is told, the password stays."""
    visit = enter(session, phone.code())
    reset_two_factor(session, contact.customer_id, contact.id)
    session.expire_all()
    assert session.get_one(PortalSession, visit.session_row.id).ended_at is not None
    assert count(session, TwoFactor) == count(session, RecoveryCode) == 0
    assert mails(session)[-1] == "two_factor_reset"
    assert verbs(session)[-1] == "two_factor_reset"
    assert sign_in(session, EMAIL, PASSWORD, None, None)
    with pytest.raises(InvalidInput):
        reset_two_factor(session, contact.customer_id, contact.id)
    with pytest.raises(NotFound):
        reset_two_factor(session, contact.customer_id, contact.id + 1)


def test_it_ends_while_somebody_types_the_code(
    session: Session, contact: Any, phone: Phone
) -> None:
    """A reset between the steps: the first one counts no more."""
    waiting = first_step(session)
    reset_two_factor(session, contact.customer_id, contact.id)
    with pytest.raises(SignInRefused):
        finish_sign_in(session, *waiting, TypedCode(phone.code()), Browser(None, None))


@pytest.mark.parametrize("held", [True, False])
def test_it_is_kept_and_forgotten_with_the_login(
    session: Session, contact: Any, phone: Phone, held: bool
) -> None:
    """Archiving keeps what the holder has proven; anonymising forgets it."""
    session.execute(update(Login).values(held=held))
    session.commit()
    archive_contact(session, contact.customer_id, contact.id)
    assert count(session, TwoFactor) == int(held)
    anonymise_contact(session, contact.customer_id, contact.id)
    assert count(session, TwoFactor) == count(session, RecoveryCode) == 0


def test_deleting_forgets_it(session: Session, contact: Any, phone: Phone) -> None:
    """With the login and its codes."""
    delete_contact(session, contact.customer_id, contact.id)
    for table in (TwoFactor, RecoveryCode, Login):
        assert count(session, table) == 0, table


@pytest.mark.parametrize("held", [True, False])
def test_joining_a_login_that_nobody_has_proven(
    session: Session, contact: Any, phone: Phone, make_customer: Make, held: bool
) -> None:
    """C7: whoever had the staff's password must not keep the person out with an app of his own;
    what the holder has set up stays."""
    session.execute(update(Login).values(held=held, proven_at=utc_now() if held else None))
    session.commit()
    form = {"firstname": "Mara", "lastname": "Lind", "email": EMAIL, "send_password_mail": True}
    create_contact(session, make_customer().id, form)
    assert count(session, TwoFactor) == int(held)
    assert mails(session).count("two_factor_reset") == int(not held), "never in silence"


def test_joining_a_login_whose_holder_changed_the_password_only(
    session: Session, contact: Any, phone: Phone, make_customer: Make
) -> None:
    """C7: a mailbox that nobody has proven opens nothing at another company by itself, so the
    password goes; the holder's app stays, or whoever invites and reads the mail is in."""
    visit = enter(session, phone.code())
    token = change_own_password(session, visit, PASSWORD, NEW_WORDS, NEW_WORDS, None)
    assert resolve(session, token) is not None
    form = {"firstname": "Mara", "lastname": "Lind", "email": EMAIL, "send_password_mail": True}
    create_contact(session, make_customer().id, form)
    session.expire_all()
    assert session.scalars(select(Login.password_hash)).one() is None
    assert count(session, TwoFactor) == 1
    assert resolve(session, token) is None


def test_another_address_by_staff_forgets_the_app(
    session: Session, contact: Any, phone: Phone
) -> None:
    """Whose address it is now must not be kept out by the former holder's phone; that one is
    told, at the former address."""
    form = {"firstname": "Bob", "lastname": "Berg", "email": "bob@example.com"}
    edit_contact(session, contact.customer_id, contact.id, form)
    assert count(session, TwoFactor) == count(session, RecoveryCode) == 0
    told = select(Mail.recipient).where(Mail.template == "two_factor_reset")
    assert session.scalars(told).all() == [EMAIL]


def test_moving_erases_what_was_set_up_with_a_password_of_staff(
    session: Session, contact: Any, phone: Phone, make_customer: Make
) -> None:
    """Neither the password nor the app comes along to another customer."""
    saved = move_contact(session, contact.customer_id, contact.id, make_customer().id)
    assert saved.password_erased
    assert count(session, TwoFactor) == 0


def test_the_own_data_mention_it(session: Session, phone: Phone) -> None:
    """That it is on, and no secret."""
    visit = enter(session, phone.code())
    data = own_data.own_data(session, visit, None)
    assert data["account"]["two_factor_authentication"] is True
    assert phone.secret not in str(data)
