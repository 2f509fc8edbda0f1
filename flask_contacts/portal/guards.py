"""The wall between the two login worlds, from the staff's side (DESIGN 1).

Flask-Login and Flask-AppBuilder's choice of language know nothing of the portal. Their
callbacks are wrapped: inside the portal they answer nobody and write nothing, elsewhere
they do what they did before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_babel import get_babel
from flask_login import LoginManager

from .language import choose_language
from .visit import inside_portal


def keep_staff_out(manager: LoginManager) -> None:
    """Let ``manager`` find no staff user inside the portal."""
    manager.user_loader(_nobody_inside(manager.user_callback))
    # Installing one where there was none would switch off Flask-Login's header loader.
    if manager.request_callback is not None:
        manager.request_loader(_nobody_inside(manager.request_callback))


def keep_languages_apart(app: Flask) -> None:
    """Choose the language inside the portal by the contact, elsewhere as before.

    Flask-AppBuilder's selector writes its choice into the session, which both worlds
    share: one visit to the portal would change the language of the staff's pages.
    """
    babel = get_babel(app)
    former: Callable[[], str | None] | None = babel.locale_selector

    def select_language() -> str | None:
        if inside_portal():
            return choose_language()
        return former() if former is not None else None

    babel.locale_selector = select_language


def _nobody_inside(former: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    def load(key: Any) -> Any:
        if former is None or inside_portal():
            return None
        return former(key)

    return load
