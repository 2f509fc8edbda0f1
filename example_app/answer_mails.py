"""Mail about what a customer answered or signed: to the studio, and to its contacts.

It is written where the answer is, in one transaction with it. Staff who note an answer
down themselves mail nobody.
"""

from __future__ import annotations

from flask_babel import force_locale, lazy_gettext as _l
from sqlalchemy.orm import Session

from flask_contacts import MailTemplate
from flask_contacts.mail import messages, outbox
from flask_contacts.mail.templates import find_template
from flask_contacts.models import Contact

from .extensions import contacts
from .mail_fields import ADMIN_LINK, AMOUNT, COMMENT, LINK, NUMBER, SIGNER, STATUS, TITLE
from .merge_values import about, admin_link_to, money, status
from .models import Contract, Estimate, Proposal
from .staff_mail import tell_staff

TEMPLATES = (
    MailTemplate(
        "offer_answered",
        _l("Offer Answered (to the Studio)"),
        subject=_l("{document_number}: {status} by {customer_name}"),
        body=_l(
            "<p>{signer} of {customer_name} has answered {document_number}, {document_title}, "
            "over {amount}.</p>"
            "<p><strong>{status}</strong></p>"
            "<blockquote>{comment}</blockquote>"
            '<p><a href="{admin_url}">Open it in the admin</a></p>'
        ),
        fields=(NUMBER, TITLE, AMOUNT, STATUS, SIGNER, COMMENT, ADMIN_LINK),
    ),
    MailTemplate(
        "contract_signed_staff",
        _l("Contract Signed (to the Studio)"),
        subject=_l("{document_number} is signed by {customer_name}"),
        body=_l(
            "<p>{signer} of {customer_name} has signed contract {document_number}, "
            "{document_title}, over {amount}.</p>"
            '<p><a href="{admin_url}">Open it in the admin</a></p>'
        ),
        fields=(NUMBER, TITLE, AMOUNT, SIGNER, ADMIN_LINK),
    ),
    MailTemplate(
        "estimate_answered",
        _l("Estimate Answered"),
        subject=_l("Estimate {document_number}: {status}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>{signer} has answered our estimate {document_number} for {document_title}, "
            "over {amount}. It is now: {status}.</p>"
            '<p><a href="{document_url}">Open the estimate</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, STATUS, SIGNER, LINK),
    ),
    MailTemplate(
        "proposal_answered",
        _l("Proposal Answered"),
        subject=_l("Proposal {document_number}: {status}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>{signer} has answered our proposal {document_number} for {document_title}, "
            "over {amount}. It is now: {status}.</p>"
            '<p><a href="{document_url}">Open the proposal</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, STATUS, SIGNER, LINK),
    ),
    MailTemplate(
        "contract_signed",
        _l("Contract Signed"),
        subject=_l("Contract {document_number} is signed"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>{signer} has signed contract {document_number}, {document_title}, for "
            "{customer_name}. Thank you! The signed contract is in the portal, to be read, "
            "printed and kept.</p>"
            '<p><a href="{document_url}">Open the contract</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, SIGNER, LINK),
    ),
)


def tell_of_answer(session: Session, offer: Estimate | Proposal, contact: Contact) -> None:
    """Promise mail to the studio, and the receipt: about an estimate to all who want mail about
    those, about a proposal, which is no topic, to the contact who answered."""
    values = {
        **about(offer),
        "amount": money(offer.total),
        "status": status(offer.status),
        "signer": offer.answered_by,
    }
    studio = {**values, "comment": offer.answer_comment or "", "admin_url": admin_link_to(offer)}
    tell_staff(session, contact, "offer_answered", studio)
    if isinstance(offer, Estimate):
        contacts.notify(
            "estimate",
            offer.customer_id,
            "estimate_answered",
            values,
            dedupe_key=f"estimate:{offer.id}:answered:{offer.answered_at}",
        )
        return
    receipt = find_template("proposal_answered")
    if messages.template_enabled(session, receipt) and not contact.do_not_send_emails:
        with force_locale(outbox.language_of(contact)):
            texts = {name: str(value) for name, value in values.items()}
        outbox.add(session, receipt, contact, values=texts)


def tell_of_signature(session: Session, contract: Contract, contact: Contact) -> None:
    """Promise mail to the studio and to all who want mail about contracts, also who signed."""
    assert contract.signature is not None  # it was signed a line ago
    values = {
        **about(contract),
        "amount": money(contract.value),
        "signer": contract.signature.name,
    }
    admin = {**values, "admin_url": admin_link_to(contract)}
    tell_staff(session, contact, "contract_signed_staff", admin)
    contacts.notify(
        "contract",
        contract.customer_id,
        "contract_signed",
        values,
        dedupe_key=f"contract:{contract.id}:signed",
    )
