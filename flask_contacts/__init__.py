"""Customer contacts and a customer portal for Flask-AppBuilder applications."""

from .documents import Attachment, Document
from .extension import Contacts
from .models.binding import bind_customer
from .models.related import RelatedRecords
from .registry import (
    CompanyField,
    DashboardPanel,
    MailTemplate,
    MergeField,
    PortalModule,
    RegistrationValues,
    Topic,
)

__all__ = [
    "Attachment",
    "CompanyField",
    "Contacts",
    "DashboardPanel",
    "Document",
    "MailTemplate",
    "MergeField",
    "PortalModule",
    "RegistrationValues",
    "RelatedRecords",
    "Topic",
    "bind_customer",
]
__version__ = "0.1.0"
