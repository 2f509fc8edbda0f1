"""The portal: the rooms for contacts.

For hosts: ``PortalModelView`` for a module's pages, with ``RelatedList``, ``PortalFilter``,
``PortalFile`` and ``PortalAction`` for what stands on them, ``UploadField`` (its files are
``Uploaded``) for their forms, ``PortalRefused`` to refuse; ``badge`` and ``money`` to format
columns; ``portal_page``, ``current_contact``, ``is_read_only`` and ``notify`` for views of
their own.
"""

from .access import portal_page
from .blueprint import create_blueprint, register
from .filters import PortalFilter
from .formatters import badge, money
from .model_view import PortalModelView
from .notices import notify
from .record_actions import PortalAction
from .record_changes import PortalRefused
from .record_files import PortalFile
from .related_lists import RelatedList
from .uploads import Uploaded, UploadField
from .visit import current_contact, is_read_only

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
    "money",
    "notify",
    "portal_page",
    "register",
]
