"""What a visitor finds in the portal: the modules to show, and whom to ask for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import url_for
from sqlalchemy import select

from ..models import Contact
from ..registry import PortalModule
from ..state import current_contacts
from .access import current_module
from .visit import BLUEPRINT

if TYPE_CHECKING:
    from ..services.accounts.sign_in import PortalVisit


class ModuleLink(NamedTuple):
    """A module in the navigation; ``current`` is the one that is open."""

    name: str
    label: str
    icon: str
    url: str
    current: bool


def module_links(visit: PortalVisit) -> list[ModuleLink]:
    """The modules that ``visit`` may open and that have a page, in their order (P1)."""
    return [
        ModuleLink(
            name=module.name,
            label=str(module.label),
            icon=module.icon or "folder",
            url=_first_page(module),
            current=module.name == current_module(),
        )
        for module in current_contacts.registry.modules.values()
        if module.view is not None and module.name in visit.permissions
    ]


def _first_page(module: PortalModule) -> str:
    own = module.view if isinstance(module.view, str) else f"{module.name}_list"
    return url_for(f"{BLUEPRINT}.{own}")


def whom_to_ask(visit: PortalVisit) -> str | None:
    """The name of the customer's primary contact; None if that is the visitor, or nobody."""
    contact = visit.contact
    if contact.is_primary or contact.customer_id is None:
        return None
    name = select(Contact.firstname, Contact.lastname)
    row = current_contacts.session.execute(
        name.where(Contact.primary_of == contact.customer_id)
    ).first()
    return None if row is None else f"{row.firstname} {row.lastname}"
