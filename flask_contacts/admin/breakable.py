"""E-mail addresses as pages show them: broken after the @ and the dots, where they are long, and
leading to the reader's mail program."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

if TYPE_CHECKING:
    from flask import Flask

_BREAK = "<wbr>"
#: An e-mail address of which nothing is quoted in an address of the web.
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+@[A-Za-z0-9.-]+").fullmatch


def breakable_html(text: str) -> str:
    """``text`` escaped, with places where a browser may break the line."""
    safe = escape(text)
    return safe.replace("@", f"@{_BREAK}").replace(".", f".{_BREAK}")


def breakable(text: object) -> Markup:
    """The same as a filter for templates; nothing for None."""
    return Markup(breakable_html("" if text is None else str(text)))  # noqa: S704  escaped


def mail_to(address: str) -> str:
    """The address that opens the reader's mail program with a mail to this one; its ``@`` stays,
    as RFC 6068 writes it and mail programs expect."""
    return f"mailto:{address if _PLAIN(address) else quote(address, safe='@')}"


def add_filter(app: Flask) -> None:
    """Let templates say ``address|contacts_breakable`` and ``address|contacts_mail_to``."""
    app.jinja_env.filters.update(contacts_breakable=breakable, contacts_mail_to=mail_to)
