"""Customer contacts and a customer portal for Flask-AppBuilder applications."""

from .documents import Attachment, Document
from .extension import Contacts
from .models.binding import bind_customer
from .registry import MailTemplate, MergeField, PortalModule, Topic

__all__ = [
    "Attachment",
    "Contacts",
    "Document",
    "MailTemplate",
    "MergeField",
    "PortalModule",
    "Topic",
    "bind_customer",
]
__version__ = "0.1.0"
