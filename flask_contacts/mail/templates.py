"""The mails that this package writes: names, words, merge fields.

Staff change words under Setup → Email Templates; these are what stands there first.
The words are translated when a mail is written, in its recipient's language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..i18n import _l
from ..registry import MergeField

_PERSON = (
    MergeField("contact_firstname", _l("First name of the contact")),
    MergeField("contact_lastname", _l("Last name of the contact")),
    MergeField("contact_email", _l("E-mail address of the contact")),
    MergeField("customer_name", _l("Company of the contact")),
    MergeField("company_name", _l("Name of your company")),
    MergeField("portal_url", _l("Address of the portal")),
)
_SET_LINK = MergeField("set_password_url", _l("Link to set a password"))
_RESET_LINK = MergeField("reset_password_url", _l("Link to set a new password"))


@dataclass(frozen=True)
class MailTemplate:
    """A kind of mail.

    ``required`` ones carry links or security notices and cannot be switched off;
    ``link_field`` is the merge field that a link is minted for at sending.
    """

    name: str
    label: Any
    subject: Any
    body: Any
    fields: tuple[MergeField, ...] = _PERSON
    required: bool = False
    link_field: str | None = None

    @property
    def field_names(self) -> frozenset[str]:
        """The names that may stand in braces."""
        return frozenset(field.name for field in self.fields)


WELCOME = MailTemplate(
    name="welcome",
    label=_l("New Customer Added/Registered (Welcome Email)"),
    subject=_l("Welcome aboard, {contact_firstname}"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Welcome! {company_name} has opened its customer portal for you and "
        "{customer_name}.</p>"
        "<p>Your e-mail address {contact_email} is the name you sign in with:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
)
SET_PASSWORD = MailTemplate(
    name="set_password",
    label=_l("Set New Password"),
    subject=_l("Set your password for {company_name}"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Please set a password for your account at {company_name}. "
        "You sign in with {contact_email}.</p>"
        '<p><a href="{set_password_url}">Set my password</a></p>'
        "<p>The link is valid for 48 hours and works once.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(*_PERSON, _SET_LINK),
    required=True,
    link_field="set_password_url",
)
RESET_PASSWORD = MailTemplate(
    name="reset_password",
    label=_l("Forgot Password"),
    subject=_l("A new password for {company_name}"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Somebody, probably you, asked for a new password for {contact_email}.</p>"
        '<p><a href="{reset_password_url}">Choose a new password</a></p>'
        "<p>The link is valid for one hour and works once. If it was not you, ignore this "
        "mail: nothing changes.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(*_PERSON, _RESET_LINK),
    required=True,
    link_field="reset_password_url",
)
PASSWORD_CHANGED = MailTemplate(
    name="password_changed",
    label=_l("Password Changed"),
    subject=_l("Your password was changed"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>The password of {contact_email} at {company_name} was just changed, and every "
        "other session was ended.</p>"
        "<p>If it was not you, ask for a new password at once and tell us:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    required=True,
)
COMPANY_ADDED = MailTemplate(
    name="company_added",
    label=_l("Company Added to Login"),
    subject=_l("{customer_name} was added to your account"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>You can now work for {customer_name} in the portal of {company_name} too, with "
        "the account that you have already: {contact_email}.</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    required=True,
)
EMAIL_CHANGED = MailTemplate(
    name="email_changed",
    label=_l("Email Changed"),
    subject=_l("Your e-mail address was changed"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>{company_name} has changed the address that you sign in with; it is now "
        "{contact_email}. This address does not open the portal any more.</p>"
        "<p>If that is wrong, please tell us.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    required=True,
)


def by_name(templates: Iterable[MailTemplate]) -> dict[str, MailTemplate]:
    """Templates by their names, in order."""
    return {template.name: template for template in templates}


TEMPLATES = by_name(
    (WELCOME, SET_PASSWORD, RESET_PASSWORD, PASSWORD_CHANGED, COMPANY_ADDED, EMAIL_CHANGED)
)
