"""The extension's state in one application, for the floors below ``extension``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from werkzeug.local import LocalProxy

from .registry import Registry

if TYPE_CHECKING:
    from flask import Blueprint
    from flask_appbuilder import AppBuilder
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.elements import ColumnElement
    from werkzeug.wrappers import Response

    from .actors import Actor
    from .models import Contact


def _no_staff(_staff_id: int, _contact: Contact) -> bool:
    return False


@dataclass(frozen=True, eq=False, repr=False)
class StaffSight:
    """What the staff user of this request may see and do, asked anew each time (BEHAVIOUR S7).

    ``actor`` is who it is for the services; ``holds`` asks for a permission on a name, and
    ``expect`` reads a user (by id) ahead who is about to be asked about one.
    ``contacts`` is a condition on :class:`Contact`, ``scope`` the same for a search
    (``services.agent_list``), ``customers`` a query, ``customer`` one by the text of its key
    (None where it is unknown or hidden), ``mail`` a filter (``services.outgoing_mail``).
    ``may_know_of_logins``: that a person has a login at a customer who is hidden, too;
    ``sees_other_contact``: the same person at another customer is in sight (C6).
    """

    actor: Callable[[], Actor]
    staff_id: Callable[[], int | None]
    holds: Callable[[str, str], bool]
    expect: Callable[[int, str, str], None]
    contacts: Callable[[], ColumnElement[bool]]
    scope: Callable[[], Any]
    customer: Callable[[str], Any]
    customers: Callable[[], Any]
    mail: Callable[[], Any]
    sees_every_customer: Callable[[], bool]
    may_view_all: Callable[[], bool]
    may_know_of_logins: Callable[[], bool]
    sees_other_contact: Callable[[Contact], bool]


@dataclass(eq=False, repr=False)
class ContactsState:
    """What the rooms may ask: made by ``init_app``, kept in ``app.extensions``.

    ``customer_view`` is the registered Flask-AppBuilder view of the customer;
    ``crm_category`` and ``setup_category`` are the menu's sections for our views.

    The rooms do not know each other, so what one asks of the other stands here. The admin
    says whether a staff user (by id) may still look at the portal as a contact
    (``staff_may_view``), which of its pages is the contact's (``staff_page``), and what the
    staff user of this request may see, whichever way it comes (``staff_sight``). The portal
    opens itself with a view's token (``open_view``), and says whether a contact sees a record
    (``judge_record``: the contact, a module's name, a record's key or address; the answer is
    ``services.access_doctor_records``').
    """

    registry: Registry
    appbuilder: AppBuilder
    customer_tabs: list[type] = field(default_factory=list)
    portal_blueprints: list[Blueprint] = field(default_factory=list)
    customer_view: Any = None
    crm_category: str = "CRM"
    setup_category: str = "Setup"
    staff_may_view: Callable[[int, Contact], bool] = _no_staff
    staff_page: Callable[[int, Contact], str] = field(init=False)
    staff_sight: StaffSight = field(init=False)
    open_view: Callable[[str], Response] = field(init=False)
    judge_record: Callable[[Contact, str, str], Any] = field(init=False)

    @property
    def session(self) -> Session:
        """The host's SQLAlchemy session in the current context."""
        return cast("Session", self.appbuilder.session)


def _get() -> ContactsState:
    return cast(ContactsState, current_app.extensions["contacts"])


#: The state of the current application.
current_contacts = cast(ContactsState, LocalProxy(_get))
