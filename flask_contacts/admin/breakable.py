"""E-mail addresses as pages show them: broken after the @ and the dots, where they are long."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from flask import Flask

_BREAK = "<wbr>"


def breakable_html(text: str) -> str:
    """``text`` escaped, with places where a browser may break the line."""
    safe = escape(text)
    return safe.replace("@", f"@{_BREAK}").replace(".", f".{_BREAK}")


def breakable(text: object) -> Markup:
    """The same as a filter for templates; nothing for None."""
    return Markup(breakable_html("" if text is None else str(text)))  # noqa: S704  escaped


def add_filter(app: Flask) -> None:
    """Let templates say ``address|contacts_breakable``."""
    app.jinja_env.filters["contacts_breakable"] = breakable
