"""The pages of a change to many contacts: what to change, what that would touch, how far it is.

Only :func:`run` changes anything, and only what :mod:`.task` has signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import format_decimal
from sqlalchemy import Integer

from ...errors import InvalidInput
from ...i18n import _
from ...record_keys import typed_key
from ...services.agent.listing import count_matching
from ...services.bulk import planning, running
from ...services.bulk.selection import MOST, Chosen
from ...services.chunks import MOST_AT_ONCE
from ...services.mailing.silent_topics import in_order
from ...state import current_contacts
from .. import people_names
from ..contact_list.arguments import read_arguments
from ..contact_list.chosen_contacts import address
from ..contact_list.scope import current_scope
from ..contact_list.selection import listed_ids, selection, url_to_correct
from ..current_staff import current_actor
from ..fields import typed_form
from ..look_up import MOST as MOST_OFFERED
from ..safe_view import allowed, require_known_fields
from ..staff_names import offered_staff, staff_candidates
from .actions import ACTIONS, Action, ChosenForm, ManagerForm
from .task import Task, unseal

if TYPE_CHECKING:
    from ..safe_view import Answer, SafeView

_SIZE = 25
#: How long a request works: the script asks again, who has none presses a button.
_SECONDS = 2.0
_SECONDS_WITHOUT_SCRIPT = 15.0


def ask(view: SafeView, what: str) -> Answer:
    """What to change; where that is clear, what it would touch."""
    action, asked, back = _action(what), selection(), _list_url(view)
    correct = url_to_correct(asked.arguments, view.way_back())
    if correct is not None:
        return redirect(correct)
    ids = asked.ids
    if ids is not None and not ids:
        flash(_("Nobody is selected. Tick some contacts first."), "warning")
        return redirect(back)
    typed = {
        "choose": "matching" if ids is None else "selected",
        "contacts": ",".join(map(str, (ids or [])[:MOST_AT_ONCE])),
        "rest": request.args.get("rest", ""),
    }
    form = action.form(data=typed)
    if action.asks_for:
        return _choice_page(view, what, form)
    return _preview_page(view, what, form)


def preview(view: SafeView, what: str) -> Answer:
    """What would be touched; a form with a mistake again."""
    action = _action(what)
    form = action.form(typed_form())
    form.typed_values()
    return _preview_page(view, what, form)


def run(view: SafeView) -> Answer:
    """Do some of it, and show how far it is."""
    require_known_fields({"task", "quick"})
    found = unseal(request.form.get("task", ""))
    if not found.progress.is_done:
        try:
            change = _action(found.what).build(found.values)
        except InvalidInput:
            flash(_("What was chosen does not exist any more. Choose again."), "danger")
            return redirect(_list_url(view))
        progress = running.advance(
            current_contacts.session,
            change,
            found.chosen,
            found.progress,
            current_actor(),
            silences=found.silences,
            seconds=_SECONDS if request.form.get("quick") else _SECONDS_WITHOUT_SCRIPT,
        )
        found = Task(found.what, found.values, found.silences, found.chosen, progress)
    return redirect(_task_url(view, found))


def progress(view: SafeView) -> Answer:
    """How far it is, and what became of whom."""
    found = unseal(request.args.get("task", ""))
    action, state = _action(found.what), found.progress
    people = planning.named(current_contacts.session, state.first, found.chosen)
    called = people_names.names_of([pk for some in people.values() for pk, _name in some])
    refused = [
        (reason, text, state.counts[reason],
         [(pk, called.get(pk, name)) for pk, name in people.get(reason, [])])
        for reason, text in running.REFUSALS.items()
        if state.counts.get(reason)
    ]  # fmt: skip
    done = state.counts.get(running.DONE, 0)
    next_url = None
    if state.is_done and found.chosen.ids is None and _match_after(found.chosen):
        next_url = _ask_url(view, found.what, found.chosen.end)
    return view.page(
        "bulk_progress",
        title=action.label,
        action=action,
        said=action.said(found.values),
        progress=state,
        done=done,
        done_text=action.done(done),
        percent=100 * state.seen // state.total if state.total else 100,
        refused=refused,
        named=planning.NAMED,
        task=found.seal(),
        run_url=address(view, "run_bulk"),
        next_url=next_url,
        contact_url=_contact_url(view),
        number=format_decimal,
        back=_list_url(view),
    )


def _preview_page(view: SafeView, what: str, form: ChosenForm) -> Answer:
    action, raw = _action(what), {name: field.data for name, field in form._fields.items()}
    try:
        change = action.build({name: raw[name] or "" for name in action.asks_for})
    except InvalidInput as error:
        form.show_errors(_with_candidates(form, error.errors))
        return _choice_page(view, what, form, 422)
    silences = bool(raw["silences"])
    found = planning.preview(current_contacts.session, change, _chosen(form), silences=silences)
    values = {name: raw[name] or "" for name in action.asks_for}
    task = Task(what, values, silences, found.chosen, running.Progress(found.total))
    reasons = [name for name in running.REFUSALS if name in found.refused]
    groups = (found.touched, found.silencing, found.waiting, *found.refused.values())
    return view.page(
        "bulk_preview",
        title=action.title(found.touched.count) if found.touched.count else _("Nobody is changed"),
        action=action,
        said=action.said(values),
        found=found,
        called=people_names.names_of([one.id for some in groups for one in some.first]),
        refused=[(name, running.REFUSALS[name], found.refused[name]) for name in reasons],
        topics=in_order(found.topics),
        form=form,
        most=format_decimal(MOST),
        named=planning.NAMED,
        task=task.seal(),
        run_url=address(view, "run_bulk"),
        preview_url=_ask_url(view, what),
        next_url=_ask_url(view, what, found.chosen.end) if found.more else None,
        contact_url=_contact_url(view),
        number=format_decimal,
        back=_list_url(view),
    )


def _with_candidates(form: ChosenForm, errors: Mapping[str, Sequence[Any]]) -> Any:
    """The messages; who has no user name like the one that was typed may be meant all the same."""
    if not isinstance(form, ManagerForm):
        return errors
    field, [unknown] = form["account_manager"], errors["account_manager"]
    found = staff_candidates(field.data or "", MOST_OFFERED)
    return {"account_manager": [field.offer(found, unknown)]}


def _choice_page(view: SafeView, what: str, form: ChosenForm, status: int = 200) -> Answer:
    action = _action(what)
    return view.page(
        "bulk_choice",
        status,
        title=action.label,
        what=what,
        form=form,
        chosen=len(listed_ids(form["contacts"].data or "")),
        matching=_number_of_all(form),
        staff=offered_staff() if isinstance(form, ManagerForm) else [],
        lookup_url=url_for(f"{view.endpoint}.lookup", what="staff"),
        preview_url=_ask_url(view, what),
        number=format_decimal,
        back=_list_url(view),
    )


def _number_of_all(form: ChosenForm) -> int | None:
    """How many match the list's filters, where that is known and all of them are meant."""
    arguments = read_arguments(_SIZE)
    if form["choose"].data != "matching" or form["rest"].data or arguments.problems:
        return None
    return count_matching(current_contacts.session, current_scope(), arguments.query)


