"""The portal: the rooms for contacts.

For hosts: ``PortalModelView`` for a module's pages, with ``RelatedList``, ``PortalFilter``,
``PortalFile`` and ``PortalAction`` for what stands on them, ``UploadField`` (its files are
``Uploaded``) for their forms, ``PortalRefused`` to refuse; ``badge``, ``money`` and ``moment``
to format columns, ``local_time`` for a time on the reader's clock; ``portal_page``,
``current_contact``, ``is_read_only`` and ``notify`` for views of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..later import names_later
from .access import portal_page
from .blueprint import create_blueprint, register
from .notices import notify
from .visit import current_contact, is_read_only

if TYPE_CHECKING:
    from .reader_clock import local_time, moment
    from .records.actions import PortalAction
    from .records.changes import PortalRefused
    from .records.files import PortalFile
    from .records.filters import PortalFilter
    from .records.formatters import badge, money
    from .records.model_view import PortalModelView
    from .records.related_lists import RelatedList
    from .records.uploads import Uploaded, UploadField

__all__ = [
    "PortalAction",
    "PortalFile",
    "PortalFilter",
    "PortalModelView",
    "PortalRefused",
    "RelatedList",
    "UploadField",
    "Uploaded",
    "badge",
    "create_blueprint",
    "current_contact",
    "is_read_only",
    "local_time",
    "moment",
    "money",
    "notify",
    "portal_page",
    "register",
]
#: For pages over records: a host that has none loads none of it.
_HOME = {
    "PortalAction": "records.actions",
    "PortalFile": "records.files",
    "PortalFilter": "records.filters",
    "PortalModelView": "records.model_view",
    "PortalRefused": "records.changes",
    "RelatedList": "records.related_lists",
    "UploadField": "records.uploads",
    "Uploaded": "records.uploads",
    "badge": "records.formatters",
    "local_time": "reader_clock",
    "moment": "reader_clock",
    "money": "records.formatters",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = names_later(__name__, _HOME)
