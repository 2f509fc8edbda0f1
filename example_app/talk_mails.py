"""The words of mail about what people write: tickets, answers, comments and files.

``…_staff`` go to the studio, the others to the customer's contacts (see :mod:`talk_notices`).
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from flask_contacts import MailTemplate

from .mail_fields import ADMIN_LINK, AUTHOR, FILES, LINK, MESSAGE, NUMBER, PROJECT, TITLE

TEMPLATES = (
    MailTemplate(
        "ticket_opened",
        _l("Ticket Opened"),
        subject=_l("[{document_number}] {document_title}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>There is a ticket for {customer_name}: {document_number}, {document_title}. "
            "We tell you as soon as there is an answer.</p>"
            '<p><a href="{document_url}">Open the ticket</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, LINK),
    ),
    MailTemplate(
        "ticket_answered",
        _l("Ticket Answered"),
        subject=_l("Re: [{document_number}] {document_title}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>{author} has written about {document_number}, {document_title}:</p>"
            "<blockquote>{message}</blockquote>"
            "<p>{files}</p>"
            '<p><a href="{document_url}">Open the ticket</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(NUMBER, TITLE, LINK, AUTHOR, MESSAGE, FILES),
    ),
    MailTemplate(
        "ticket_opened_staff",
        _l("Ticket Opened (to the Studio)"),
        subject=_l("[{document_number}] {document_title}"),
        body=_l(
            "<p>{author} of {customer_name} has opened {document_number}, "
            "{document_title}:</p>"
            "<blockquote>{message}</blockquote>"
            "<p>{files}</p>"
            '<p><a href="{admin_url}">Open it in the admin</a></p>'
        ),
        fields=(NUMBER, TITLE, AUTHOR, MESSAGE, FILES, ADMIN_LINK),
    ),
    MailTemplate(
        "ticket_answered_staff",
        _l("Ticket Answered (to the Studio)"),
        subject=_l("Re: [{document_number}] {document_title}"),
        body=_l(
            "<p>{author} of {customer_name} has written about {document_number}, "
            "{document_title}:</p>"
            "<blockquote>{message}</blockquote>"
            "<p>{files}</p>"
            '<p><a href="{admin_url}">Open it in the admin</a></p>'
        ),
        fields=(NUMBER, TITLE, AUTHOR, MESSAGE, FILES, ADMIN_LINK),
    ),
    MailTemplate(
        "project_commented",
        _l("Comment on a Project"),
        subject=_l("{project_name}: a comment of {author}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>{author} has written about {project_name}:</p>"
            "<blockquote>{message}</blockquote>"
            "<p>{files}</p>"
            '<p><a href="{document_url}">Open the project</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(PROJECT, AUTHOR, MESSAGE, FILES, LINK),
    ),
    MailTemplate(
        "project_files_added",
        _l("Files for a Project"),
        subject=_l("{project_name}: files of {author}"),
        body=_l(
            "<p>Dear {contact_firstname},</p>"
            "<p>{author} has added files to {project_name}.</p>"
            "<p>{files}</p>"
            '<p><a href="{document_url}">Open the project</a></p>'
            "<p>Kind regards,<br>{company_name}</p>"
        ),
        fields=(PROJECT, AUTHOR, FILES, LINK),
    ),
    MailTemplate(
        "project_commented_staff",
        _l("Comment on a Project (to the Studio)"),
        subject=_l("{project_name}: {author} of {customer_name}"),
        body=_l(
            "<p>{author} of {customer_name} has written about {project_name}:</p>"
            "<blockquote>{message}</blockquote>"
            "<p>{files}</p>"
            '<p><a href="{admin_url}">Open it in the admin</a></p>'
        ),
        fields=(PROJECT, AUTHOR, MESSAGE, FILES, ADMIN_LINK),
    ),
)
