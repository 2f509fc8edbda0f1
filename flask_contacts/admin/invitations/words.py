"""The state of an invitation as staff read it: a badge, a sentence, its dates, the reason.

What only the login can tell (another link took its place, the person set a password
elsewhere) is not said to staff from whom customers are hidden.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...i18n import _
from ...links import HAS_PASSWORD
from ...models import Contact
from ...services.invitations.refusals import ALONE, refusal_of
from ...services.invitations.states import STATES, Invitation, invitations_of
from ...state import current_contacts
from ..customers.sight import sees_every_customer, sees_other_contact
from ..kept_parts import kept_part
from ..mail import words as mail_words
from ..moments import moment_element, moment_in_words

#: How each state looks: the name of a Bootstrap label.
BADGES = {
    "no_login": "default",
    "never_invited": "default",
    "waiting": "info",
    "sent": "primary",
    "failed": "danger",
    "expired": "warning",
    "accepted": "success",
    "dormant": "default",
}
_CAME = ("accepted", "dormant")
_REPLY = re.compile(r"(?s)([245]\d\d)[ -](.*)")
_UNREACHABLE = ("ConnectionRefused", "ConnectionReset", "TimeoutError", "gaierror", "OSError")

#: Why a mail was cancelled or a link is void, where the person's other contacts may be the
#: reason.
_ABOUT_THE_LOGIN = ("newer_link", "password_changed", "email_changed", "no_active_contact")


@dataclass(frozen=True)
class SignInPanel:
    """What a contact's page says about the way in; ``refusal``: why no link can be sent."""

    state: str
    label: Any
    badge: str
    sentence: str
    facts: list[tuple[Any, str]]
    remarks: list[Any]
    refusal: Any
    asked_before: bool


def labels() -> dict[str, str]:
    """The label of each state, for a page with many of them."""
    return kept_part("states", lambda: {name: str(text) for name, text in STATES.items()})


def panel(contact: Contact, invitation: Invitation) -> SignInPanel:
    """The panel of a contact, without what this staff member may not know."""
    refusal, remarks = refusal_of(contact), _remarks(contact, invitation)
    if _ended_early(invitation):  # beside "does not work any more" no day that it is valid until
        invitation = replace(invitation, valid_until=None)
    return SignInPanel(
        state=invitation.state,
        label=STATES[invitation.state],
        badge=BADGES[invitation.state],
        sentence=in_words(invitation),
        facts=_facts(invitation),
        remarks=remarks,
        refusal=ALONE[refusal] if refusal is not None else None,
        asked_before=invitation.asked_at is not None,
    )


def panel_of(contact: Contact | None) -> SignInPanel | None:
    """The same, read from the database; None for a new and an archived contact."""
    if contact is None or contact.archived_at is not None:
        return None
    return panel(contact, invitations_of(current_contacts.session, [contact])[contact.id])


def in_words(invitation: Invitation) -> str:
    """The state in a sentence, with since when."""
    words = {
        "no_login": _no_login,
        "never_invited": _never_invited,
        "waiting": _waiting,
        "sent": _sent,
        "failed": _failed,
        "expired": _expired,
    }.get(invitation.state, _came)
    return str(words(invitation))


def why(error: str | None, mail_state: str | None, *, precise: bool) -> Any:
    """Why a mail has not left, in plain words, or None where there is nothing to say."""
    if mail_state == "cancelled":
        told = error in mail_words.REASONS and (precise or error not in _ABOUT_THE_LOGIN)
        return mail_words.in_words(error) if told else _("The mail was not sent.")
    if mail_state == "sent" or not error:
        return None
    reply = _REPLY.fullmatch(error)
    if reply is not None:
        return _("The mail server refused it: “%(reply)s”.", reply=f"{reply[1]} {reply[2]}".strip())
    if error.startswith(_UNREACHABLE):
        return _("The mail server could not be reached.")
    if "CERTIFICATE" in error.upper():
        return _("The mail server's certificate could not be checked.")
    return _("The mail could not be sent: %(error)s", error=error)


def _remarks(contact: Contact, invitation: Invitation) -> list[Any]:
    precise = sees_every_customer()
    remarks = []
    if invitation.state not in _CAME:
        reason = why(invitation.error, invitation.mail_state, precise=precise)
        if reason is not None:
            remarks.append(reason)
        if _ended_early(invitation):
            remarks.append(_("The link does not work any more."))
        if precise and invitation.state == "sent" and invitation.void_reason is not None:
            remarks.append(mail_words.REASONS.get(invitation.void_reason))
    if contact.login_id is not None and sees_other_contact(contact):
        remarks.append(_("The person has the same login at another customer."))
    return [remark for remark in remarks if remark is not None]


def _ended_early(invitation: Invitation) -> bool:
    """Whether the link was made void before its time, and this staff member may know that."""
    void = invitation.void_reason not in (None, HAS_PASSWORD)
    return void and invitation.state == "sent" and sees_every_customer()


def _facts(invitation: Invitation) -> list[tuple[Any, str]]:
    dates = [
        (_("Requested"), invitation.asked_at),
        (_("Sent"), invitation.sent_at),
        (_("Valid until"), invitation.valid_until if invitation.state not in _CAME else None),
        (_("Password set"), invitation.accepted_at),
        (_("Last signed in"), invitation.last_signed_in_at),
    ]
    return [(label, moment_element(when)) for label, when in dates if when is not None]


def _date(when: datetime | None) -> str:
    return moment_in_words(when) if when is not None else "–"


def _no_login(_invitation: Invitation) -> Any:
    return _("This contact has no login.")


def _never_invited(_invitation: Invitation) -> Any:
    return _("No link to set a password has been sent.")


def _waiting(invitation: Invitation) -> Any:
    return _("Requested on %(date)s; the mail waits to be sent.", date=_date(invitation.asked_at))


def _sent(invitation: Invitation) -> Any:
    date = _date(invitation.sent_at or invitation.asked_at)
    if invitation.valid_until is None:
        return _("Sent on %(date)s.", date=date)
    return _(
        "Sent on %(date)s, valid until %(until)s.", date=date, until=_date(invitation.valid_until)
    )


def _failed(invitation: Invitation) -> Any:
    date = _date(invitation.asked_at)
    return _("Requested on %(date)s; the mail did not get through.", date=date)


def _expired(invitation: Invitation) -> Any:
    date = _date(invitation.asked_at)
    if invitation.valid_until is None:
        return _("Requested on %(date)s and not used; the link is not valid any more.", date=date)
    until = _date(invitation.valid_until)
    if invitation.sent_at is None:
        return _("Requested on %(date)s, was valid until %(until)s.", date=date, until=until)
    return _(
        "Sent on %(date)s, was valid until %(until)s and not used.",
        date=_date(invitation.sent_at),
        until=until,
    )


def _came(invitation: Invitation) -> Any:
    signed_in, date = invitation.last_signed_in_at, _date(invitation.since)
    if invitation.state == "dormant" and signed_in is None:
        return _("Set a password on %(date)s, and never signed in.", date=date)
    if signed_in is None:
        return _("Set a password on %(date)s, and has not signed in yet.", date=date)
    if invitation.state == "dormant":
        return _("Last signed in on %(date)s, more than a year ago.", date=_date(signed_in))
    return _("Last signed in on %(date)s.", date=_date(signed_in))
