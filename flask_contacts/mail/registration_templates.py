"""The mails about registering in the portal (BEHAVIOUR P6)."""

from __future__ import annotations

from ..i18n import _l
from ..registry import MailTemplate, MergeField

# No name and no company in it: whoever registers types them, and the mail goes to whatever
# address was typed. It must carry no stranger's words to other people.
CONFIRM_REGISTRATION = MailTemplate(
    name="confirm_registration",
    label=_l("Confirm Registration"),
    subject=_l("Confirm your registration at {company_name}"),
    body=_l(
        "<p>Hello,</p>"
        "<p>Somebody, probably you, registered at {company_name} with this address, "
        "{contact_email}. Please confirm that it is yours:</p>"
        '<p><a href="{confirm_registration_url}">Confirm my registration</a></p>'
        "<p>You will be asked for the password that you chose. The link is valid for 48 hours "
        "and works once. If it was not you, ignore this mail: nothing is opened, and what was "
        "typed is deleted.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(MergeField("confirm_registration_url", _l("Link to confirm a registration")),),
    required=True,
    link_field="confirm_registration_url",
)
REGISTERED_ALREADY = MailTemplate(
    name="registered_already",
    label=_l("Registered Already"),
    subject=_l("You have an account at {company_name} already"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Somebody, probably you, wanted to register at {company_name} with your address, "
        "{contact_email}. You have an account already, so nothing was changed.</p>"
        '<p><a href="{portal_url}">Sign in</a></p>'
        "<p>If you do not remember your password:</p>"
        '<p><a href="{forgot_password_url}">Choose a new password</a></p>'
        "<p>If it was not you, ignore this mail.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(
        MergeField(
            "forgot_password_url",
            _l("Page for a forgotten password"),
            "https://portal.example.com/portal/forgot-password",
        ),
    ),
    required=True,
)
REGISTRATION_NOTICE = MailTemplate(
    name="registration_notice",
    label=_l("New Registration (to Staff)"),
    subject=_l("{customer_name} has registered"),
    body=_l(
        "<p>Hello,</p>"
        "<p>{contact_firstname} {contact_lastname} of {customer_name} has registered in the "
        "portal and confirmed the address {contact_email}. {registration_outcome}</p>"
        '<p><a href="{registration_url}">Open the registration</a></p>'
    ),
    fields=(
        MergeField(
            "registration_outcome",
            _l("What happens now"),
            _l("It waits for you to approve or refuse it."),
        ),
        MergeField(
            "registration_url",
            _l("Page of the registration"),
            "https://crm.example.com/contacts-registrations/show/1",
        ),
    ),
)
REGISTRATION_APPROVED = MailTemplate(
    name="registration_approved",
    label=_l("Registration Approved"),
    subject=_l("Your registration at {company_name} is approved"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>{company_name} has approved your registration for {customer_name}. Sign in with "
        "your address, {contact_email}, and the password that you chose:</p>"
        '<p><a href="{portal_url}">Open the portal</a></p>'
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    required=True,
)
REGISTRATION_REFUSED = MailTemplate(
    name="registration_refused",
    label=_l("Registration Refused"),
    subject=_l("Your registration at {company_name}"),
    body=_l(
        "<p>Dear {contact_firstname} {contact_lastname},</p>"
        "<p>Thank you for registering {customer_name} at {company_name}. We are sorry that we "
        "cannot open the portal to you. {refusal_reason}</p>"
        "<p>If you think that this is a mistake, please tell us.</p>"
        "<p>Kind regards,<br>{company_name}</p>"
    ),
    fields=(
        MergeField(
            "refusal_reason",
            _l("Reason of the refusal"),
            _l("We sell to companies in the European Union only."),
        ),
    ),
)
REGISTRATION_TEMPLATES = (
    CONFIRM_REGISTRATION,
    REGISTERED_ALREADY,
    REGISTRATION_NOTICE,
    REGISTRATION_APPROVED,
    REGISTRATION_REFUSED,
)
