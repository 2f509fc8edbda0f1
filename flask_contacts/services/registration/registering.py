"""Registering in the portal: what is typed, and the link that proves the address (P6).

Nothing here looks whether an address is somebody's: each is answered, hashed, written and
mailed alike (security 6.3.8). What the mail says is found out when it is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ... import links
from ...clock import utc_now
from ...config import setting
from ...email_address import EmailAddress
from ...errors import ContactsError, InvalidInput, LinkError
from ...i18n import _l
from ...mail import registration_mail
from ...models import Registration
from ...models.registration import PENDING
from .. import limits
from ..accounts import passwords
from ..field_checks import FieldChecks, e164, is_local_number, links_in_names
from ..transaction import in_transaction
from . import settings as registration_settings

#: The fields of the form, and the longest text of each in characters.
TEXTS = {"company": 191, "firstname": 100, "lastname": 100, "phone": 40}
FIELDS = (*TEXTS, "email", "password")
_COST = 6
"""A registration mails somebody, so it counts as so many requests of its network address."""


class RegistrationClosed(ContactsError):
    """Nobody can register here, now."""


def register(session: Session, raw: Mapping[str, object], ip: str | None, language: str) -> None:
    """Note what somebody typed and promise the link that proves the address.

    There is one pending registration of an address: the latest, and a link that was mailed
    before is void. Beyond CONTACTS_LINKS_PER_HOUR nothing happens, in silence. Raises
    :class:`RegistrationClosed`, :class:`InvalidInput` with the problems at their fields, and
    :class:`TooManyAttempts` for the network address alone.
    """
    if not registration_settings.is_open(session):
        raise RegistrationClosed("registration is closed")
    limits.check_address(ip)
    texts, email, password = _checked(raw)
    limits.check_address(ip, _COST - 1)
    password_hash = passwords.hash_password(password)

    def work() -> None:
        if not limits.take_registration_slot(session, email.key):
            return
        registration = _pending(session, email.key) or Registration(
            email_key=email.key, state=PENDING, open_as=PENDING
        )
        registration.email, registration.language = email.typed, language[:20]
        for name, value in texts.items():
            setattr(registration, name, value)
        registration.password_hash = password_hash
        _renew_link(session, registration)

    in_transaction(session, work)


def ask_for_new_registration_link(session: Session, token: str) -> None:
    """From the page of a dead link: mail a new one for the same registration, if it is pending.

    Says nothing about whether it did.
    """
    try:
        facts = links.read_token(token, (links.REGISTER,))
    except LinkError:
        return

    def work() -> None:
        query = _locked().where(Registration.link_uuid == facts.uuid)
        registration = session.scalars(query).first()
        if registration is not None and limits.take_registration_slot(
            session, registration.email_key
        ):
            _renew_link(session, registration)

    in_transaction(session, work)


def _checked(raw: Mapping[str, object]) -> tuple[dict[str, str | None], EmailAddress, str]:
    checks = FieldChecks(raw)
    if set(raw) - set(FIELDS):
        checks.fail("", _l("This form is not complete. Open the page again."))
    texts = {name: checks.text(name, longest) for name, longest in TEXTS.items()}
    email = checks.email("email")
    checks.errors |= links_in_names(texts, ("firstname", "lastname"), ("company",))
    for name in ("company", "firstname", "lastname", "email"):
        checks.require(name)
    phone = texts["phone"]
    if phone and e164(phone, setting("PHONE_REGION")) is None and not is_local_number(phone):
        checks.fail("phone", _l("Type a phone number such as +1 212 555 0123."))
    password = raw.get("password") or ""
    if not isinstance(password, str):
        raise InvalidInput({**checks.errors, "password": [_l("This must be text.")]})
    own_words = (texts["company"], texts["firstname"], texts["lastname"])
    for text in passwords.problems(password, email.key if email else None, *own_words):
        checks.fail("password", text)
    if checks.errors or email is None:
        raise InvalidInput(checks.errors)
    return texts, email, password


def _pending(session: Session, email_key: str) -> Registration | None:
    return session.scalars(_locked().where(Registration.email_key == email_key)).first()


def _locked() -> Select[Any]:
    query = select(Registration).where(Registration.state == PENDING)
    return query.with_for_update().execution_options(populate_existing=True)


def _renew_link(session: Session, registration: Registration) -> None:
    """A link of its own for what is typed now; the former is void."""
    registration.link_uuid, registration.link_expires_at = str(uuid4()), None
    registration.asked_at = utc_now()
    session.add(registration)
    session.flush()
    registration_mail.add_proof(session, registration)
