"""The outbox's own words in the reader's language: why a mail was not sent."""

from __future__ import annotations

from typing import Any

from ...i18n import _l

#: Why a mail was cancelled, by the stable word that its row keeps.
REASONS = {
    "cancelled_by_staff": _l("Cancelled by staff."),
    "cancelled_by_contact": _l("Cancelled by the contact."),
    "address_changed": _l("The contact had another address by then."),
    "contact_anonymised": _l("The contact was anonymised."),
    "contact_deleted": _l("The contact was deleted."),
    "contact_inactive": _l("The contact was not active any more."),
    "contact_left_list": _l("The contact was not on the list any more."),
    "contact_moved": _l("The contact moved to another customer."),
    "contact_no_email": _l("The contact had no e-mail address any more."),
    "contact_do_not_send_emails": _l("Do not send emails was ticked."),
    "contact_no_permission": _l("The contact had lost the permission."),
    "contact_topic_off": _l("The contact had switched the topic off."),
    "has_password": _l("The person has a password elsewhere, so the mail has no link."),
    "email_changed": _l("The e-mail address was changed meanwhile."),
    "link_deleted": _l("Its link was gone."),
    "login_changed": _l("The contact had another login by then."),
    "newer_link": _l("A newer link was sent in its place."),
    "no_active_contact": _l("The login had no active contact any more."),
    "registration_over": _l("The registration was confirmed, replaced or deleted meanwhile."),
    "password_changed": _l("A password was set meanwhile."),
    "LinkExpired": _l("Its link was past its time."),
    "LinkUsed": _l("Its link had been used."),
}


def in_words(error: str | None) -> Any:
    """A mail's error: our own reasons translated, a mail server's words as they came."""
    return REASONS.get(error or "", error or "")
