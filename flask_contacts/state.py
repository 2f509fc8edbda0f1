"""The extension's state in one application, for the floors below ``extension``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from werkzeug.local import LocalProxy

from .registry import Registry

if TYPE_CHECKING:
    from flask import Blueprint
    from flask_appbuilder import AppBuilder
    from sqlalchemy.orm import Session


@dataclass
class ContactsState:
    """What the rooms may ask: made by ``init_app``, kept in ``app.extensions``.

    ``customer_view`` is the registered Flask-AppBuilder view of the customer;
    ``crm_category`` and ``setup_category`` are the menu's sections for our views.
    """

    registry: Registry
    appbuilder: AppBuilder
    customer_tabs: list[type] = field(default_factory=list)
    portal_blueprints: list[Blueprint] = field(default_factory=list)
    customer_view: Any = None
    crm_category: str = "CRM"
    setup_category: str = "Setup"

    @property
    def session(self) -> Session:
        """The host's SQLAlchemy session in the current context."""
        return cast("Session", self.appbuilder.session)


def _get() -> ContactsState:
    return cast(ContactsState, current_app.extensions["contacts"])


#: The state of the current application.
current_contacts = cast(ContactsState, LocalProxy(_get))
