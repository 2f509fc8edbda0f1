"""The language of a portal page: the contact's, else the browser's, else the default."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import get_babel

from ..i18n import available_languages
from .visit import current_visit


def choose_language() -> str:
    """One of the host's ``LANGUAGES`` for this request."""
    offered = {_tag(code): code for code in available_languages(current_app)}
    visit = current_visit()
    if visit is not None and visit.contact.language:
        chosen = offered.get(_tag(visit.contact.language))
        if chosen is not None:
            return chosen
    best = request.accept_languages.best_match(list(offered))
    if best is not None:
        return offered[best]
    default = str(get_babel(current_app).default_locale)
    return offered.get(_tag(default), default)


def _tag(code: str) -> str:
    """``pt_BR`` as browsers write it, ``pt-br``."""
    return code.replace("_", "-").lower()
