"""What the form of the list's columns offers, written once for each choice and language."""

from __future__ import annotations

from markupsafe import Markup

from ...services.agent.question import SIZES
from ..kept_parts import kept_part
from ..page_words import render
from .columns import Choice, labels


def column_fields(choice: Choice) -> Markup:
    """Its fields as HTML, with what is chosen now."""
    return kept_part(("column_fields", *choice.names, choice.size), lambda: _written(choice))


def _written(choice: Choice) -> Markup:
    html = render(
        "flask_contacts/admin/contact_list_columns.html",
        choice=choice, labels=labels(), sizes=SIZES,
    )  # fmt: skip
    return Markup(html)  # noqa: S704  of a template, which escapes
