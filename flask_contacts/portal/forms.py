"""What the portal's few forms share."""

from __future__ import annotations

from typing import Any, TypeVar

from werkzeug.wrappers import Response

from ..i18n import _, _n

#: Messages by field; those under the empty name belong to the form as a whole.
FormErrors = dict[str, list[Any]]

_BUSY_SECONDS = 10


def too_many_attempts(seconds: int) -> str:
    """How long to wait, in words (rounded up to a minute)."""
    minutes = max(1, -(-seconds // 60))
    wait = _n("%(num)s minute", "%(num)s minutes", minutes)
    return str(_("Too many attempts. Please try again in %(wait)s.", wait=wait))


def too_busy() -> str:
    """What a page says where the database was locked for too long."""
    return str(_("Too much is going on at this moment. Nothing was changed. Please try again."))


ResponseT = TypeVar("ResponseT", bound=Response)


def try_later(response: ResponseT) -> ResponseT:
    """Say to programs too when a page that was too busy is worth another try."""
    response.headers["Retry-After"] = str(_BUSY_SECONDS)
    return response
