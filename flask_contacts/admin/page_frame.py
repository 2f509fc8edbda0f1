"""The parts of Flask-AppBuilder's frame that are alike on page after page, written once.

Its menu asks for an address and a word for each entry, and its head for an address of each
style sheet: more than half of the time of an empty page. What they are made of is the key they
are kept by: the reader's name and language, the entries that the reader may open now, asked
anew for each page, and where the application is mounted. So nobody sees an entry longer than it
is open. Where the templates are not those that were read for this (a host's own, another
release of Flask-AppBuilder), or where addresses are made in a host's way, they are written
anew for each page as ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from flask import Flask, current_app, g, session
from flask_login import current_user
from jinja2 import TemplateNotFound, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from . import fab
from .held_permissions import menu_filter
from .kept_parts import kept_part, makes_plain_addresses

_STORE = "flask_contacts.page_frame_is_known"
_LAYOUT = "appbuilder/baselayout.html"
#: Flask-AppBuilder's templates that were read, by the digests of their texts.
READ = {
    "appbuilder/init.html": "63cd58ec542d996fa33839b677cbe2c089da35a0085222ad01b2bfcb8a119cb8",
    _LAYOUT: "105fed33362428021ec5e86fa17a25dac8fad972b567c1cb0b3fdb3af821cf07",
    "appbuilder/baselib.html": "c1979e69d6471f5b156a22af4a93d6b6e796136f15757240df19f69f4545660b",
    "appbuilder/navbar.html": "140e7b7ef55a8b66b8adfa25bec7703fb07ad4ffc6c9f2e374e1f2914744de07",
    "appbuilder/navbar_menu.html": (
        "c80d05552fa166cfb60a766f857def9b6d602b8983c8fbc9dc50c9c29fb0ca1c"
    ),
    "appbuilder/navbar_right.html": (
        "0a7b39c996f2f3a1e425e9cc811c1a6c1bdc1aa34d2dc792aa10084e654bd4b8"
    ),
}
Write = Callable[[], Markup]


def quicken_frame(app: Flask) -> None:
    """Let the frame of our pages ask here."""
    app.jinja_env.globals.update(
        contacts_navbar=navbar, contacts_styles=styles, contacts_scripts=scripts
    )


@pass_context
def navbar(context: Context, write: Write) -> Markup:
    """The menu; ``write`` is what writes it anew."""
    if current_user.is_anonymous:
        return write()
    entries = _visible_entries(context)
    if entries is None:
        return write()
    builder = context["appbuilder"]
    made_of = (session.get("locale"), g.user.get_full_name(), builder.app_icon, entries)
    return _part(context, ("navbar", *made_of), write)


@pass_context
def styles(context: Context, write: Write) -> Markup:
    """The links to style sheets; ``write`` is what writes them anew."""
    return _part(context, ("styles", context["appbuilder"].app_theme), write)


@pass_context
def scripts(context: Context, block: str, write: Write) -> Markup:
    """The scripts of a block of Flask-AppBuilder's; ``write`` is what writes them anew, as for
    each page where a script needs a word that is said once (a nonce)."""
    return write() if "csp_nonce" in context else _part(context, ("scripts", block), write)


def _part(context: Context, made_of: tuple[Hashable, ...], write: Write) -> Markup:
    is_usual = context["base_template"] == _LAYOUT and context["url_for"] == current_app.url_for
    if not is_usual or not _is_known():
        return write()
    return kept_part((*made_of, context["appbuilder"].app_name), write)


def _visible_entries(context: Context) -> tuple[Any, ...] | None:
    """What the menu would show now; None where a part of it is of a kind of the host's."""
    is_visible = menu_filter(current_app)
    found = tuple(_entries(context["appbuilder"].menu.get_list(), is_visible))
    if not all(type(one) is fab.MenuItem for one in found):
        return None
    return tuple((one, str(one.label), one.icon, one.href) for one in found)


def _entries(items: Any, is_visible: Callable[[Any], bool]) -> Iterator[Any]:
    for item in items:
        if is_visible(item):
            yield item
            yield from (one for one in item.childs if one and _shows(one, is_visible))


def _shows(item: Any, is_visible: Callable[[Any], bool]) -> bool:
    return item.name == "-" or is_visible(item)


def _is_known() -> bool:
    """Whether the frame is made of what was read, and addresses the way that Flask makes them."""
    app: Any = current_app
    is_known: bool | None = app.extensions.get(_STORE)
    if is_known is None:
        is_known = makes_plain_addresses() and all(
            _digest(app, name) == digest for name, digest in READ.items()
        )
        app.extensions[_STORE] = is_known
    return is_known


def _digest(app: Flask, name: str) -> str | None:
    loader = app.jinja_env.loader
    try:
        text = loader.get_source(app.jinja_env, name)[0] if loader is not None else ""
    except TemplateNotFound:
        return None
    return hashlib.sha256(text.encode()).hexdigest()
