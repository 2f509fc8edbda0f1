"""The address of a contact that was merged leads to the contact that it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from ...later import later
from ...models import Contact
from ...state import current_contacts
from ..contact_visibility import visible
from ..safe_view import SafeView

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException

    from ...services.merging import trail
else:
    trail = later("services.merging.trail")


def present_of(contact_id: int) -> Contact | None:
    """What a former contact is now, where this staff member may see it."""
    session = current_contacts.session
    pk = trail.survivor_of(session, contact_id)
    if pk is None:
        return None
    query = (
        select(Contact).where(Contact.id == pk, visible()).options(lazyload(Contact.permissions))
    )
    return session.scalars(query).first()


class MergedAddresses(SafeView):
    """A page of a contact that is not there any more: the same page of what it is now.

    Only pages that are read: a form that was sent to a contact that is gone changes nothing.
    """

    def _problem(self, error: HTTPException) -> Any:
        if error.code == 404 and request.method in {"GET", "HEAD"}:
            arguments: dict[str, Any] = dict(request.view_args or {})
            pk = arguments.get("pk")
            present = present_of(pk) if isinstance(pk, int) else None
            if present is not None and request.endpoint:
                arguments["pk"] = present.id
                if "customer_pk" in arguments:
                    arguments["customer_pk"] = present.customer_id
                return redirect(url_for(request.endpoint, **arguments) + _query())
        return super()._problem(error)


def _query() -> str:
    """The query as it came: given to ``url_for``, some of its arguments would steer that."""
    pairs = list(request.args.items(multi=True))
    return f"?{urlencode(pairs)}" if pairs else ""
