"""The customer as staff may see it: always through the host's view and its base filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, url_for
from sqlalchemy import inspect, select

from ...i18n import _, _n
from ...later import later
from ...models import Contact
from ...record_keys import typed_key
from ...state import current_contacts
from .. import fab
from ..current_staff import may_view_all
from .admin_filter import CustomerAdminFilter

if TYPE_CHECKING:
    from ...services.contacts import lists
else:
    lists = later("services.contacts.lists")


TAB = "ContactsTab"
#: The argument of the customer's page that opens its archived contacts, with the value 1.
ARCHIVED = "contacts_archived"
#: The argument of the bundled customers' page that opens it at the tab of this name.
OPENED = "tab"


def find_visible(pk: str) -> Any:
    """The customer of a typed key; None where it is unknown or hidden from this staff member."""
    view = current_contacts.customer_view
    key = typed_key(pk, key_attribute().type)
    if key is None:
        return None
    if sees_every_customer():  # no filter says anything, and FAB makes a statement each time
        return current_contacts.session.get(view.datamodel.obj, key)
    return view.datamodel.get(key, fab.base_filters(view))


def visible_customer(pk: str) -> Any:
    """The customer of an address; 404 where it is unknown or hidden."""
    customer = find_visible(pk)
    if customer is None:
        abort(404)
    return customer


def visible_key(pk: str) -> Any:
    """The key of the customer of an address, for what looks for the customer itself; 404 where
    it is hidden. Where none is, it is not read; a text may be another spelling of the key."""
    key = typed_key(pk, key_attribute().type)
    if key is None or isinstance(key, str) or not sees_every_customer():
        return customer_key(visible_customer(pk))
    return key


def visible_customers() -> Any:
    """A query of every customer that this staff member may see."""
    view = current_contacts.customer_view
    return fab.base_filters(view).apply_all(current_contacts.session.query(view.datamodel.obj))


def key_attribute() -> Any:
    """The mapped attribute that is the customer's primary key."""
    model = current_contacts.customer_view.datamodel.obj
    mapper = inspect(model)
    return getattr(model, mapper.get_property_by_column(mapper.primary_key[0]).key)


def customer_key(customer: Any) -> Any:
    """The customer's primary key, in its column's type."""
    return current_contacts.customer_view.datamodel.get_pk_value(customer)


def profile_url(
    pk: Any, tab: str = TAB, *, archived: bool = False, more: Mapping[str, Any] | None = None
) -> str:
    """The customer's page in the admin, opened at a tab, at the archived contacts.

    The bundled page is told of a tab that it would not write otherwise; ``more`` are arguments
    for its address.
    """
    view = current_contacts.customer_view
    told: dict[str, Any] = {OPENED: tab} if tab in getattr(view, "later_tabs", ()) else {}
    if archived:
        told[ARCHIVED] = 1
    return url_for(f"{view.endpoint}.show", pk=pk, _anchor=tab, **told, **(more or {}))


def list_url() -> str:
    """The list of the customers; the admin's first page where the host's view has none."""
    endpoint = f"{current_contacts.customer_view.endpoint}.list"
    if endpoint in current_app.view_functions:
        return url_for(endpoint)
    url: str = current_contacts.appbuilder.get_url_for_index
    return url


def sees_every_customer() -> bool:
    """Whether no base filter hides any customer, so that there is nothing to keep secret."""
    filters = fab.base_filters(current_contacts.customer_view).filters
    if not all(isinstance(one, CustomerAdminFilter) for one in filters):
        return False
    return not filters or may_view_all()


def sees_only_assigned_customers() -> bool:
    """Whether this staff member sees a customer for being its admin only (BEHAVIOUR S7)."""
    filters = fab.base_filters(current_contacts.customer_view).filters
    return any(isinstance(one, CustomerAdminFilter) for one in filters) and not may_view_all()


def may_know_of_logins() -> bool:
    """Whether this staff member may learn that a person has a login at a hidden customer.

    ``can_view_all`` is the host's word for that, where filters of its own hide customers.
    """
    return sees_every_customer() or may_view_all()


def may_type_passwords() -> bool:
    """Whether this staff member may set a contact's first password.

    Signing in with a password that one has just typed would tell whether the person has a
    login at a customer that one may not see.
    """
    return may_know_of_logins()


def sees_other_contact(contact: Contact) -> bool:
    """Whether the person is a contact of another customer that this staff member may see.

    Asked in one statement through the base filters (BEHAVIOUR C6: never tell more).
    """
    others = select(Contact.customer_id).where(
        Contact.login_id == contact.login_id,
        Contact.id != contact.id,
        Contact.customer_id.is_not(None),
    )
    return visible_customers().filter(key_attribute().in_(others)).limit(1).first() is not None


def contacts_in_the_way(customer_id: Any, count: int) -> str:
    """Why a customer with ``count`` contacts is not deleted; archived ones are named."""
    sentences = [
        _n(
            "This customer has %(num)d contact. Delete it first, then the customer.",
            "This customer has %(num)d contacts. Delete them first, then the customer.",
            count,
        )
    ]
    archived = lists.count_contacts(current_contacts.session, customer_id, archived=True)
    if archived:
        text = _n(
            "%(num)d of them is archived: open Archived below the list of contacts.",
            "%(num)d of them are archived: open Archived below the list of contacts.",
            archived,
        )
        sentences.append(text if count > 1 else _("It is archived: open Archived in its tab."))
    return " ".join(sentences)
