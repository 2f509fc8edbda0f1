"""Using the mailed link of a registration: the address is proven, and what follows (P6)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ... import links, signals
from ...clock import utc_now
from ...errors import ContactsError, InvalidInput, LinkError, LinkExpired, LinkUsed, LinkVoid
from ...i18n import _l
from ...links import Token, rows_changed
from ...mail import registration_mail
from ...models import Registration
from ...models.registration import PENDING, WAITING
from .. import limits
from ..accounts import passwords
from ..announce import announce
from ..transaction import in_transaction
from . import settings as registration_settings
from .opening import open_portal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RegistrationLink:
    """What the page of a living link shows."""

    company: str
    name: str
    email: str


@dataclass(frozen=True)
class Proven:
    """A registration whose address is proven: a contact now, or None where it waits for staff."""

    registration_id: int
    contact_id: int | None


class AccountExists(ContactsError):
    """The address became a contact's between the posting and the proof."""


def read_registration_link(session: Session, token: str) -> RegistrationLink:
    """What a link is for, if it may still be used; changes nothing.

    Raises :class:`LinkInvalid`, :class:`LinkExpired`, :class:`LinkUsed` or :class:`LinkVoid`.
    """
    found = _find_live(session, links.read_token(token, (links.REGISTER,)))
    return RegistrationLink(found.company, found.name, found.email)


def prove_registration(session: Session, token: str, password: str, ip: str | None) -> Proven:
    """Use a link: the address is its holder's, who knows the password that was typed.

    So no scanner that presses buttons, and nobody whose address somebody else typed, can use
    it. Without approval the customer and its primary contact are made at once; where the
    host's model or function refuses that, the registration waits for staff too. Raises the
    link's errors, :class:`InvalidInput` at ``password``, :class:`TooManyAttempts`, and
    :class:`AccountExists`, when what was typed is deleted.
    """
    facts = links.read_token(token, (links.REGISTER,))
    found = _find_live(session, facts)
    _check_password(session, found, password, ip)
    waits = registration_settings.APPROVAL in registration_settings.registration_rules(session)
    if not waits and registration_settings.can_make_customers():
        try:
            proven = in_transaction(session, lambda: _prove(session, facts, ip))
        except LinkError:
            raise
        except Exception:  # whatever the host's code raises
            log.exception("no customer could be made of a registration: it waits for staff")
        else:
            return _told(session, proven)
    return _told(session, in_transaction(session, lambda: _prove(session, facts, ip, waits=True)))


def _find_live(session: Session, facts: Token) -> Registration:
    query = select(Registration).where(Registration.link_uuid == facts.uuid)
    found = session.scalars(query.execution_options(populate_existing=True)).first()
    if found is None:  # it was purged, or something else was typed since
        raise LinkExpired if facts.age >= links.REGISTER_SECONDS else LinkVoid("newer_link")
    if found.state != PENDING:
        raise LinkUsed("the link was used")
    if found.link_expires_at is not None and utc_now() >= found.link_expires_at:
        raise LinkExpired(found.link_expires_at)
    return found


def _check_password(session: Session, found: Registration, password: str, ip: str | None) -> None:
    """Guesses are counted with those at the sign-in."""
    if not password:
        raise InvalidInput({"password": [_l("Enter the password that you chose.")]})
    email, stored = found.email_key, found.password_hash
    limits.check_address(ip)
    attempt_id = in_transaction(session, lambda: limits.take_sign_in_slot(session, email))
    if not passwords.matches(stored, password):
        text = _l("This is not the password that you chose when you registered.")
        raise InvalidInput({"password": [text]})
    in_transaction(session, lambda: limits.give_back(session, attempt_id))


def _prove(session: Session, facts: Token, ip: str | None, *, waits: bool = False) -> Proven | None:
    """Everything in one transaction; None where the address has an account by now."""
    found = _claim(session, facts)
    if registration_mail.find_holder(session, found.email_key) is not None:
        session.delete(found)
        return None
    contact_id = None
    if not waits:
        contact_id = open_portal(session, found, None, address=ip).contact.id
    session.flush()
    registration_mail.add_notices(session, found, registration_settings.notified_addresses(session))
    return Proven(found.id, contact_id)


def _claim(session: Session, facts: Token) -> Registration:
    """The registration, which waits now; one winner of any number of racing requests.

    What the person proved before and staff have not decided yet gives way to it. Raises the
    link's errors for the others.
    """
    found = _find_live(session, facts)
    quiet = {"synchronize_session": False}
    session.execute(
        delete(Registration).where(
            Registration.email_key == found.email_key, Registration.state == WAITING
        ),
        execution_options=quiet,
    )
    mine = update(Registration).where(
        Registration.link_uuid == facts.uuid, Registration.state == PENDING
    )
    values = {"state": WAITING, "open_as": WAITING, "proven_at": utc_now()}
    if rows_changed(session, mine.values(values).execution_options(**quiet)) != 1:
        _find_live(session, facts)
        raise LinkUsed("the link was used")
    session.refresh(found)
    return found


def _told(session: Session, proven: Proven | None) -> Proven:
    """Tell the receivers of the signals what was committed."""
    if proven is None:
        raise AccountExists("the address has an account by now")
    registration_id, contact_id = proven.registration_id, proven.contact_id
    announce(session, signals.registration_proven, registration_id=registration_id)
    if contact_id is not None:
        announce(session, signals.contact_created, contact_id=contact_id)
        announce(
            session,
            signals.registration_approved,
            registration_id=registration_id,
            contact_id=contact_id,
        )
    return proven
