"""The words of the interface: every text that a person reads goes through here.

``_`` translates at once, ``_l`` when the text is shown, ``_n`` chooses the plural. ``_p`` and
``_lp`` take a context before the text: for words that Flask-AppBuilder has too and translates
otherwise, because its catalog goes before ours.
The catalogs are shipped in ``flask_contacts.translations`` and join the domain
``messages``, because Flask-AppBuilder's own templates translate our labels too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from flask import Flask, g
from flask_babel import (
    LazyString,
    force_locale,
    get_babel,
    gettext,
    lazy_pgettext as _lp,
    ngettext as _n,
    pgettext as _p,
)

__all__ = ["_", "_l", "_lp", "_n", "_p", "add_catalogs", "available_languages", "in_language"]


def _(text: str, /, **values: Any) -> str:
    """``text`` in the language of now, as Flask-Babel's ``gettext`` says it."""
    look_up = _catalog()
    if look_up is None:
        return str(gettext(text, **values))
    words = look_up(text)
    return words % values if values else words


def _l(text: str, /, **values: Any) -> LazyString:
    """The same, translated when it is shown."""
    return LazyString(_, text, **values)


def _catalog() -> Callable[[str], str] | None:
    """What looks words up in the language of now; None where Flask-Babel is to find it.

    It finds it for each word anew, which takes ten times as long as looking the word up. Here it
    stands beside the language and the domain that Flask-Babel has noted, for as long as they do.
    """
    try:
        noted = getattr(g._get_current_object(), "_flask_babel", None)
    except RuntimeError:  # no application is there
        return None
    locale, domain = getattr(noted, "babel_locale", None), getattr(noted, "babel_domain", None)
    if noted is None or locale is None or domain is None:
        return None
    kept: Any = getattr(noted, "contacts_catalog", None)
    if kept is None or kept[0] is not locale or kept[1] is not domain:
        noted.contacts_catalog = kept = (locale, domain, domain.get_translations().ugettext)
    look_up: Callable[[str], str] = kept[2]
    return look_up


def add_catalogs(app: Flask) -> None:
    """Put our catalogs under those of Flask-AppBuilder and the host.

    Later directories win, so a host's own wording overrides FAB's, and FAB's ours. FAB may have
    asked for a word by now, and what was read for its language knows nothing of ours.
    """
    directory = str(files("flask_contacts.translations"))
    babel = get_babel(app)
    if directory not in babel.translation_directories:
        babel.translation_directories.insert(0, directory)
        babel.instance.domain_instance.cache.clear()


def available_languages(app: Flask) -> tuple[str, ...]:
    """The language codes that the host offers (its ``LANGUAGES``), e.g. ``("en", "pt_BR")``."""
    return tuple(app.config.get("LANGUAGES") or {"en": {}})


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Translate into ``language`` (a code such as ``pt_BR``) inside the block.

    Works outside a request too, where mail is written.
    """
    with force_locale(language):
        yield
