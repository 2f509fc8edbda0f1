"""The studio's own mails: their words until staff change them, and their merge fields.

``…_sent`` goes with a paper that staff send by hand, the others are written when something
happens (see :mod:`notices` and :mod:`reminders`).
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from flask_contacts import Contacts, MailTemplate, MergeField

from . import answer_mails, talk_mails
from .mail_fields import (
    AMOUNT,
    DUE,
    ENDS,
    LINK,
    MONTH,
    NUMBER,
    PROJECT,
    STATUS,
    TASKS,
    TITLE,
    VALID,
)

TEMPLATES = (
    MailTemplate(
        "newsletter",
        _l("Newsletter"),
        subject=_l("News from {company_name}, {month}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>This is what {company_name} has for you in {month}: the studio is open to "
            "visitors on the first Friday, and there is coffee.</p>"
            "<p>Until then,<br>{company_name}</p>"
        ),
        fields=(MONTH,),
    ),
    MailTemplate(
        "invoice_sent",
        _l("Invoice Sent by Staff"),
        subject=_l("Invoice {document_number} from {company_name}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>Attached is invoice {document_number} for {document_title}: {amount}, due on "
            "{due_date}.</p>"
            '<p><a href="{document_url}">Open the invoice</a></p>'
            "<p>Thank you for working with us.<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, DUE, LINK),
    ),
    MailTemplate(
        "invoice_created",
        _l("New Invoice"),
        subject=_l("New invoice {document_number}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>There is a new invoice for {customer_name}: {document_number}, "
            "{document_title}. It comes to {amount} and is due on {due_date}.</p>"
            '<p><a href="{document_url}">Open the invoice</a></p>'
            "<p>Thank you for working with us.<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, DUE, LINK),
    ),
    MailTemplate(
        "invoice_overdue",
        _l("Invoice Overdue"),
        subject=_l("Invoice {document_number} was due on {due_date}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>Invoice {document_number} for {document_title} was due on {due_date}, and "
            "{amount} is still open.</p>"
            '<p><a href="{document_url}">Open the invoice</a></p>'
            "<p>If you have paid in the meantime, thank you, and please ignore this mail.<br>"
            "{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, DUE, LINK),
    ),
    MailTemplate(
        "credit_note_sent",
        _l("Credit Note Sent by Staff"),
        subject=_l("Credit note {document_number} from {company_name}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>Attached is credit note {document_number} for {document_title}: {amount} in "
            "your favour.</p>"
            '<p><a href="{document_url}">Open your statement</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, LINK),
    ),
    MailTemplate(
        "statement_sent",
        _l("Statement Sent by Staff"),
        subject=_l("Your statement from {company_name}, {period}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>Attached is the statement of {customer_name} for {period}. Its closing balance "
            "is {amount}.</p>"
            '<p><a href="{document_url}">Open the statement</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(MergeField("period", _l("Period of the statement"), "2027"), AMOUNT, LINK),
    ),
    MailTemplate(
        "estimate_sent",
        _l("Estimate Sent by Staff"),
        subject=_l("Estimate {document_number}: {document_title}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>Attached is our estimate {document_number} for {document_title}: {amount}, "
            "valid until {valid_until}.</p>"
            '<p><a href="{document_url}">Open the estimate</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, VALID, LINK),
    ),
    MailTemplate(
        "proposal_sent",
        _l("Proposal Sent by Staff"),
        subject=_l("Our proposal: {document_title}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>Attached is our proposal {document_number}, {document_title}. It is open until "
            "{valid_until}.</p>"
            '<p><a href="{document_url}">Open the proposal</a></p>'
            "<p>We look forward to your answer.<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, VALID, LINK),
    ),
    MailTemplate(
        "proposal_sent_to_lead",
        _l("Proposal Sent to a Lead"),
        subject=_l("Our proposal: {document_title}"),
        body=_l(
            "<p>Dear {lead_name},</p>"
            "<p>Thank you for asking us. Attached is our proposal {document_number}, "
            "{document_title}: {amount}, open until {valid_until}.</p>"
            "<p>Just answer this mail; we look forward to hearing from you.<br>"
            "{company_name}</p>"
        ),
        fields=(
            *(NUMBER, TITLE, AMOUNT, VALID),
            MergeField("lead_name", _l("Name of the lead"), "Noor Haddad"),
        ),
    ),
    MailTemplate(
        "contract_sent",
        _l("Contract Sent by Staff"),
        subject=_l("Contract {document_number}: {document_title}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>Attached is contract {document_number}, {document_title}. Please read it; you "
            "can sign it in the portal.</p>"
            '<p><a href="{document_url}">Read and sign the contract</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, AMOUNT, LINK),
    ),
    MailTemplate(
        "contract_expiring",
        _l("Contract About to Expire"),
        subject=_l("Contract {document_number} ends on {ends_on}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>Contract {document_number}, {document_title}, ends on {ends_on}. Shall we go "
            "on? Tell us, and we prepare the next one.</p>"
            '<p><a href="{document_url}">Open the contract</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, ENDS, LINK),
    ),
    MailTemplate(
        "project_changed",
        _l("News of a Project"),
        subject=_l("{project_name}: {status}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>There is news of {project_name}. Its status: {status}. Its deadline: "
            "{due_date}.</p>"
            '<p><a href="{document_url}">Open the project</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(PROJECT, STATUS, DUE, LINK),
    ),
    MailTemplate(
        "task_changed",
        _l("News of a Project's Tasks"),
        subject=_l("{project_name}: news of the tasks"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>There is news of the tasks of {project_name}:</p>"
            "<p>{tasks}</p>"
            '<p><a href="{document_url}">Open the project</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(
            PROJECT,
            TASKS,
            LINK,
        ),
    ),
)


def add_mail_templates(contacts: Contacts) -> None:
    """Register them all; staff find them under Setup → Email Templates."""
    for template in (*TEMPLATES, *answer_mails.TEMPLATES, *talk_mails.TEMPLATES):
        contacts.add_email_template(template)
