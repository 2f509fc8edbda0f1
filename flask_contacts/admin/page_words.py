"""The words of a page, looked up in one catalog: it is chosen once for the page.

The ``_`` of Flask-Babel asks for each word anew who reads it and in what language, which is
a quarter of the time of a page of a hundred words. The one here stands in the context of a
page of ours, so the frame around it, the menu and what it includes use it too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template
from flask_babel import get_locale, get_translations
from markupsafe import Markup


def page_words() -> Callable[..., Markup]:
    """The ``_`` of one page, in the language of now; what is put into a text is escaped."""
    look_up = get_translations().ugettext
    known: dict[str, Markup] = {}

    def translated(text: Any, **values: Any) -> Markup:
        text = str(text)  # a label of the menu is translated each time that it is compared
        words = known.get(text)
        if words is None:
            words = known[text] = Markup(look_up(text))  # noqa: S704  as Jinja's own
        return words % values if values or "%" in words else words

    return translated


def text_direction() -> str:
    """``rtl`` where the page's language is written from right to left, else ``ltr``.

    Flask-AppBuilder's frame does not say it; our part of the page does.
    """
    locale = get_locale()
    return "ltr" if locale is None else str(locale.text_direction)


def page_context() -> dict[str, Any]:
    """What every page of ours wants of its context: its words, and where they begin."""
    return {"_": page_words(), "direction": text_direction()}


def render(template: str, **context: Any) -> str:
    """A template of a part of a page, such as a tab, with words looked up like the page's."""
    return render_template(template, **{"_": page_words(), **context})
