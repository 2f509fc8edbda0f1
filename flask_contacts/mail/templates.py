"""The mails that this package writes: names, words, merge fields.

Staff change words under Setup → Email Templates; these are what stands there first.
The words are translated when a mail is written, in its recipient's language.
"""

from __future__ import annotations

from ..errors import NotFound
from ..i18n import _l
from ..registry import MailTemplate, MergeField
from ..state import current_contacts
from .comment_templates import COMMENT_TEMPLATES
from .registration_templates import REGISTRATION_TEMPLATES
from .two_factor_templates import TWO_FACTOR_TEMPLATES

#: The merge fields that every mail to a contact has.
PERSON_FIELDS = (
    MergeField("contact_firstname", _l("First name of the contact")),
    MergeField("contact_lastname", _l("Last name of the contact")),
    MergeField("contact_email", _l("E-mail address of the contact")),
    MergeField("customer_name", _l("Company of the contact")),
    MergeField("company_name", _l("Name of your company")),
    MergeField("portal_url", _l("Address of the portal")),
)
_SET_LINK = MergeField("set_password_url", _l("Link to set a password"))
_RESET_LINK = MergeField("reset_password_url", _l("Link to set a new password"))
_CONFIRM_LINK = MergeField("confirm_email_url", _l("Link to confirm the new address"))
_NEW_ADDRESS = MergeField("new_email", _l("New e-mail address"))
_OLD_ADDRESS = MergeField("old_email", _l("Former e-mail address"))
_MOMENT = MergeField("moment", _l("Day and time"))
_NETWORK_ADDRESS = MergeField("network_address", _l("Network address"))
_DEVICE = MergeField("device", _l("Device"))


WELCOME = MailTemplate(
    name="welcome",
    label=_l("New Customer Added/Registered (Welcome Email)"),
    subject=_l("Welcome aboard, {contact_firstname}"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Welcome! {company_name} has opened its customer portal to you.</p>"
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
        "<p>Please set a password for your account at {company_name}; the name that you sign "
        "in with is your e-mail address, {contact_email}.</p>"
        '<p><a href="{set_password_url}">Set my password</a></p>'
        "<p>The link is valid for 48 hours and works once.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_SET_LINK,),
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
    fields=(_RESET_LINK,),
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


NEW_EMAIL = MailTemplate(
    name="new_email",
    label=_l("New Email"),
    subject=_l("You sign in with this address now"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>{company_name} has changed the address that you sign in with: from now on it is "
        "{contact_email}.</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    required=True,
)
CONFIRM_EMAIL = MailTemplate(
    name="confirm_email",
    label=_l("Confirm New Email"),
    subject=_l("Confirm your new e-mail address"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>You asked {company_name} to change the address that you sign in with to "
        "{new_email}. Please confirm that it is yours:</p>"
        '<p><a href="{confirm_email_url}">Confirm this address</a></p>'
        "<p>The link is valid for 48 hours and works once. If it was not you, ignore this "
        "mail: nothing changes.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_CONFIRM_LINK, _NEW_ADDRESS),
    required=True,
    link_field="confirm_email_url",
)
EMAIL_CHANGE_ASKED = MailTemplate(
    name="email_change_asked",
    label=_l("Email Change Requested"),
    subject=_l("A new e-mail address for your account"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Somebody who knows the password of your account at {company_name} asked to change "
        "its address from {contact_email} to {new_email}.</p>"
        "<p>When: {moment}<br>From the network address: {network_address}</p>"
        "<p>Nothing has changed yet: the new address has to be confirmed first. If it was not "
        "you, sign in, cancel the change under My account and choose another password:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_NEW_ADDRESS, _MOMENT, _NETWORK_ADDRESS),
    required=True,
)
OWN_EMAIL_CHANGED = MailTemplate(
    name="own_email_changed",
    label=_l("Email Changed by the Contact"),
    subject=_l("You sign in with another address now"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>The address of your account at {company_name} was changed from {old_email} to "
        "{contact_email}, and every other session was ended.</p>"
        "<p>When: {moment}<br>From the network address: {network_address}</p>"
        "<p>If it was not you, please tell us at once.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_OLD_ADDRESS, _MOMENT, _NETWORK_ADDRESS),
    required=True,
)
NEW_DEVICE = MailTemplate(
    name="new_device",
    label=_l("Sign-in from a New Device"),
    subject=_l("A new device signed in to your account"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Somebody signed in to {company_name} as {contact_email}, from a device that has "
        "not been used for it before.</p>"
        "<p>Device: {device}<br>When: {moment}<br>From the network address: "
        "{network_address}</p>"
        "<p>If it was you, all is well. If not, sign in, choose another password and end the "
        "session under My account:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_DEVICE, _MOMENT, _NETWORK_ADDRESS),
    required=True,
)
TEMPLATES = {
    template.name: template
    for template in (
        WELCOME,
        SET_PASSWORD,
        RESET_PASSWORD,
        PASSWORD_CHANGED,
        COMPANY_ADDED,
        EMAIL_CHANGED,
        NEW_EMAIL,
        CONFIRM_EMAIL,
        EMAIL_CHANGE_ASKED,
        OWN_EMAIL_CHANGED,
        NEW_DEVICE,
        *TWO_FACTOR_TEMPLATES,
        *REGISTRATION_TEMPLATES,
        *COMMENT_TEMPLATES,
    )
}


def all_templates() -> dict[str, MailTemplate]:
    """The package's templates and then the host's, by name."""
    return {**TEMPLATES, **current_contacts.registry.mail_templates}


def merge_fields(template: MailTemplate) -> tuple[MergeField, ...]:
    """What may stand in braces in this template."""
    return (*PERSON_FIELDS, *template.fields)


def find_template(name: str) -> MailTemplate:
    """The template of that name; :class:`NotFound` where there is none."""
    template = all_templates().get(name)
    if template is None:
        raise NotFound("no such template")
    return template
