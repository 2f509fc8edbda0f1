"""The fields of the filters of CRM → Customer contacts, written once for each language.

A list that nothing narrows shows them as they always are: a hundred words and choices, which
would be a sixth of the time of its page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import request
from markupsafe import Markup

from ...services.agent.search_words import LONGEST
from ..kept_parts import kept_part
from ..page_words import render
from .arguments import FILTERS
from .chips import choices

if TYPE_CHECKING:
    from ..safe_view import SafeView
    from .arguments import ListArguments


def filter_fields(view: SafeView, arguments: ListArguments) -> Markup:
    """Their HTML, with what the address asks for."""
    if arguments.problems or any(arguments.values.get(name) for name in FILTERS):
        return _written(view, arguments, request.args)
    made_of = ("filter_fields", view.endpoint)
    return kept_part(made_of, lambda: _written(view, arguments, {}))


def _written(view: SafeView, arguments: ListArguments, texts: Mapping[str, str]) -> Markup:
    html = render(
        "flask_contacts/admin/contact_list_fields.html",
        values=arguments.values,
        problems=arguments.problems,
        candidates=[
            (name, value, words, arguments.url(**{name: value}))
            for name, found in arguments.candidates.items()
            for value, words in found
        ],
        choices=choices(),
        texts=texts,
        longest=LONGEST,
        endpoint=view.endpoint,
    )
    return Markup(html)  # noqa: S704  of a template, which escapes
