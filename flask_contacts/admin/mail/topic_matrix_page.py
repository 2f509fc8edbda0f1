"""Who gets what: the page of a customer's contacts by topics, and what saving it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import Integer

from ...errors import DatabaseBusy, InvalidInput, SilencesTopics
from ...i18n import _, _n
from ...record_keys import typed_key
from ...services.mailing.silent_topics import in_order
from ...services.mailing.topic_matrix import (
    Cell,
    TopicMatrix,
    TopicsSaved,
    matrix_of,
    matrix_page,
    save_topics,
)
from ...state import current_contacts
from .. import query_arguments
from ..contacts.addresses import kept_tab, leading_tab
from ..contacts.leaving import SILENCES
from ..current_staff import current_actor
from ..customers.sight import customer_key, profile_url
from ..safe_view import allowed, require_known_fields

if TYPE_CHECKING:
    from ...registry import Topic
    from ..safe_view import Answer, SafeView

SIZE = 25
_FIELDS = {"contact", "was", "on", SILENCES}
_MOST_TOLD = 10


@dataclass
class _Form:
    """What a form of this page carries: whom it shows, what it showed, what it wants."""

    contact_ids: list[int]
    shown: dict[Cell, bool]
    wanted: dict[Cell, bool]
    problems: list[Any] = field(default_factory=list)
    silenced: list[Topic] = field(default_factory=list)


def show(view: SafeView, customer: Any) -> Answer:
    """A page of the matrix, or the row of the one contact that the address names."""
    matrix = _asked(customer_key(customer))
    shown = {
        (row.contact.id, one.topic.name): one.is_on for row in matrix.rows for one in row.answers
    }
    form = _Form([row.contact.id for row in matrix.rows], shown, shown)
    return _page(view, customer, matrix, form)


def save(view: SafeView, customer: Any) -> Answer:
    """Switch what was changed; the form comes back, as it was typed, where that cannot be."""
    session, key, form = current_contacts.session, customer_key(customer), _posted()
    silences, actor = request.form.getlist(SILENCES), current_actor()
    try:
        saved = save_topics(session, key, form.shown, form.wanted, actor, silences=silences)
    except SilencesTopics as error:
        form.silenced = in_order(error.topics)
    except InvalidInput as error:
        form.problems = [text for texts in error.errors.values() for text in texts]
    except DatabaseBusy:
        text = _("The database is busy, so nothing was saved. Save again in a moment.")
        form.problems = [text]
    else:
        _tell(saved)
        return redirect(_address(view, key, request.args))
    matrix = matrix_of(session, key, form.contact_ids, len(form.contact_ids))
    return _page(view, customer, matrix, form)


def _asked(key: Any) -> TopicMatrix:
    session, one = current_contacts.session, request.args.get("contact")
    if one is not None:
        contact_id = typed_key(one, Integer())
        matrix = matrix_of(session, key, [] if contact_id is None else [contact_id])
        if not matrix.rows:
            abort(404)
        return matrix
    number = query_arguments.number(request.args.get("page", "1"))
    matrix = matrix_page(session, key, number or 1, SIZE)
    if not number or (number > 1 and not matrix.rows):
        abort(404)
    return matrix


def _posted() -> _Form:
    """The cells of the form; 422 for one that no form of this page has."""
    require_known_fields(_FIELDS)
    ids = [typed_key(text, Integer()) for text in request.form.getlist("contact")]
    was, on = (_cells(request.form.getlist(name)) for name in ("was", "on"))
    if None in ids or len(ids) > SIZE or not {one for one, _topic in was | on} <= set(ids):
        abort(422, _("This form has a field that its page does not have."))
    page = [(one, topic) for one in ids for topic in current_contacts.registry.topics]
    cells = [*page, *((was | on).difference(page))]
    return _Form(ids, {cell: cell in was for cell in cells}, {cell: cell in on for cell in cells})


def _cells(texts: Sequence[str]) -> set[tuple[Any, str]]:
    parts = [text.partition(":") for text in texts]
    return {(typed_key(contact, Integer()), topic) for contact, _colon, topic in parts}


def _tell(saved: TopicsSaved) -> None:
    if saved.changed:
        count = len(saved.changed)
        text = _n(
            "The notifications of %(num)d contact are changed.",
            "The notifications of %(num)d contacts are changed.",
            count,
        )
        flash(text, "success")
    elif not saved.meanwhile:
        flash(_("That was so already; nothing changed."), "success")
    if saved.meanwhile:
        cells = [f"{one.name} · {topic.label}" for one, topic in saved.meanwhile[:_MOST_TOLD]]
        more = "…" if len(saved.meanwhile) > _MOST_TOLD else ""
        text = _("Changed by somebody else since you opened the page, and left so: %(cells)s.")
        flash(text % {"cells": "; ".join(cells) + more}, "warning")


def _page(view: SafeView, customer: Any, matrix: TopicMatrix, form: _Form) -> Answer:
    key = customer_key(customer)
    only_one = "contact" in request.args and bool(matrix.rows)
    one = matrix.rows[0].contact if only_one else None
    led = leading_tab(one.id) if one is not None else None
    number = query_arguments.number(request.args.get("page", "1")) or 1
    return view.page(
        "topic_matrix",
        status=422 if request.method == "POST" else 200,
        title=_("Who gets what"),
        customer=customer,
        matrix=matrix,
        form=form,
        can_edit=allowed(view, "edit") and bool(matrix.rows),
        number=number,
        pages=-(-matrix.total // SIZE),
        page_url=lambda to: _address(view, key, {"page": to}),
        only_one=only_one,
        action=_address(view, key, request.args),
        edit_url=lambda one: url_for(f"{view.endpoint}.edit", customer_pk=key, pk=one.id),
        back=led or profile_url(key),
        back_to=one.name if one is not None and led else customer,
    )


def _address(view: SafeView, key: Any, arguments: Any) -> str:
    """This page with the same rows."""
    kept = {name: arguments[name] for name in ("page", "contact") if name in arguments}
    if "contact" in kept:
        kept.update(kept_tab())
    return url_for(f"{view.endpoint}.who_gets_what", customer_pk=key, **kept)
