"""What a deletion takes along and what it leaves, in plain words, before it is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, inspect
from sqlalchemy.orm import Mapper

from ...i18n import _, _n
from ...models import Contact
from ...services.contacts.archive import preview
from ...services.customers.bundled import references
from ...services.mailing.outgoing_mail import ABOUT_LOGINS
from ...state import current_contacts
from ..customers.sight import may_know_of_logins, sees_every_customer, sees_other_contact
from .activity_words import ABOUT_THE_LOGIN

_MANY = 1_000  # the services count up to here


@dataclass(frozen=True)
class Erasure:
    """Sentences by what they say; with anything in ``in_the_way`` nothing is deleted."""

    goes: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)
    in_the_way: list[str] = field(default_factory=list)


def in_words(customer_id: Any, contact: Contact) -> Erasure:
    """The preview of a contact's deletion. Raises :class:`NotFound`."""
    hidden: dict[str, Any] = {}
    if not may_know_of_logins():
        hidden = {"hidden_mails": ABOUT_LOGINS, "hidden_verbs": ABOUT_THE_LOGIN}
    found = preview(current_contacts.session, customer_id, contact.id, **hidden)
    words = Erasure()
    words.goes.append(_("The contact with its permissions and notifications"))
    if found.activities:
        count = found.activities
        text = _n("%(num)d entry of its activity", "%(num)d entries of its activity", count)
        words.goes.append(text)
    if contact.login_id is not None:
        _login(words, contact, found.last_of_login)
    if found.mails:
        text = _n(
            "%(num)d email in the records of outgoing mail; it loses the link to this contact",
            "%(num)d emails in the records of outgoing mail; they lose the link to this contact",
            found.mails,
        )
        words.stays.append(text)
    for one in found.references:
        rows = rows_of(one.table, one.rows)
        if one.effect == "deleted":
            words.goes.append(_("%(rows)s (deleted with the contact)", rows=rows))
        elif one.effect == "kept":
            words.stays.append(_("%(rows)s (kept, they lose the contact)", rows=rows))
        else:
            words.in_the_way.append(rows)
    return words


def of_customer(customer_id: Any) -> Erasure:
    """What of the host's goes and stays with a customer that is deleted."""
    words = Erasure()
    for one in references(current_contacts.session, customer_id):
        rows = rows_of(one.table, one.rows)
        if one.effect == "deleted":
            words.goes.append(_("%(rows)s (deleted with the customer)", rows=rows))
        elif one.effect == "kept":
            words.stays.append(_("%(rows)s (kept, they lose the customer)", rows=rows))
        else:
            words.in_the_way.append(rows)
    return words


def in_use(tables: Mapping[str, int]) -> list[str]:
    """The rows in the way, from the error that a deletion ended with."""
    return [rows_of(table, count) for table, count in tables.items()] or [_("other records")]


def rows_of(table: str, count: int) -> str:
    """``Tickets: 3``: what a table holds, under the name that staff know it by."""
    name = _title(table)
    if count >= _MANY:
        return str(_("%(name)s: %(count)s or more", name=name, count=count))
    return f"{name}: {count}"


def _login(words: Erasure, contact: Contact, is_last: bool) -> None:
    """Whether the login goes tells of other customers, so not everybody is told (C6)."""
    if not sees_every_customer() and (is_last or not sees_other_contact(contact)):
        words.goes.append(_("The login and its sessions, unless it serves another contact too"))
    elif is_last:
        words.goes.append(_("The login, its password and its sessions"))
    else:
        words.goes.append(_("The sessions of the login at this customer"))
        words.stays.append(_("The login: the person is a contact of another customer too"))


def _title(table: str) -> str:
    """The title that the host gave its view on a table, or on what the table links the contact
    to; else the table's name in words."""
    views = [
        (view, model)
        for view in current_contacts.appbuilder.baseviews
        if (model := getattr(getattr(view, "datamodel", None), "obj", None)) is not None
    ]
    for view, model in views:
        if getattr(model, "__tablename__", None) == table:
            return _title_of(view, model)
    for view, model in views:
        if table in _link_tables(model):
            return _("Links to %(name)s", name=_title_of(view, model))
    return table.replace("_", " ").capitalize()


def _title_of(view: Any, model: Any) -> str:
    """The view's own title, else the model's name.

    Without a title of the host's own, Flask-AppBuilder calls a view "List Support Ticket".
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__)
    title = str(getattr(view, "list_title", "") or name)
    return name if title == f"List {name}" else title


def _link_tables(model: Any) -> set[str]:
    """The tables that hold nothing but what belongs to what: many to many."""
    mapper = inspect(model, raiseerr=False)
    if not isinstance(mapper, Mapper):
        return set()
    return {one.secondary.name for one in mapper.relationships if isinstance(one.secondary, Table)}
