"""The notices of the second factor: what changed about it, to the person whose it is."""

from __future__ import annotations

from ..i18n import _l
from ..registry import MailTemplate, MergeField

_MOMENT = MergeField("moment", _l("Day and time"))
_NETWORK_ADDRESS = MergeField("network_address", _l("Network address"))
_CODES_LEFT = MergeField("codes_left", _l("Number of recovery codes left"))

TWO_FACTOR_ON = MailTemplate(
    name="two_factor_on",
    label=_l("Two-factor Authentication Turned On"),
    subject=_l("Two-factor authentication is on"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Two-factor authentication was just set up for {contact_email} at {company_name}. "
        "From now on you sign in with your password and a code of your app, and every other "
        "session was ended.</p>"
        "<p>When: {moment}<br>From the network address: {network_address}</p>"
        "<p>Keep your recovery codes where you find them without your phone. If it was not "
        "you, please tell us at once.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_MOMENT, _NETWORK_ADDRESS),
    required=True,
)
TWO_FACTOR_OFF = MailTemplate(
    name="two_factor_off",
    label=_l("Two-factor Authentication Turned Off"),
    subject=_l("Two-factor authentication is off"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Two-factor authentication was just turned off for {contact_email} at "
        "{company_name}. Your password alone opens your account now.</p>"
        "<p>When: {moment}<br>From the network address: {network_address}</p>"
        "<p>If it was not you, choose another password at once and tell us:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_MOMENT, _NETWORK_ADDRESS),
    required=True,
)
RECOVERY_CODE_USED = MailTemplate(
    name="recovery_code_used",
    label=_l("Recovery Code Used"),
    subject=_l("A recovery code was used"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>A recovery code of {contact_email} at {company_name} was just used in place of the "
        "code of the app. Recovery codes left: {codes_left}.</p>"
        "<p>When: {moment}<br>From the network address: {network_address}</p>"
        "<p>Each works once. When few are left, make new ones under My account. If it was not "
        "you, choose another password at once and tell us:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_CODES_LEFT, _MOMENT, _NETWORK_ADDRESS),
    required=True,
)
RECOVERY_CODES_RENEWED = MailTemplate(
    name="recovery_codes_renewed",
    label=_l("New Recovery Codes"),
    subject=_l("You have new recovery codes"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>New recovery codes were just made for {contact_email} at {company_name}. Those of "
        "before do not work any more.</p>"
        "<p>When: {moment}<br>From the network address: {network_address}</p>"
        "<p>If it was not you, choose another password at once and tell us:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_MOMENT, _NETWORK_ADDRESS),
    required=True,
)
TWO_FACTOR_RESET = MailTemplate(
    name="two_factor_reset",
    label=_l("Two-factor Authentication Reset by Staff"),
    subject=_l("Your two-factor authentication was reset"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>{company_name} has reset the two-factor authentication of {contact_email}: the "
        "codes of your app and your recovery codes do not work any more, and every session "
        "was ended.</p>"
        "<p>When: {moment}</p>"
        "<p>Sign in with your password, and set it up again under My account:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>If you did not ask for it, please tell us at once.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_MOMENT,),
    required=True,
)
TWO_FACTOR_GUESSED = MailTemplate(
    name="two_factor_guessed",
    label=_l("Wrong Codes at the Sign-in"),
    subject=_l("Somebody has your password and tries codes"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Somebody signed in to {company_name} with {contact_email} and the right password, "
        "and then typed several codes that are wrong. Nobody got in.</p>"
        "<p>When: {moment}<br>From the network address: {network_address}</p>"
        "<p>If it was you, wait a few minutes and try again. If it was not you, somebody knows "
        "your password: choose another one at once.</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(_MOMENT, _NETWORK_ADDRESS),
    required=True,
)
TWO_FACTOR_TEMPLATES = (
    TWO_FACTOR_ON,
    TWO_FACTOR_OFF,
    RECOVERY_CODE_USED,
    RECOVERY_CODES_RENEWED,
    TWO_FACTOR_RESET,
    TWO_FACTOR_GUESSED,
)
