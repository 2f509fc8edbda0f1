"""How far a colleague has come, in words for a colleague.

Whether a mail was not sent, or a link does not work any more, may tell of what the person
does elsewhere; it is not told. That a server refused the mail to the address is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import get_locale

from ...i18n import _, _l
from ...models import Contact
from ...services.company.colleague_lists import Colleague
from ...services.timezones import moment
from ..records.formatters import badge

_DEACTIVATED = "deactivated"
_STATES: dict[str, tuple[str, Any]] = {
    "no_login": ("secondary", _l("No access to the portal")),
    "never_invited": ("secondary", _l("Not invited yet")),
    "invited": ("info", _l("Invited")),
    "returned": ("danger", _l("Invitation came back")),
    "expired": ("warning", _l("Invitation expired")),
    "accepted": ("success", _l("Active")),
    "dormant": ("secondary", _l("Not here for a year")),
    _DEACTIVATED: ("secondary", _l("Deactivated")),
}
_badge = badge(_STATES)


def state_badge(colleague: Colleague) -> Any:
    """The state as a badge."""
    return _badge(_state(colleague))


def sentence(colleague: Colleague, reader: Contact) -> str:
    """What the state does not say; times by the reader's clock."""
    invitation, state = colleague.invitation, _state(colleague)

    def when(time: datetime | None) -> str:
        return moment(time, reader.timezone, str(get_locale() or "en")) if time else "–"

    if state == "invited":
        if invitation.valid_until is None:
            return str(
                _("The invitation was requested on %(date)s.", date=when(invitation.asked_at))
            )
        return str(
            _(
                "The invitation was requested on %(date)s; its link works until %(until)s.",
                date=when(invitation.asked_at),
                until=when(invitation.valid_until),
            )
        )
    sentences = {
        "no_login": _l("This contact was kept without a way to sign in."),
        "never_invited": _l("This colleague can sign in once invited."),
        "returned": _l(
            "The mail could not be delivered. If the address is wrong, deactivate this "
            "colleague and invite the right one."
        ),
        "expired": _l("The link in the mail was not used in time. Send the invitation again."),
        "dormant": _l("This colleague has not signed in for more than a year."),
        _DEACTIVATED: _l("This colleague cannot sign in for your company and gets no mail."),
    }
    return str(sentences.get(state, ""))


def _state(colleague: Colleague) -> str:
    if not colleague.contact.active:
        return _DEACTIVATED
    state = colleague.invitation.state
    if state == "failed":
        return "returned" if colleague.invitation.mail_state == "failed" else "invited"
    return "invited" if state in {"waiting", "sent"} else state
