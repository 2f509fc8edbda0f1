"""Who finds the pages of colleagues in the portal (BEHAVIOUR P5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import abort, request
from werkzeug.exceptions import Forbidden

from ...errors import NotFound
from ...services.company.rights import Asker, NotPermitted, is_primary
from ...services.settings import COLLEAGUES
from ..access import portal_page
from ..account.pages import visitor
from ..form_owner import OWNER_FIELD
from ..protection import token_field
from ..visit import current_visit, is_read_only

View = TypeVar("View", bound=Callable[..., Any])
T = TypeVar("T")


def manages_colleagues() -> bool:
    """Whether the visitor looks after the colleagues: the primary contact, where staff allow it."""
    visit = current_visit()
    return (
        visit is not None
        and not is_read_only()
        and is_primary(visit.contact)
        and COLLEAGUES in visit.primary_rights
    )


def colleague_page(view: View) -> View:
    """Guard a page: for the primary contact alone, where staff allow it; 403 for others.

    The service asks again when something is changed.
    """

    @portal_page()
    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if not manages_colleagues():
            raise Forbidden
        return view(*args, **values)

    return cast(View, guarded)


def asker() -> Asker:
    """The visitor, as the services know who asks."""
    return Asker.of(visitor().contact, request.remote_addr)


def permitted(work: Callable[[], T]) -> T:
    """Do it, or answer: 404 for who is no colleague, 403 for who may not (any more)."""
    try:
        return work()
    except NotFound:
        abort(404)
    except NotPermitted:
        abort(403)


def require_fields(*known: str) -> None:
    """Refuse (422) a form that posts anything besides its token and what it has."""
    if set(request.form) - {token_field(), OWNER_FIELD, *known}:
        abort(422)


def key_of(pk: str) -> int:
    """The id in an address; 404 for what is none."""
    if not pk.isascii() or not pk.isdigit() or len(pk) > 10:
        abort(404)
    return int(pk)
