"""The page of a contact in the agent interface: detail, permissions, notifications, activity,
and the lists of what belongs to it (BEHAVIOUR S1, S5, S6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for

from ...errors import InvalidInput, NotFound
from ...i18n import _, _l
from ...mail.recipients import Recipient, answer, fallback_topics, reach
from ...models import Activity, Contact
from ...services.agent.related_records import link_record, unlink_record
from ...services.contacts.permission_history import Grant, grants_of, newest_entries
from ...state import current_contacts
from ..contact_visibility import sees_colleague, visible_contact
from ..current_staff import current_actor
from ..customers.sight import profile_url
from ..invitations import send_page, words as invitation_words
from ..look_up import NOT_CALLED_SO, SEVERAL
from ..marketing.lists_of_contact import lists_of_contact
from ..moments import moment_element
from ..safe_view import allowed, require_known_fields
from . import (
    actions as contact_actions,
    activity_feed,
    details as contact_details,
    related_lists,
    related_offers,
    two_factor_page,
)
from .activity_addresses import asked
from .activity_words import AGENT_FIELDS
from .addresses import list_url, page_url
from .form import permission_hints

if TYPE_CHECKING:
    from ..safe_view import Answer, SafeView

_NOTHING = _l("Type what is to be linked, or choose one of the list.")
_UNKNOWN = _l("There is no such record. Choose one of the list.")


@dataclass(frozen=True)
class Permission:
    """A permission with whether the contact holds it, what to know of it, and since when."""

    label: Any
    is_on: bool
    hint: Any
    grant: Grant | None

    @property
    def giver(self) -> str:
        """Who gave it, as the activity names them."""
        return "" if self.grant is None else activity_feed.who(self.grant.entry)


@dataclass(frozen=True)
class Refused:
    """What was typed to be linked to the list ``name`` and was not: why, and what it may mean."""

    name: str
    typed: str
    problems: list[Any]
    candidates: list[Any]


def show(view: SafeView, pk: int) -> Answer:
    """The page as its address asks for it."""
    return _page(view, visible_contact(pk))


def link(view: SafeView, pk: int, name: str) -> Answer:
    """Link the record that was typed, and back to its list."""
    contact, related = visible_contact(pk), related_lists.find(name)
    require_known_fields({"record"})
    if related.link is None:
        abort(404)
    typed = request.form.get("record", "")
    found = related_offers.typed_records(related, contact, typed)
    problems = [SEVERAL if found else _UNKNOWN if typed.strip() else _NOTHING]
    if len(found) == 1 and not related_offers.is_exact(found[0], typed):
        problems = [NOT_CALLED_SO]
    elif len(found) == 1:
        [record] = found
        result = _do(link_record, contact, related, record)
        if not isinstance(result, list):
            text = _("%(record)s is linked now.") if result else _("%(record)s is linked already.")
            flash(text % {"record": record}, "success")
            return redirect(_list_url(view, pk, name))
        found, problems = [], result
    return _page(view, contact, Refused(name, typed, problems, found))


def unlink(view: SafeView, pk: int, name: str) -> Answer:
    """Part a record from the contact, and back to its list."""
    contact, related = visible_contact(pk), related_lists.find(name)
    require_known_fields({"record"})
    key = related_lists.typed_key_of(related, contact, request.form.get("record", ""))
    record = related_lists.linked_record(related, contact, key)
    if related.unlink is None or record is None:
        abort(404)
    result = _do(unlink_record, contact, related, record)
    if isinstance(result, list):
        flash(" ".join(map(str, result)), "danger")
    else:
        flash(_("%(record)s is not linked any more.", record=record), "success")
    return redirect(_list_url(view, pk, name))


def _do(work: Any, contact: Contact, related: Any, record: Any) -> bool | list[Any]:
    session, actor = current_contacts.session, current_actor()
    key = related_offers.key_of_record(record)
    where = (contact.customer_id, contact.id)
    try:
        return bool(work(session, *where, related, key, str(record), actor))
    except NotFound:
        abort(404)
    except InvalidInput as error:
        return [text for texts in error.errors.values() for text in texts]


def _list_url(view: SafeView, pk: int, name: str) -> str:
    kept = request.args.get("list")
    return url_for(f"{view.endpoint}.show", pk=pk, list=kept, _anchor=f"list-{name}")


def _page(
    view: SafeView,
    contact: Contact,
    refused: Refused | None = None,
) -> Answer:
    panels = related_lists.panels(view, contact)
    for one in panels:
        if refused is not None and one.name == refused.name:
            one.typed, one.problems = refused.typed, refused.problems
            related = related_lists.find(one.name)
            one.candidates = related_offers.candidates(related, contact, refused.candidates)
    company_url = _company_url(contact)
    before, kind = asked()
    newest = newest_entries(current_contacts.session, contact)
    tab = contact_actions.tab()
    return view.page(
        "contact_show",
        status=200 if refused is None else 422,
        title=contact.name,
        contact=contact,
        groups=contact_details.groups(contact, _manager_url(view, contact), company_url),
        lists=lists_of_contact(contact),
        sign_in=invitation_words.panel_of(contact),
        two_factor=two_factor_page.panel(tab, contact.customer, contact),
        invite_url=_invite_url(view, contact),
        permissions=_permissions(contact, newest),
        rights_url=partial(contact_actions.rights_url, view, contact),
        answers=_answers(contact),
        feed=activity_feed.feed(contact, before, kind, AGENT_FIELDS, newest),
        is_newest=before is None,
        panels=panels,
        first_actions=contact_actions.first_actions(view, contact),
        more_actions=contact_actions.more_actions(view, contact),
        format_datetime=moment_element,
        back=_back(view, contact, company_url),
        company_url=company_url,
        page_url=page_url,
        view=view,
    )


def _company_url(contact: Contact) -> str | None:
    """The customer's page, for who may open it."""
    if contact.customer is None or not allowed(current_contacts.customer_view, "show"):
        return None
    return profile_url(contact.customer_id)


def _back(view: SafeView, contact: Contact, company_url: str | None) -> tuple[str, Any] | None:
    """The list; who may not open it came by a comment's mail, or from the customer."""
    if allowed(view, "list"):
        return list_url(view), _("Customer contacts")
    return None if company_url is None else (company_url, contact.customer)


def _permissions(contact: Contact, newest: Sequence[Activity]) -> list[Permission]:
    held, hints = contact.permission_names, permission_hints()
    grants = grants_of(current_contacts.session, contact, newest) if held else {}
    return [
        Permission(label, name in held, hints.get(name), grants.get(name))
        for name, label in current_contacts.registry.permissions.items()
    ]


def _answers(contact: Contact) -> list[Recipient]:
    """For each topic whether automatic mail about it goes there, and why or why not (N1)."""
    session = current_contacts.session
    fallbacks = fallback_topics(session)
    if fallbacks:
        fallbacks = reach(session, contact.customer_id).fallbacks
    topics = current_contacts.registry.topics.values()
    return [answer(contact, topic, fallbacks) for topic in topics]


def _manager_url(view: SafeView, contact: Contact) -> str | None:
    """The manager's page; None for one without a company who is out of sight (S7)."""
    manager = contact.manager
    if manager is None or not sees_colleague(contact, manager):
        return None
    return page_url(view, "show", manager.id)


def _invite_url(view: SafeView, contact: Contact) -> str | None:
    may = allowed(view, "edit") and send_page.may_send()
    return page_url(view, "invite", contact.id) if may else None