def _chosen(form: ChosenForm) -> Chosen:
    """To whom: the ids of the form, not checked for who may see them, or all that match."""
    arguments = read_arguments(_SIZE)
    if form["choose"].data != "matching":
        ids = sorted(set(listed_ids(form["contacts"].data or "")))
        if not ids or len(ids) > MOST_AT_ONCE:
            abort(400, _("Choose at least one contact, and at most 500."))
        return Chosen(current_scope(), tuple(ids))
    rest = form["rest"].data
    start = typed_key(rest, Integer()) if rest else 0
    if start is None or arguments.problems:
        abort(404)
    return Chosen(current_scope(), None, arguments.query, start)


def _match_after(chosen: Chosen) -> bool:
    """Whether others match that were too many for this time."""
    end = chosen.end or 0
    more = Chosen(chosen.scope, None, chosen.query, end)
    return bool(more.next_ids(current_contacts.session, end, 1))


def _action(what: str) -> Action:
    found = ACTIONS.get(what)
    if found is None:
        abort(404)
    return found


def _list_url(view: SafeView) -> str:
    return read_arguments(_SIZE).url(view.way_back())


def _ask_url(view: SafeView, what: str, rest: int | None = None) -> str:
    more = {} if rest is None else {"choose": "matching", "rest": str(rest)}
    return read_arguments(_SIZE).url(url_for(f"{view.endpoint}.ask_bulk", what=what), **more)


def _task_url(view: SafeView, found: Task) -> str:
    return read_arguments(_SIZE).url(url_for(f"{view.endpoint}.bulk_progress"), task=found.seal())


def _contact_url(view: SafeView) -> Any:
    """The address of a contact's page, for who may open it."""
    if not allowed(view, "show"):
        return lambda _pk: None
    return lambda pk: url_for(f"{view.endpoint}.show", pk=pk)
