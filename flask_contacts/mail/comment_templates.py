"""The notice to staff whom a comment on a contact names."""

from __future__ import annotations

from ..i18n import _l
from ..registry import MailTemplate, MergeField

COMMENT_MENTION = MailTemplate(
    name="comment_mention",
    label=_l("Mentioned in a Comment (to Staff)"),
    subject=_l("{comment_author} mentioned you: {contact_firstname} {contact_lastname}"),
    body=_l(
        "<p>Hello,</p>"
        "<p>{comment_author} mentioned you in a comment on {contact_firstname} "
        "{contact_lastname}:</p>"
        "<blockquote>{comment_text}</blockquote>"
        '<p><a href="{contact_page_url}">Open the contact</a></p>'
    ),
    fields=(
        MergeField("comment_author", _l("Who wrote the comment")),
        MergeField("comment_text", _l("Text of the comment")),
        MergeField("contact_page_url", _l("Address of the contact's page for staff")),
    ),
)
COMMENT_TEMPLATES = (COMMENT_MENTION,)
