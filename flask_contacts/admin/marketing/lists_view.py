"""CRM → Marketing lists: make them, see who is on them, put them away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import Integer

from ...errors import DatabaseBusy, InvalidInput, NotFound, Overtaken
from ...i18n import _
from ...later import later
from ...models import Contact, MarketingList
from ...models.marketing import LONGEST_NAME
from ...record_keys import typed_key
from ...state import current_contacts
from ..contact_visibility import visible
from ..contacts.permissions import CONTACTS
from ..current_staff import current_actor
from ..customers.sight import profile_url
from ..fab import expose
from ..fields import typed_form
from ..held_permissions import has_access, holds_now
from ..moments import moment_element
from ..safe_view import SafeView, allowed, require_known_fields
from .add_page import LISTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...mail import recipients
    from ...services.agent import listing
    from ...services.marketing import lists, member_lists, members
    from ..safe_view import Answer
    from . import list_form
else:
    list_form = later("admin.marketing.list_form")
    listing = later("services.agent.listing")
    member_lists = later("services.marketing.member_lists")
    recipients = later("mail.recipients")
    lists = later("services.marketing.lists")
    members = later("services.marketing.members")

_PK = "/<int(max=2147483647):pk>"
_MEMBER = _PK + "/<int(max=2147483647):contact_pk>"


class MarketingListsView(SafeView):
    """The lists are everybody's; who is on them is seen as far as one sees contacts (S7)."""

    route_base = "/contacts-marketing-lists"
    class_permission_name = LISTS
    base_permissions = ("can_list", "can_show", "can_add", "can_edit", "can_remove_member")
    method_permission_name = {
        "marketing_lists": "list",
        "show": "show",
        "new": "add",
        "edit": "edit",
        "archive": "edit",
        "restore": "edit",
        "remove": "remove_member",
    }
    default_view = "marketing_lists"

    def way_back(self) -> str:
        """Back to the lists."""
        return url_for(f"{self.endpoint}.marketing_lists")

    @expose("/")
    @has_access
    def marketing_lists(self) -> Answer:
        """A page of the lists, each with how many are on it."""
        archived, after = request.args.get("archived") == "1", request.args.get("after")
        try:
            found = lists.list_page(
                current_contacts.session, visible(), active=not archived, after=after
            )
        except listing.CursorUnknown:
            abort(404)
        return self.page(
            "marketing_lists",
            title=_("Marketing lists"),
            found=found,
            archived=archived,
            is_first=after is None,
            most=lists.MOST_COUNTED,
            can={name: allowed(self, name) for name in ("show", "add", "edit")},
            endpoint=self.endpoint,
        )

    @expose("/show" + _PK)
    @has_access
    def show(self, pk: int) -> Answer:
        """Who is on a list, or who has left it."""
        found, left, after = _find(pk), request.args.get("left") == "1", _after()
        session = current_contacts.session
        return self.page(
            "marketing_list",
            title=found.name,
            list=found,
            found=member_lists.member_page(session, pk, visible(), left=left, after=after),
            count=lists.count_members(session, [pk], visible())[pk],
            most=lists.MOST_COUNTED,
            left=left,
            is_first=after is None,
            sources=members.SOURCES,
            why_not=_why_not,
            contact_url=self._way_to_contacts(),
            customer_url=profile_url,
            can={name: allowed(self, name) for name in ("edit", "remove_member")},
            may_add=holds_now("can_add_to_marketing_list", CONTACTS),
            endpoint=self.endpoint,
            format_datetime=moment_element,
        )

    @expose("/new", methods=("GET", "POST"))
    @has_access
    def new(self) -> Answer:
        """Make a list."""
        form = list_form.ListFields(typed_form())
        if request.method == "POST":
            raw, session = form.typed_values(), current_contacts.session
            made = _saved(form, lambda: lists.create_list(session, raw, current_actor()))
            if made is not None:
                flash(_("The list “%(name)s” is there now.", name=made.name), "success")
                return redirect(url_for(f"{self.endpoint}.show", pk=made.id))
        return self._form(form, _("New marketing list"), self.way_back())

    @expose("/edit" + _PK, methods=("GET", "POST"))
    @has_access
    def edit(self, pk: int) -> Answer:
        """Change a list's name and description."""
        found = _find(pk)
        form = list_form.ListFields(
            typed_form(), data={"name": found.name, "description": found.description}
        )
        back = url_for(f"{self.endpoint}.show", pk=pk)
        if request.method == "POST":
            raw, session = form.typed_values(), current_contacts.session
            edit = partial(lists.edit_list, session, pk, raw, opened=form.opened)
            if _saved(form, edit) is not None:
                flash(_("The list is changed."), "success")
                return redirect(back)
        else:
            form.note_opened()
        return self._form(form, _("Edit marketing list"), back)

    @expose("/archive" + _PK, methods=("POST",))
    @has_access
    def archive(self, pk: int) -> Answer:
        """Put a list away; who is on it stays on it."""
        return self._change(pk, lists.archive_list, _("The list “%(name)s” is archived."))

    @expose("/restore" + _PK, methods=("POST",))
    @has_access
    def restore(self, pk: int) -> Answer:
        """Take a list out of the archive."""
        return self._change(pk, lists.restore_list, _("The list “%(name)s” is in use again."))

    @expose("/remove" + _MEMBER, methods=("POST",))
    @has_access
    def remove(self, pk: int, contact_pk: int) -> Answer:
        """Take a contact off a list."""
        require_known_fields(set())
        try:
            contact = members.remove_member(
                current_contacts.session, pk, contact_pk, current_actor(), visible=visible()
            )
        except NotFound:
            abort(404)
        except InvalidInput as error:
            flash(str(error.errors["contact"][0]), "warning")
        else:
            text = _("%(name)s is not on this list any more.", name=contact.name)
            flash(text, "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))

    def _change(self, pk: int, work: Callable[[Any, int], MarketingList], done: str) -> Answer:
        require_known_fields(set())
        try:
            found = work(current_contacts.session, pk)
        except NotFound:
            abort(404)
        flash(done % {"name": found.name}, "success")
        return redirect(url_for(f"{self.endpoint}.show", pk=pk))

    def _form(self, form: list_form.ListFields, title: str, back: str) -> Answer:
        return self.page(
            "marketing_list_form",
            422 if request.method == "POST" else 200,
            title=title,
            form=form,
            longest=LONGEST_NAME,
            back=back,
        )

    def _way_to_contacts(self) -> Callable[[Contact], str | None]:
        """A contact's page, or None for staff who may not open it."""
        if not self.appbuilder.sm.has_access("can_show", CONTACTS):
            return lambda contact: None
        return lambda contact: url_for("CustomerContactsView.show", pk=contact.id)


def _find(pk: int) -> MarketingList:
    try:
        return lists.find_list(current_contacts.session, pk)
    except NotFound:
        abort(404)


def _after() -> int | None:
    text = request.args.get("after")
    if text is None:
        return None
    key: int | None = typed_key(text, Integer())
    if key is None:
        abort(404)
    return key


def _why_not(contact: Contact) -> Any:
    """Why mail to a list does not go to a contact that is on it, or None."""
    reason = recipients.cannot_be_mailed(contact)
    return recipients.REASONS[reason] if reason is not None else None


def _saved(form: list_form.ListFields, save: Callable[[], MarketingList]) -> MarketingList | None:
    try:
        return save()
    except NotFound:
        abort(404)
    except Overtaken as error:
        form.look_again(error)
    except InvalidInput as error:
        form.show_errors(error.errors)
    except DatabaseBusy:
        text = _("The database is busy, so nothing was saved. Save again in a moment.")
        form.show_errors({"": [text]})
    return None
