"""CRM → Invitations: how far the contacts have come into the portal, and links to send again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import Integer

from ...errors import InvalidInput
from ...i18n import _, _n
from ...later import later
from ...record_keys import typed_key
from ...state import current_contacts
from ..contact_visibility import visible
from ..current_staff import current_actor
from ..customers.contacts_tab import ContactsTab
from ..customers.sight import profile_url
from ..fab import expose
from ..held_permissions import has_access
from ..safe_view import SafeView, allowed, require_known_fields

if TYPE_CHECKING:
    from ...models import Contact
    from ...services.invitations import lists, sending, states as invitation_states
    from ...services.invitations.sending import Result
    from ..safe_view import Answer
    from . import messages as invitation_messages, send_page, words as invitation_words
else:
    invitation_messages = later("admin.invitations.messages")
    send_page = later("admin.invitations.send_page")
    invitation_words = later("admin.invitations.words")
    invitation_states = later("services.invitations.states")
    lists = later("services.invitations.lists")
    sending = later("services.invitations.sending")

_IDS = re.compile(r"[1-9][0-9]{0,9}(,[1-9][0-9]{0,9})*", re.ASCII)
_LARGEST = 2**31


class ContactsInvitationsView(SafeView):
    """All contacts with a login that this staff member may see (BEHAVIOUR S7)."""

    route_base = "/contacts-invitations"
    class_permission_name = "Contacts invitations"
    base_permissions = ("can_show", "can_send")
    method_permission_name = {
        "invitations": "show",
        "ask": "send",
        "send": "send",
        "send_one": "send",
    }
    default_view = "invitations"

    def way_back(self) -> str:
        """Back to the list."""
        return url_for(f"{self.endpoint}.invitations")

    @expose("/")
    @has_access
    def invitations(self) -> Answer:
        """A page of the list, with the number of contacts in each state."""
        session, state, search, after = current_contacts.session, _state(), _search(), _key("after")
        found = lists.invitation_rows(session, visible(), state, search, after)
        counts = {} if search else lists.count_invitations(session, visible())
        return self.page(
            "invitations",
            title=_("Invitations"),
            found=found,
            counts=counts,
            most=lists.MOST_COUNTED,
            states=[(name, invitation_states.STATES[name]) for name in lists.LISTED_STATES],
            state=state,
            search=search,
            is_first=after is None,
            address=self._address,
            badges=invitation_words.BADGES,
            in_words=invitation_words.in_words,
            contact_url=self._way_to_contacts(),
            customer_url=profile_url,
            can_send=allowed(self, "send"),
            most_at_once=sending.MOST_AT_ONCE,
            endpoint=self.endpoint,
        )

    @expose("/resend")
    @has_access
    def ask(self) -> Answer:
        """Ask before links are sent to many: how many, who gets none and why."""
        session, choice = current_contacts.session, request.args.get("choose", "")
        rest = None
        if choice == "matching":
            ids, rest = lists.matching_ids(
                session, visible(), _state(), _search(), _key("after"), sending.MOST_AT_ONCE
            )
        elif choice == "page":
            ids = _ids(request.args.get("shown", ""))
        else:
            ids = [one for text in request.args.getlist("contact") for one in _ids(text)]
        if not ids:
            flash(_("Nobody is selected. Tick some contacts first."), "warning")
            return redirect(self._address())
        results = _refused_if_too_many(lambda: sending.plan(session, ids, visible()))
        results = invitation_messages.told_apart(results)
        receivers = [one for one in results if one.refusal is None]
        return self.page(
            "invitations_resend",
            title=_n(
                "Send a link to %(num)d contact?", "Send links to %(num)d contacts?", len(receivers)
            ),
            receivers=receivers,
            refused=invitation_messages.by_reason(results),
            rest=rest,
            most_at_once=sending.MOST_AT_ONCE,
            named=invitation_messages.NAMED,
            state=_state(),
            search=_search(),
            send_url=url_for(f"{self.endpoint}.send"),
            next_url=self._address("ask", choose="matching", after=rest),
            back=self._address(),
        )

    @expose("/resend", methods=("POST",))
    @has_access
    def send(self) -> Answer:
        """Send the links, and say to how many and to whom not."""
        require_known_fields({"contacts", "state", "search", "rest"})
        ids, rest = _ids(request.form.get("contacts", "")), _key("rest")
        if not ids:
            abort(400, _("Choose at least one contact."))
        session, actor = current_contacts.session, current_actor()
        results = _refused_if_too_many(
            lambda: sending.resend(session, ids, actor, visible=visible())
        )
        more = None if rest is None else self._address("ask", choose="matching", after=rest)
        invitation_messages.tell_many(results, more)
        return redirect(self._address())

    @expose("/send/<int(max=2147483647):pk>", methods=("POST",))
    @has_access
    def send_one(self, pk: int) -> Answer:
        """Send a fresh link to one contact, but not twice within five minutes; asks first where
        a password is set already, as the contact's page does."""
        require_known_fields({"state", "search", send_page.SURE})
        session = current_contacts.session
        found = lists.visible_contacts(session, visible(), [pk])
        if not found:
            abort(404)
        if send_page.must_ask(found[0]):
            hidden = {"state": _state(), "search": _search()}
            return send_page.question(self, found[0], self._address(), hidden)
        invitation_messages.send_one(found[0].customer_id, pk, unless_recent=True)
        return redirect(self._address())

    def _address(self, method: str = "invitations", **arguments: Any) -> str:
        """A page of ours with this request's filter; an argument that is None is left out."""
        own = {"state": _state(), "search": _search() or None, **arguments}
        given = {name: value for name, value in own.items() if value is not None}
        return url_for(f"{self.endpoint}.{method}", **given)

    def _way_to_contacts(self) -> Callable[[Contact], str | None]:
        """A contact's page by contact, or None for staff who may not open it."""
        name = ContactsTab.class_permission_name
        if not self.appbuilder.sm.has_access("can_edit", name):
            return lambda contact: None
        return _contact_url


def _contact_url(contact: Contact) -> str | None:
    if contact.customer_id is None:
        return None
    endpoint = f"{ContactsTab.__name__}.edit"
    return url_for(endpoint, customer_pk=contact.customer_id, pk=contact.id)


def _state() -> str | None:
    state = request.values.get("state", "")
    if state and state not in lists.LISTED_STATES:
        abort(404)
    return state or None


def _search() -> str:
    return request.values.get("search", "").strip()


def _key(name: str) -> int | None:
    text = request.values.get(name)
    if not text:
        return None
    key: int | None = typed_key(text, Integer())
    if key is None:
        abort(404)
    return key


def _ids(text: str) -> list[int]:
    """Ids as a form lists them; junk is a page that is not there."""
    if not text:
        return []
    if not _IDS.fullmatch(text):
        abort(404)
    return [one for one in map(int, text.split(",")) if one < _LARGEST]


def _refused_if_too_many(work: Callable[[], list[Result]]) -> list[Result]:
    try:
        return work()
    except InvalidInput as error:
        abort(400, str(error.errors["contacts"][0]))
