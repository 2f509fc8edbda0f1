"""Add to marketing list (seed 002): one contact, or many that were chosen in the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from wtforms import BooleanField, HiddenField

from ...errors import DatabaseBusy, InvalidInput, NotFound
from ...i18n import _, _l, _n
from ...later import later
from ...state import current_contacts
from ..contact_visibility import visible, visible_contact
from ..current_staff import current_actor
from ..fields import CarryingForm, typed_form
from ..look_up import MOST, LookUp, labels

if TYPE_CHECKING:
    from ...models import MarketingList
    from ...services import chunks
    from ...services.chunks import Outcome
    from ...services.marketing import lists, member_lists, members
    from .. import outcome_messages
    from ..contact_list import chosen_contacts
    from ..safe_view import Answer, SafeView
else:
    outcome_messages = later("admin.outcome_messages")
    chosen_contacts = later("admin.contact_list.chosen_contacts")
    member_lists = later("services.marketing.member_lists")
    chunks = later("services.chunks")
    lists = later("services.marketing.lists")
    members = later("services.marketing.members")

#: The endpoint of the lists' own view, and the name of its permissions.
LISTS_VIEW, LISTS = "MarketingListsView", "Marketing lists"


class ListField(CarryingForm):
    """Which list."""

    list = LookUp(_l("Marketing list"))


class OneFields(ListField):
    """Which list; and whether who had left it asked to come back."""

    rejoin = BooleanField(_l("The person asked to be on this list again"))


class ManyFields(ListField):
    """Which list, and whose; ``step`` is what the button asks for."""

    contacts = HiddenField()
    rest = HiddenField()
    step = HiddenField()


def one(view: SafeView, pk: int) -> Answer:
    """Ask which list, and add the contact."""
    contact = visible_contact(pk)
    form, has_left = OneFields(typed_form()), False
    back = url_for(f"{view.endpoint}.show", pk=pk, list=request.args.get("list"))
    if request.method == "POST":
        raw = form.typed_values()
        found = _found(form, raw["list"])
        outcome = None if found is None else _add(form, found, [pk], "contact", raw["rejoin"])
        if found is not None and outcome and outcome[0].refusal is None:
            names = {"name": contact.name, "list": found.name}
            flash(_("%(name)s is on the list “%(list)s” now.", **names), "success")
            return redirect(back)
        if outcome:
            has_left = outcome[0].refusal == "unsubscribed"
            form.show_errors({"list": [_refusal_of_one(outcome[0])]})
    return view.page(
        "marketing_add",
        422 if request.method == "POST" else 200,
        title=_("Add to marketing list"),
        contact=contact,
        form=form,
        has_left=has_left,
        memberships=member_lists.memberships(current_contacts.session, [pk]),
        **_choice(view),
        back=back,
    )


def ask(view: SafeView) -> Answer:
    """Ask which list, and then about who is added, who not and why; then add them."""
    if request.method == "GET":
        chosen = chosen_contacts.chosen(view)
        if not chosen.ids:
            return redirect(chosen.back)
        return _many_page(view, ManyFields(), chosen)
    form, chosen = ManyFields(typed_form()), chosen_contacts.posted(view)
    raw = form.typed_values()
    found = _found(form, raw["list"])
    if found is None:
        return _many_page(view, form, chosen, status=422)
    if raw["step"] != "add":
        outcomes = members.plan_members(
            current_contacts.session, found.id, chosen.ids, visible=visible()
        )
        outcomes = outcome_messages.told_apart(outcomes)
        return _many_page(view, form, chosen, found, outcomes)
    added = _add(form, found, chosen.ids, "contacts", rejoin=False)
    if added is None:
        return _many_page(view, form, chosen, status=422)
    _tell_many(view, found, added, chosen)
    return redirect(chosen.back)


def _found(form: ListField, typed: str) -> MarketingList | None:
    try:
        return lists.list_of_name(current_contacts.session, typed)
    except InvalidInput as error:
        [text] = error.errors["list"]
        alike = lists.lists_holding(current_contacts.session, typed, MOST)
        text = form["list"].offer(labels(one.name for one in alike), text)
        form.show_errors({"list": [text]})
        return None


def _add(
    form: ListField, found: MarketingList, ids: list[int], source: str, rejoin: bool
) -> list[Outcome] | None:
    try:
        return members.add_members(
            current_contacts.session,
            found.id,
            ids,
            current_actor(),
            source=source,
            rejoin=rejoin,
            visible=visible(),
        )
    except NotFound:
        abort(404)
    except InvalidInput as error:
        form.show_errors(error.errors)
    except DatabaseBusy:
        text = _("The database is busy, so nothing was saved. Save again in a moment.")
        form.show_errors({"": [text]})
    return None


def _refusal_of_one(outcome: Outcome) -> Any:
    if outcome.refusal == "unsubscribed":
        return _(
            "%(name)s has left this list. Add them only if they asked for it.", name=outcome.name
        )
    return members.REFUSALS[str(outcome.refusal)]


def _choice(view: SafeView) -> dict[str, Any]:
    may_make = view.appbuilder.sm.has_access("can_add", LISTS)
    return {
        "offered": lists.offered_lists(current_contacts.session),
        "new_list_url": url_for(f"{LISTS_VIEW}.new") if may_make else None,
    }


def _many_page(
    view: SafeView,
    form: ManyFields,
    chosen: chosen_contacts.Chosen,
    found: MarketingList | None = None,
    outcomes: list[Outcome] | None = None,
    status: int = 200,
) -> Answer:
    added = [outcome for outcome in outcomes or [] if outcome.refusal is None]
    session, added_ids = current_contacts.session, [outcome.contact_id for outcome in added]
    return view.page(
        "marketing_add_many",
        status,
        title=_n(
            "Add %(num)d contact to a marketing list",
            "Add %(num)d contacts to a marketing list",
            len(chosen.ids) if outcomes is None else len(added),
        ),
        form=form,
        ids=chosen.ids if outcomes is None else added_ids,
        found=found,
        added=added,
        unmailable=members.count_without_address(session, added_ids) if added else 0,
        refused=outcome_messages.by_reason(outcomes or [], members.REFUSALS),
        named=outcome_messages.NAMED,
        rest=chosen.rest,
        most_at_once=chunks.MOST_AT_ONCE,
        **_choice(view),
        post_url=chosen_contacts.address(view, "ask_marketing_list"),
        next_url=chosen_contacts.address(view, "ask_marketing_list", rest=chosen.rest),
        back=chosen.back,
    )


def _tell_many(
    view: SafeView, found: MarketingList, outcomes: list[Outcome], chosen: chosen_contacts.Chosen
) -> None:
    done = sum(outcome.refusal is None for outcome in outcomes)
    if done:
        text = _n(
            "%(num)d contact is on the list “%(list)s” now.",
            "%(num)d contacts are on the list “%(list)s” now.",
            done,
            list=found.name,
        )
        flash(text, "success")
    outcome_messages.tell_refused(outcomes, members.REFUSALS)
    more = None
    if chosen.rest is not None:
        more = chosen_contacts.address(view, "ask_marketing_list", rest=chosen.rest)
    outcome_messages.tell_more(more)
