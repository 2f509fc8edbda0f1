"""The contacts that were chosen in the list for something that is asked about first.

The page that asks knows the list's arguments by its address, and so does the form on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort, flash, request, url_for
from sqlalchemy import Integer

from ...i18n import _
from ...record_keys import typed_key
from ...services.agent.listing import matching_ids
from ...services.chunks import MOST_AT_ONCE
from ...state import current_contacts
from .arguments import ListArguments, read_arguments
from .scope import current_scope
from .selection import listed_ids, selection, url_to_correct

if TYPE_CHECKING:
    from ..safe_view import SafeView

_SIZE = 25


@dataclass(frozen=True)
class Chosen:
    """``ids`` as they were chosen, not checked for who may see them; ``rest`` is the id after
    which more match, or None. ``back`` is the list as it was."""

    ids: list[int]
    rest: int | None
    back: str


def chosen(view: SafeView) -> Chosen:
    """What this request has chosen in the list, at most 500; says so where that is nobody, and
    where the address has a filter that is not understood: then nobody is chosen."""
    asked, rest = selection(), None
    correct = url_to_correct(asked.arguments, view.way_back())
    if correct is not None:
        return Chosen([], None, correct)
    ids = asked.ids
    if ids is None:
        after = _key("rest") or 0
        ids, rest = matching_ids(
            current_contacts.session, current_scope(), asked.query, after, MOST_AT_ONCE
        )
    if not ids:
        flash(_("Nobody is selected. Tick some contacts first."), "warning")
    return Chosen(ids[:MOST_AT_ONCE], rest, _list_url(view, asked.arguments))


def posted(view: SafeView) -> Chosen:
    """What the form of the page that asks has sent on; 400 for nobody."""
    ids = listed_ids(request.form.get("contacts", ""))
    if not ids or len(ids) > MOST_AT_ONCE:
        abort(400, _("Choose at least one contact, and at most 500."))
    return Chosen(ids, _key("rest"), _list_url(view, read_arguments(_SIZE)))


def address(view: SafeView, method: str, *, rest: int | None = None) -> str:
    """Another page of the view with the list's arguments; ``rest``: about the next ones."""
    more = {} if rest is None else {"choose": "matching", "rest": str(rest)}
    return read_arguments(_SIZE).url(url_for(f"{view.endpoint}.{method}"), **more)


def _list_url(view: SafeView, arguments: ListArguments) -> str:
    return arguments.url(view.way_back())


def _key(name: str) -> int | None:
    text = request.values.get(name)
    if not text:
        return None
    key: int | None = typed_key(text, Integer())
    if key is None:
        abort(404)
    return key
