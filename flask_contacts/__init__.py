"""Customer contacts and a customer portal for Flask-AppBuilder applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .extension import Contacts
from .later import names_later
from .models.binding import bind_customer
from .registry import (
    CompanyField,
    DashboardPanel,
    MailTemplate,
    MergeField,
    PortalModule,
    RegistrationValues,
    Topic,
)

if TYPE_CHECKING:
    from .documents import Attachment, Document
    from .models.related import RelatedRecords

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
#: A host that sends nothing and relates nothing loads none of it.
_HOME = {
    "Attachment": "documents",
    "Document": "documents",
    "RelatedRecords": "models.related",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = names_later(__name__, _HOME)
