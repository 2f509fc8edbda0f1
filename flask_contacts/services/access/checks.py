"""The checks behind "Can this person sign in?": each looks at the facts and says one thing.

Another check is a function added to :data:`CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...i18n import _l
from .. import limits
from .facts import Facts


@dataclass(frozen=True)
class Finding:
    """What a check found.

    ``level``: ``stop`` (nobody gets in), ``open`` (not known to have got in yet), ``warning``,
    ``good`` or ``info``. ``text`` may hold ``%(when)s`` for ``when`` and ``%(count)s``; an empty
    one is the invitation's own sentence. ``repairs`` are names of buttons, see the admin.
    """

    name: str
    level: str
    text: Any = ""
    repairs: tuple[str, ...] = ()
    when: datetime | None = None
    count: int = 0


Check = Callable[[Facts], "Finding | None"]


def _customer(facts: Facts) -> Finding | None:
    if facts.contact.customer_id is not None:
        return None
    text = _l("The contact belongs to no customer: signing in works, but there is nothing to see.")
    return Finding("customer", "warning", text)


def _state(facts: Facts) -> Finding | None:
    contact = facts.contact
    if contact.anonymised_at is not None:
        return Finding("anonymised", "stop", _l("The contact is anonymised: nobody is behind it."))
    if contact.archived_at is not None:
        text = _l("The contact is archived, and its login was taken away.")
        return Finding("archived", "stop", text, ("restore",))
    if not contact.active:
        return Finding("inactive", "stop", _l("The contact is not active."), ("reactivate",))
    return None


def _login(facts: Facts) -> Finding | None:
    contact = facts.contact
    if contact.anonymised_at is not None:
        return None
    if contact.email_key is None and contact.archived_at is None:
        text = _l("The contact has no email address, which is the name to sign in with.")
        return Finding("email", "stop", text, ("edit",))
    if contact.login_id is None:
        text = _l("The contact has no login.")
        return Finding("login", "stop", text, ("login",) if contact.active else ())
    return None


def _password(facts: Facts) -> Finding | None:
    contact, login = facts.contact, facts.login
    if contact.login_id is None:
        return None
    if login is not None and login.password_hash is None:
        if not facts.came:
            return Finding("password", "stop", _l("No password has been set."))
        text = _l("The former password was erased. A link sets a new one.")
        return Finding("password", "stop", text, ("invite",) if contact.active else ())
    if contact.last_signed_in_at is not None:
        text = _l("Last signed in on %(when)s.")
        return Finding("signed_in", "good", text, when=contact.last_signed_in_at)
    if contact.accepted_at is not None:
        text = _l("A password was set on %(when)s and has not been used here yet.")
        return Finding("unused", "warning", text, when=contact.accepted_at)
    if login is not None:
        text = _l("A password is set, but the person has not signed in here yet.")
        return Finding("unused", "warning", text)
    text = _l("As far as you may see, no password has been set and nobody has signed in.")
    return Finding("password", "open", text)


def _invitation(facts: Facts) -> Finding | None:
    """How the link to set a password goes, where it is the way in."""
    has_password = facts.login is not None and facts.login.password_hash is not None
    if facts.contact.login_id is None or facts.came or has_password:
        return None
    level = "info" if facts.invitation.state in {"waiting", "sent"} else "warning"
    repairs: tuple[str, ...] = ("invite",) if facts.contact.active else ()
    if facts.invitation.state in {"waiting", "failed"}:
        repairs += ("outgoing_mail",)
    return Finding("invitation", level, repairs=repairs)


def _delivery(facts: Facts) -> Finding | None:
    if facts.mail_waits_since is None:
        return None
    text = _l("Mail has been waiting to be sent since %(when)s: it seems that nothing delivers it.")
    return Finding("delivery", "warning", text, ("outgoing_mail",), when=facts.mail_waits_since)


def _base_url(facts: Facts) -> Finding | None:
    if facts.has_base_url:
        return None
    text = _l(
        "CONTACTS_BASE_URL is not set, so the links in mail lead to this machine alone. An "
        "administrator has to set it."
    )
    return Finding("base_url", "warning", text)


def _attempts(facts: Facts) -> Finding | None:
    when = facts.opens_at.get(limits.SIGN_IN)
    if when is None:
        return None
    text = _l("Too many attempts to sign in failed. The next one is taken from %(when)s.")
    return Finding("attempts", "stop", text, when=when)


def _codes(facts: Facts) -> Finding | None:
    when = facts.opens_at.get(limits.TWO_FACTOR)
    if when is None:
        return None
    text = _l("Too many codes of the second factor were wrong. The next is taken from %(when)s.")
    return Finding("codes", "stop", text, ("reset_two_factor",), when=when)


def _two_factor(facts: Facts) -> Finding | None:
    state = facts.two_factor
    if state is None or not (state.is_on or state.is_required):
        return None
    repairs = ("reset_two_factor",)
    if not state.is_on:
        text = _l("The portal asks to set up two-factor authentication first, as of everybody.")
        return Finding("two_factor", "info", text)
    if state.codes_left == 0:
        text = _l("Two-factor authentication is on, and no recovery code is left.")
        return Finding("two_factor", "warning", text, repairs)
    text = _l("Two-factor authentication is on; recovery codes left: %(count)s.")
    return Finding("two_factor", "info", text, repairs, count=state.codes_left)


def _links(facts: Facts) -> Finding | None:
    when = facts.opens_at.get(limits.FORGOT_PASSWORD)
    if when is None:
        return None
    text = _l(
        "The person has asked for so many links that no other is mailed on request before "
        "%(when)s. One that you send is."
    )
    repairs = ("invite",) if facts.contact.active else ()
    return Finding("links", "warning", text, repairs, when=when)


def _sessions(facts: Facts) -> Finding | None:
    if not facts.open_sessions:
        return None
    text = _l("Signed in now; open sessions: %(count)s.")
    return Finding("sessions", "info", text, count=facts.open_sessions)


#: In the order shown.
CHECKS: list[Check] = [
    *(_customer, _state, _login, _password, _invitation, _attempts, _codes, _two_factor),
    *(_links, _delivery, _base_url, _sessions),
]
