"""The language of the staff's pages, said to browsers and screen readers.

Flask-AppBuilder's frame opens with a bare ``<html>``, outside of every block that a
template could override.
"""

from __future__ import annotations

from flask import Flask, Response
from flask_babel import get_locale

_BARE, _SAID = b"<html>", '<html lang="{}">'


def html_language() -> str:
    """The page's language as HTML writes it, such as ``pt-BR``."""
    return str(get_locale() or "en").replace("_", "-")


def say_language(app: Flask) -> None:
    """Give every page of ``app`` its language, and templates ``html_language()``."""
    app.add_template_global(html_language)
    app.after_request(_say)


def _say(response: Response) -> Response:
    if response.mimetype == "text/html" and not response.is_streamed:
        page = response.get_data()
        if _BARE in page[:1000]:
            said = _SAID.format(html_language()).encode()
            response.set_data(page.replace(_BARE, said, 1))
    return response
