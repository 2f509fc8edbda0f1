"""The words of the interface: every text that a person reads goes through here.

``_`` translates at once, ``_l`` when the text is shown, ``_n`` chooses the plural. ``_p`` and
``_lp`` take a context before the text: for words that Flask-AppBuilder has too and translates
otherwise, because its catalog goes before ours.
The catalogs are shipped in ``flask_contacts.translations`` and join the domain
``messages``, because Flask-AppBuilder's own templates translate our labels too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from flask import Flask
from flask_babel import (
    force_locale,
    get_babel,
    gettext as _,
    lazy_gettext as _l,
    lazy_pgettext as _lp,
    ngettext as _n,
    pgettext as _p,
)

__all__ = ["_", "_l", "_lp", "_n", "_p", "add_catalogs", "available_languages", "in_language"]


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
