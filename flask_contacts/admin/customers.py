"""The customer as staff may see it: always through the host's view and its base filters."""

from __future__ import annotations

from typing import Any

from flask import abort, url_for
from sqlalchemy import delete, inspect, select
from sqlalchemy.exc import IntegrityError

from ..errors import CustomerHasContacts
from ..i18n import _, _n
from ..models import Contact, CustomerNote
from ..services.contact_lists import count_contacts
from ..state import current_contacts
from . import fab
from .keys import typed_key

TAB = "ContactsTab"


def visible_customer(pk: str) -> Any:
    """The customer of an address; 404 where it is unknown or hidden from this staff member."""
    view = current_contacts.customer_view
    column = inspect(view.datamodel.obj).primary_key[0]
    key = typed_key(pk, column.type)
    customer = None
    if key is not None:
        customer = view.datamodel.get(key, fab.base_filters(view))
    if customer is None:
        abort(404)
    return customer


def customer_key(customer: Any) -> Any:
    """The customer's primary key, in its column's type."""
    return current_contacts.customer_view.datamodel.get_pk_value(customer)


def profile_url(pk: Any, tab: str = TAB) -> str:
    """The customer's page in the admin, opened at a tab."""
    view = current_contacts.customer_view
    return url_for(f"{view.endpoint}.show", pk=pk, _anchor=tab)


def sees_every_customer() -> bool:
    """Whether no base filter hides any customer, so that there is nothing to keep secret."""
    return not fab.limits_rows(current_contacts.customer_view)


def sees_other_contact(contact: Contact) -> bool:
    """Whether the person is a contact of another customer that this staff member may see.

    Asked in one statement through the base filters (BEHAVIOUR C6: never tell more).
    """
    view = current_contacts.customer_view
    key = getattr(view.datamodel.obj, inspect(view.datamodel.obj).primary_key[0].key)
    others = select(Contact.customer_id).where(
        Contact.login_id == contact.login_id,
        Contact.id != contact.id,
        Contact.customer_id.is_not(None),
    )
    query = current_contacts.session.query(view.datamodel.obj).filter(key.in_(others))
    return fab.base_filters(view).apply_all(query).limit(1).first() is not None


class RefusedDeletion(CustomerHasContacts):
    """A customer with contacts stays; ``str()`` of it is the sentence that staff read."""

    def __str__(self) -> str:
        return contacts_in_the_way(self.count)


def contacts_in_the_way(count: int) -> str:
    """Why a customer with ``count`` contacts is not deleted."""
    text: str = _n(
        "This customer has %(num)d contact. Delete it first, then the customer.",
        "This customer has %(num)d contacts. Delete them first, then the customer.",
        count,
    )
    return text


def refuse_if_contacts(customer: Any) -> None:
    """Raise :class:`RefusedDeletion` for a customer that has contacts."""
    count = count_contacts(current_contacts.session, customer_key(customer))
    if count:
        raise RefusedDeletion(count)


def guard_deletion(view: Any) -> None:
    """Make a host's own customer view refuse to delete a customer that has contacts.

    FAB would flash the database's error: an empty alert.
    """
    before = view.pre_delete

    def pre_delete(customer: Any) -> None:
        refuse_if_contacts(customer)
        before(customer)

    view.pre_delete = pre_delete


def delete_customer(customer: Any) -> str | None:
    """Delete it, or say why it stays. The database has the last word."""
    session, key = current_contacts.session, customer_key(customer)
    try:
        # First, because SQLite locks at the first change: no contact comes in between.
        session.execute(delete(CustomerNote).where(CustomerNote.customer_id == key))
        refuse_if_contacts(customer)
        session.delete(customer)
        session.commit()
    except RefusedDeletion as refusal:
        session.rollback()
        return str(refusal)
    except IntegrityError:
        session.rollback()
        return str(_("Other records belong to this customer. Delete them first."))
    return None
