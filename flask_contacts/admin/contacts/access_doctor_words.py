"""What the access doctor found as staff read it: sentences, and the buttons that repair it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from ...i18n import _, _l
from ...models import Contact
from ...services.access.checks import Finding
from ...state import current_contacts
from ..customers.sight import may_know_of_logins
from ..invitations import send_page
from ..invitations.words import SignInPanel
from ..moments import moment_in_words
from .permissions import CONTACTS

#: The answer to "Can this person sign in?", with the name of a Bootstrap label.
VERDICTS = {
    "yes": (_l("Yes"), "success"),
    "no": (_l("No"), "danger"),
    "not_yet": (_l("Not yet"), "warning"),
}
#: How each level looks: an icon and a colour.
LEVELS = {
    "stop": "fa-times-circle text-danger",
    "open": "fa-question-circle text-warning",
    "warning": "fa-exclamation-triangle text-warning",
    "good": "fa-check-circle text-success",
    "info": "fa-info-circle text-info",
}
_LOGIN = ("can_generate_login", CONTACTS)
_MAIL = ("can_show", "Contacts outgoing mail")


@dataclass(frozen=True)
class Button:
    """A way to repair something: a form that posts, or a link."""

    label: Any
    icon: str
    url: str
    posts: bool


@dataclass(frozen=True)
class Told:
    """A finding in words."""

    icon: str
    sentence: str
    remarks: list[Any] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """For whom the findings are told: what this staff member may do and know.

    ``panel`` has the invitation's own words; ``reset_url`` is None where the second factor is
    not theirs to reset.
    """

    panel: SignInPanel | None
    can_edit: bool
    reset_url: str | None


def tell(findings: Iterable[Finding], contact: Contact, reader: Reader) -> list[Told]:
    """The findings in words, with the buttons that this staff member may press."""
    return [_told(one, contact, reader) for one in findings]


def _told(finding: Finding, contact: Contact, reader: Reader) -> Told:
    made = (_button(name, contact, reader) for name in finding.repairs)
    buttons = [one for one in made if one is not None]
    icon = LEVELS[finding.level]
    if finding.name == "invitation" and reader.panel is not None:
        how = reader.panel.sentence
        if reader.panel.asked_before:
            how = _("The link to set a password: %(how)s", how=how)
        return Told(icon, str(how), reader.panel.remarks, buttons)
    when = moment_in_words(finding.when) if finding.when is not None else ""
    return Told(icon, str(finding.text) % {"when": when, "count": finding.count}, [], buttons)


def _button(name: str, contact: Contact, reader: Reader) -> Button | None:
    """The button of a repair; None where this staff member may not."""
    if name == "outgoing_mail":
        may = current_contacts.appbuilder.sm.has_access(*_MAIL) and may_know_of_logins()
        url = url_for("ContactsOutgoingMailView.outgoing_mail", to=contact.email)
        return Button(_("Outgoing mail"), "fa-paper-plane-o", url, posts=False) if may else None
    if name == "reset_two_factor":
        if reader.reset_url is None:
            return None
        label = _("Reset two-factor authentication")
        return Button(label, "fa-mobile", reader.reset_url, posts=False)
    if not reader.can_edit:
        return None
    asked_before = reader.panel is not None and reader.panel.asked_before
    if name == "invite" and not send_page.may_send():
        return None
    if name == "invite":
        label = _("Send the link again") if asked_before else _("Send the link")
        return Button(label, "fa-paper-plane", _url("invite", contact, come="access"), posts=True)
    return {
        "restore": lambda: Button(
            _("Restore"), "fa-undo", _url("restore", contact, come="access"), posts=True
        ),
        "reactivate": lambda: Button(
            _("Reactivate"), "fa-undo", _url("reactivate", contact, come="access"), posts=True
        ),
        "edit": lambda: Button(
            _("Edit"), "fa-pencil", _url("edit", contact, anchor="email"), posts=False
        ),
        "login": lambda: Button(_("Give a login"), "fa-key", _login_url(contact), posts=False),
    }[name]()


def _login_url(contact: Contact) -> str:
    """The page that makes it; the contact's form for who may not open that one."""
    if not current_contacts.appbuilder.sm.has_access(*_LOGIN):
        return _url("edit", contact, anchor="is_user")
    values: dict[str, Any] = {"pk": contact.id, "from": "access"}
    return url_for("CustomerContactsView.generate_login", **values)


def _url(
    action: str, contact: Contact, *, come: str | None = None, anchor: str | None = None
) -> str:
    more: dict[str, Any] = {"from": come} if come else {}
    key, pk = contact.customer_id, contact.id
    return url_for(f"ContactsTab.{action}", customer_pk=key, pk=pk, _anchor=anchor, **more)
