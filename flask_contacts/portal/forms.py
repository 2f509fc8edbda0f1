"""What the portal's few forms share."""

from __future__ import annotations

from typing import Any

from ..i18n import _, _n

#: Messages by field; those under the empty name belong to the form as a whole.
FormErrors = dict[str, list[Any]]


def too_many_attempts(seconds: int) -> str:
    """How long to wait, in words (rounded up to a minute)."""
    minutes = max(1, -(-seconds // 60))
    wait = _n("%(num)s minute", "%(num)s minutes", minutes)
    return str(_("Too many attempts. Please try again in %(wait)s.", wait=wait))
