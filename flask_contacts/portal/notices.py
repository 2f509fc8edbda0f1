"""Messages for the next portal page.

Not ``flask.flash``: its list is shared with the staff's pages in the same browser, and
whichever page comes first would show, or lose, the other world's messages.
"""

from __future__ import annotations

from typing import Any

from flask import request, session

_NOTICES = "_contacts_notices"


def notify(message: Any, category: str = "success") -> None:
    """Show ``message`` (may be lazy) on the next portal page.

    ``category`` is one of Bootstrap's: ``success``, ``info``, ``warning``, ``danger``.
    """
    session[_NOTICES] = [*session.get(_NOTICES, ()), (category, str(message))]


def take_notices() -> list[tuple[str, str]]:
    """The messages that wait, as (category, text); they are shown once, and not to HEAD."""
    if _NOTICES not in session or request.method == "HEAD":
        return []
    return [(str(category), str(text)) for category, text in session.pop(_NOTICES)]
