"""The words that the present application has: for modules, topics and languages."""

from __future__ import annotations

from collections.abc import Collection

from flask import current_app

from ..i18n import available_languages
from ..state import current_contacts


def permission_names() -> Collection[str]:
    """The permissions that contacts may hold."""
    return list(current_contacts.registry.permissions)


def topic_names() -> Collection[str]:
    """The topics that contacts may have on."""
    return list(current_contacts.registry.topics)


def language_names() -> Collection[str]:
    """The languages that contacts may have."""
    return available_languages(current_app)
