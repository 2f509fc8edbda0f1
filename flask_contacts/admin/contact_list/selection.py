"""Which contacts of the list a staff member has chosen for something."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import abort, flash, request

from ...i18n import _
from ...services.agent.listing import ListQuery
from ...services.agent.search_words import LONGEST
from .arguments import ListArguments, read_arguments

_IDS = re.compile(r"[1-9][0-9]{0,9}(,[1-9][0-9]{0,9})*", re.ASCII)
_LARGEST = 2**31


@dataclass(frozen=True)
class Selection:
    """Either ``ids``, as they were sent (not checked for who may see them), or everything
    that ``query`` matches, where ``ids`` is None."""

    ids: list[int] | None
    query: ListQuery
    arguments: ListArguments


def selection() -> Selection:
    """What this request has chosen; 404 for junk."""
    arguments = read_arguments(default_size=25)
    choose = request.values.get("choose", "selected")
    if choose == "matching":
        return Selection(None, arguments.query, arguments)
    if choose == "page":
        ids = listed_ids(request.values.get("shown", ""))
    else:
        ids = [one for text in request.values.getlist("contact") for one in listed_ids(text)]
    return Selection(list(dict.fromkeys(ids)), arguments.query, arguments)


def url_to_correct(arguments: ListArguments, path: str) -> str | None:
    """The list with a filter of this address that was not understood, and says so; None where
    there is none. Whatever would be done would be done to more contacts than was meant."""
    if not arguments.problems:
        return None
    flash(_("A filter of this address cannot be. Correct it first."), "danger")
    wrong = {name: request.values.get(name, "")[:LONGEST] for name in arguments.problems}
    return arguments.url(path, **wrong)


def listed_ids(text: str) -> list[int]:
    """Ids as a form lists them; junk is a page that is not there."""
    if not text:
        return []
    if not _IDS.fullmatch(text):
        abort(404)
    return [one for one in map(int, text.split(",")) if one < _LARGEST]
