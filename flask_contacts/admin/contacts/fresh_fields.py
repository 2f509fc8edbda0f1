"""The fields of a form that opens empty, written once: they are the same for every new contact.

A form of three dozen fields, each with its label and its help, takes half of the time of its
page. One that holds something of a person, or what somebody typed, is written as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from markupsafe import Markup

from ..kept_parts import kept_part

Write = Callable[[], Markup]


def fresh_fields(made_of: Hashable | None) -> Callable[[Write], Markup]:
    """What a template calls with its fields (``{% call kept() %}``); ``made_of`` is all that
    they depend on beside the application and the language, None: they hold something."""

    def kept(caller: Write) -> Markup:
        return caller() if made_of is None else kept_part(("fresh_fields", made_of), caller)

    return kept
