"""The app's secret: encrypted with the application's keys, and with no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from argon2.low_level import Type, hash_secret_raw
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.errors import CodeRequired, InvalidInput, SecretUnreadable
from flask_contacts.models import Base, TwoFactor
from flask_contacts.services.accounts.new_session import Browser
from flask_contacts.services.accounts.sign_in import sign_in
from flask_contacts.services.limits import TWO_FACTOR_FAILURES
from flask_contacts.services.two_factor import recovery_codes, secrets as two_factor_secrets
from flask_contacts.services.two_factor.check import TypedCode
from flask_contacts.services.two_factor.rotation import renew_secrets
from flask_contacts.services.two_factor.sign_in import finish_sign_in
from flask_contacts.testing import PASSWORD
from tests.authenticator import Phone, give_phone

pytestmark = pytest.mark.usefixtures("app_context")
EMAIL = "mara@example.com"


@pytest.fixture
def phone(
    session: Session, make_customer: Callable[..., Any], make_contact: Callable[..., Any]
) -> Phone:
    """The phone of a contact whose second factor is on."""
    make_contact(make_customer(), email=EMAIL)
    return give_phone(session, EMAIL)


def enter(session: Session, **typed: str) -> Any:
    """Sign in with password and code."""
    with pytest.raises(CodeRequired) as wanted:
        sign_in(session, EMAIL, PASSWORD, None, None)
    facts = (wanted.value.login_id, wanted.value.session_epoch)
    return finish_sign_in(session, *facts, TypedCode(**typed), Browser(None, None))


def sealed(session: Session) -> str:
    """The secret as its row keeps it."""
    session.expire_all()
    return session.scalars(select(TwoFactor.secret)).one()


def test_neither_secret_nor_codes_are_kept_in_the_clear(session: Session, phone: Phone) -> None:
    """Nowhere in our tables, whole or without its dashes."""
    kept = ""
    for table in Base.metadata.sorted_tables:
        if table.name.startswith("contacts_"):
            kept += str(session.execute(select(table)).all())
    session.rollback()
    secrets = [phone.secret, *phone.recovery_codes]
    secrets += [one.replace("-", "") for one in phone.recovery_codes]
    assert [one for one in secrets if one in kept] == []


@pytest.mark.usefixtures("real_hashes")
def test_recovery_codes_are_hashed_at_owasps_parameters() -> None:
    """Argon2id, m=19 MiB, t=2, p=1, as passwords are (security 11.4.2)."""
    code, salt = recovery_codes.new_codes()[0], recovery_codes.new_salt()
    least = {"time_cost": 2, "memory_cost": 19_456, "parallelism": 1}
    secret = code.replace("-", "").encode()
    wanted = hash_secret_raw(secret, bytes.fromhex(salt), **least, hash_len=32, type=Type.ID)
    assert recovery_codes.hashes([code], salt) == [wanted.hex()]


def test_a_secret_opens_for_its_login_alone(app: Flask) -> None:
    """Copied into the row of another login it is nothing; nor is junk."""
    token = two_factor_secrets.seal(7, "SECRET")
    assert two_factor_secrets.open_sealed(7, token).secret == "SECRET"
    for login_id, other in ((8, token), (7, token[:-5]), (7, ""), (7, "no token"), (7, "\ud800")):
        with pytest.raises(SecretUnreadable):
            two_factor_secrets.open_sealed(login_id, other)


def test_signing_in_encrypts_anew_after_another_key(
    app: Flask, session: Session, phone: Phone
) -> None:
    """An older key still opens; what it opened is kept with the newest from then on."""
    former = sealed(session)
    old = app.config["SECRET_KEY"]
    app.config["CONTACTS_SECRET_KEYS"] = ["a newer key of the application", old]
    enter(session, code=phone.code())
    anew = sealed(session)
    assert anew != former
    app.config["CONTACTS_SECRET_KEYS"] = ["a newer key of the application"]
    enter(session, code=phone.code(1))
    assert sealed(session) == anew


def test_the_command_encrypts_all_anew(app: Flask, session: Session, phone: Phone) -> None:
    """So that the former key can go; what no key opens is named."""
    old, runner = app.config["SECRET_KEY"], app.test_cli_runner()
    app.config["CONTACTS_SECRET_KEYS"] = ["a newer key of the application", old]
    result = runner.invoke(args=["contacts", "renew-secrets"])
    assert "encrypted with the newest key: 1" in result.output
    app.config["CONTACTS_SECRET_KEYS"] = ["a newer key of the application"]
    assert renew_secrets(session).renewed == 0
    app.config["CONTACTS_SECRET_KEYS"] = ["a key that nobody knew"]
    result = runner.invoke(args=["contacts", "renew-secrets"])
    assert result.exit_code == 1
    [login_id] = session.scalars(select(TwoFactor.login_id))
    assert f"no key opens that of 1 login, by id: {login_id}" in result.output


def test_a_secret_that_no_key_opens(
    app: Flask, session: Session, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, counts as no wrong code, and a recovery code works all the same."""
    app.config["CONTACTS_SECRET_KEYS"] = ["a key that nobody knew"]
    for _attempt in range(TWO_FACTOR_FAILURES + 1):
        with pytest.raises(SecretUnreadable):
            enter(session, code=phone.code())
    assert "CONTACTS_SECRET_KEYS" in caplog.text
    assert phone.secret not in caplog.text
    assert enter(session, recovery_code=phone.recovery_codes[0])


def test_a_cut_secret_is_no_fault(session: Session, phone: Phone) -> None:
    """What somebody did to the row by hand ends in the same way."""
    session.execute(update(TwoFactor).values(secret="x"))
    session.commit()
    with pytest.raises(SecretUnreadable):
        enter(session, code=phone.code())
    with pytest.raises(InvalidInput):
        enter(session, recovery_code="22222-22222")


def test_an_offer_is_for_its_login_and_an_hour(app: Flask) -> None:
    """Nobody can plant a secret of his own, and an old page offers nothing."""
    offer = two_factor_secrets.make_offer(7, EMAIL)
    found = two_factor_secrets.read_offer(7, EMAIL, offer.token)
    assert found is not None
    assert (found.secret, found.uri) == (offer.secret, offer.uri)
    assert "".join(offer.groups) == offer.secret
    kept = two_factor_secrets.seal(7, offer.secret)
    for login_id, token in ((8, offer.token), (7, kept), (7, ""), (7, "x" * 9000), (7, "é\ud800")):
        assert two_factor_secrets.read_offer(login_id, EMAIL, token) is None
    with time_machine.travel(utc_now().timestamp() + two_factor_secrets.OFFER_SECONDS + 2):
        assert two_factor_secrets.read_offer(7, EMAIL, offer.token) is None


def test_the_address_for_the_app(app: Flask) -> None:
    """An app reads company and account from it, also where they hold signs of addresses."""
    app.config["CONTACTS_COMPANY_NAME"] = "Müller & Söhne: IT?"
    uri = two_factor_secrets.make_offer(7, "o'neil+x@example.com").uri
    assert uri.startswith(
        "otpauth://totp/M%C3%BCller%20%26%20S%C3%B6hne%3A%20IT%3F:o%27neil%2Bx%40"
    )
    assert "issuer=M%C3%BCller%20%26%20S%C3%B6hne%3A%20IT%3F" in uri
