"""Staff take the second factor off a login, for who has lost the phone and the codes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import signals
from ...actors import SYSTEM, Actor
from ...errors import InvalidInput
from ...i18n import _l
from ...mail import outbox
from ...mail.two_factor_templates import TWO_FACTOR_RESET
from ...models import Contact
from .. import limits
from ..accounts import logins, sessions
from ..contacts import activity
from ..contacts.saved import Saved, find_contact, finish
from . import ends as two_factor_ends, state as two_factor_state


def reset_two_factor(
    session: Session, customer_id: Any, contact_id: int, actor: Actor = SYSTEM
) -> Saved:
    """Forget the secret and the codes of a contact's login, end its sessions, tell the person.

    Raises :class:`NotFound` for a contact that is not the customer's, and
    :class:`InvalidInput` where there is no second factor.
    """

    def work() -> Saved:
        contact = find_contact(session, customer_id, contact_id)
        others_wait = select(Contact.id).where(Contact.id == contact.id)
        session.execute(others_wait.with_for_update(key_share=True))
        login = logins.lock(session, contact.login_id) if contact.login_id is not None else None
        if login is None or not two_factor_state.is_on(session, login.id):
            text = _l("Two-factor authentication is off; there is nothing to reset.")
            raise InvalidInput({"two_factor": [text]})
        two_factor_ends.remove(session, login.id)
        two_factor_ends.end_sessions(session, login)
        limits.forget_codes(session, login.email_key)
        told = {"moment": sessions.when_and_where(contact, None)["moment"]}
        outbox.add(session, TWO_FACTOR_RESET, contact, needs="nothing", values=told)
        activity.record(session, actor, contact, "two_factor_reset")
        return Saved(contact=contact)

    return finish(session, work, signals.contact_changed)
