"""The portal: the rooms for contacts.

For hosts: ``PortalModelView`` and ``RelatedList`` for a module's pages, ``badge`` and
``money`` to format its columns, ``portal_page``, ``current_contact`` and ``notify`` for
views of their own.
"""

from .access import portal_page
from .blueprint import create_blueprint, register
from .formatters import badge, money
from .model_view import PortalModelView, RelatedList
from .notices import notify
from .visit import current_contact

__all__ = [
    "PortalModelView",
    "RelatedList",
    "badge",
    "create_blueprint",
    "current_contact",
    "money",
    "notify",
    "portal_page",
    "register",
]
