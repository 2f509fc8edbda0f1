"""Some contacts side by side, a choice for each field, and what becomes of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import Integer

from ...errors import ContactInUse, DatabaseBusy, InvalidInput, NotFound, SilencesTopics
from ...i18n import _, _l
from ...record_keys import typed_key
from ...services.contacts.saved import Saved
from ...services.mailing.silent_topics import in_order
from ...services.merging import comparison
from ...services.merging.merge import merge_contacts
from ...services.merging.proposals import FIELDS
from ...services.merging.values import Choices
from ...state import current_contacts
from ..contact_list import chosen_contacts
from ..contact_list.selection import listed_ids
from ..contact_visibility import visible
from ..contacts import erasure, messages
from ..contacts.leaving import SILENCES, UNTOLD
from ..current_staff import current_actor
from ..moments import moment_element
from ..safe_view import allowed, require_known_fields
from . import shown
from .former import present_of

if TYPE_CHECKING:
    from ...models import Contact
    from ...services.merging.comparison import Comparison
    from ..safe_view import Answer, SafeView

#: What the fields of the form begin with that choose a value.
CHOICE = "choice-"
_ONE_ALREADY = _l("Somebody has merged these contacts already. This is what they are now.")
_MERGED_MEANWHILE = _l("Somebody has merged one of these contacts meanwhile. Look again.")


@dataclass
class _Refusal:
    """Why nothing was merged: sentences, and the topics that would fall silent (N6)."""

    problems: list[Any] = field(default_factory=list)
    silenced: list[Any] = field(default_factory=list)


def page(view: SafeView) -> Answer:
    """Compare on GET and after an error; merge on POST."""
    if request.method == "POST":
        return _merge(view)
    chosen = chosen_contacts.chosen(view)
    if not chosen.ids:
        return redirect(chosen.back)
    if len(chosen.ids) == 1:
        return redirect(url_for(f"{view.endpoint}.duplicates", pk=chosen.ids[0]))
    if len(chosen.ids) > comparison.MOST:
        flash(_("Choose at most %(most)s contacts.", most=comparison.MOST), "warning")
        return redirect(chosen.back)
    contacts = _find(chosen.ids)
    if len(contacts) < len(chosen.ids):
        return _follow(view, chosen.ids, contacts)
    return _page(view, contacts, _kept(contacts, request.args.get("keep", "")), _Refusal())


def _merge(view: SafeView) -> Answer:
    names = {f"{CHOICE}{one}" for one in FIELDS}
    require_known_fields({"contact", "keep", "seen", "permissions", "topics", SILENCES} | names)
    ids = [one for text in request.form.getlist("contact") for one in listed_ids(text)]
    ids = list(dict.fromkeys(ids))
    if not 2 <= len(ids) <= comparison.MOST:
        abort(400, _("Choose at least two contacts, and at most five."))
    contacts = _find(ids)
    if len(contacts) < len(ids):
        return _follow(view, ids, contacts)
    kept = _kept(contacts, request.form.get("keep", ""))
    names_of_others = [one.name for one in contacts if one is not kept]
    pk = kept.id
    try:
        result = _do(ids, pk)
    except NotFound:
        return _follow(view, ids, _find(ids))
    if isinstance(result, Saved):
        done = _("%(names)s was merged into %(name)s.", names=", ".join(names_of_others),
                 name=result.contact.name)  # fmt: skip
        messages.tell_changed(done, result)
        return redirect(url_for(f"{view.endpoint}.show", pk=pk))
    contacts = _find(ids)
    if len(contacts) < len(ids):
        return _follow(view, ids, contacts)
    return _page(view, contacts, _kept(contacts, str(pk)), result)


def _do(ids: Sequence[int], pk: int) -> Saved | _Refusal:
    choices = Choices(
        _typed_choices(),
        frozenset(request.form.getlist("permissions")),
        frozenset(request.form.getlist("topics")),
    )
    try:
        return merge_contacts(
            current_contacts.session,
            ids,
            pk,
            choices,
            current_actor(),
            visible=visible(),
            seen=request.form.get("seen", ""),
            silences=request.form.getlist(SILENCES),
        )
    except SilencesTopics as error:
        return _Refusal([UNTOLD], in_order(error.topics))
    except ContactInUse as error:
        rows = ", ".join(erasure.in_use(error.tables))
        return _Refusal([_("Nothing was merged. In the way: %(rows)s.", rows=rows)])
    except InvalidInput as error:
        return _Refusal([text for texts in error.errors.values() for text in texts])
    except DatabaseBusy:
        return _Refusal([_("The database is busy, so nothing was saved. Save again in a moment.")])


def _find(ids: Sequence[int]) -> list[Contact]:
    return comparison.chosen_contacts(current_contacts.session, ids, visible())


def _kept(contacts: Sequence[Contact], typed: str) -> Contact:
    pk = typed_key(typed, Integer()) if typed else None
    if typed and all(one.id != pk for one in contacts):
        abort(404)
    found = next((one for one in contacts if one.id == pk), None)
    return found or comparison.proposed_survivor(contacts)


def _typed_choices() -> dict[str, str]:
    return {
        name.removeprefix(CHOICE): value
        for name, value in request.form.items()
        if name.startswith(CHOICE)
    }


def _follow(view: SafeView, ids: Sequence[int], contacts: Sequence[Contact]) -> Answer:
    """Where some of the contacts were merged meanwhile; 404 where one is hidden or unknown."""
    there = {one.id for one in contacts}
    now: dict[int, None] = {}
    for one in ids:
        present = None if one in there else present_of(one)
        if present is None and one not in there:
            abort(404)
        now[one if present is None else present.id] = None
    if len(now) == 1:
        flash(str(_ONE_ALREADY), "info")
        return redirect(url_for(f"{view.endpoint}.show", pk=next(iter(now))))
    flash(str(_MERGED_MEANWHILE), "info")
    return redirect(url_for(f"{view.endpoint}.merge", contact=list(now)))


def _page(
    view: SafeView, contacts: list[Contact], kept: Contact, refusal: _Refusal
) -> tuple[str, int]:
    is_post = request.method == "POST"
    compared = comparison.compare(contacts, kept)
    obstacles = comparison.obstacles(contacts)
    rows = shown.rows(compared, _typed_choices() if is_post else {})
    along = shown.along(compared) if not obstacles else shown.Along([], [])
    registry = current_contacts.registry
    topic_labels = {name: topic.label for name, topic in registry.topics.items()}
    typed = request.form.getlist if is_post else lambda name: None
    return view.page(
        "contact_merge",
        status=422 if is_post else 200,
        title=_("Merge contacts"),
        compared=compared,
        contacts=contacts,
        kept=kept,
        rows=[one for one in rows if not one.is_same],
        same=[one for one in rows if one.is_same and one.cells[0].text],
        permissions=shown.ticks(
            compared, compared.permissions, dict(registry.permissions), typed("permissions")
        ),
        topics=shown.ticks(compared, compared.topics, topic_labels, typed("topics")),
        login=shown.login_sentences(compared),
        along=along,
        obstacles=obstacles,
        problems=refusal.problems,
        silenced=refusal.silenced,
        choice=CHOICE,
        other_company=len(comparison.companies_of(contacts)) > 1,
        can_edit=allowed(view, "edit"),
        keep_url=lambda one: _url(view, compared, keep=one.id),
        without_url=lambda one: _url(view, compared, without=one.id),
        show_url=lambda one: url_for(f"{view.endpoint}.show", pk=one.id),
        move_url=lambda one: url_for(f"{view.endpoint}.move", pk=one.id),
        merge_url=url_for(f"{view.endpoint}.merge"),
        format_datetime=moment_element,
        back=url_for(f"{view.endpoint}.duplicates", pk=kept.id),
    )


def _url(
    view: SafeView, compared: Comparison, keep: int | None = None, without: int | None = None
) -> str:
    ids = [one.id for one in compared.contacts if one.id != without]
    return url_for(f"{view.endpoint}.merge", contact=ids, keep=keep)
