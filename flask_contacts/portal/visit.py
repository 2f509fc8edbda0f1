"""Who visits the portal: the login world of contacts, apart from the staff's.

A contact is never ``current_user``, never in ``g``, and known only inside the portal:
what runs elsewhere cannot mistake a contact for staff, not even by accident.
"""

from __future__ import annotations

from typing import cast

from flask import has_request_context, request
from werkzeug.local import LocalProxy

from ..config import setting
from ..models import Contact
from ..services import sign_in
from ..services.sign_in import PortalVisit
from ..state import current_contacts

#: The name of the portal's blueprint; a host's portal blueprints are registered under it.
BLUEPRINT = "contacts_portal"

#: The cookie that carries the token of a portal session.
SESSION_COOKIE = "contacts_session"

# In the environ and not in ``g``: where several requests share an application context
# (tests do it), ``g`` would hand one visitor's identity to the next.
_VISIT = "flask_contacts.portal_visit"


def inside_portal() -> bool:
    """Whether this request belongs to the portal, by its blueprint or its path.

    The path counts too, because a 404 or a redirect under the prefix has no blueprint.
    """
    if not has_request_context():
        return False
    if BLUEPRINT in request.blueprints:
        return True
    prefix = setting("PORTAL_PREFIX")
    return request.path == prefix or request.path.startswith(f"{prefix}/")


def session_token() -> str | None:
    """The token that this request's cookie carries, whether it opens anything or not."""
    return request.cookies.get(SESSION_COOKIE) or None


def current_visit() -> PortalVisit | None:
    """The visit of this request, resolved once; None outside the portal or signed out."""
    if not inside_portal():
        return None
    if _VISIT not in request.environ:
        request.environ[_VISIT] = None  # a database that fails is not asked a second time
        token = session_token()
        if token is not None:
            request.environ[_VISIT] = sign_in.resolve(current_contacts.session, token)
    return cast("PortalVisit | None", request.environ[_VISIT])


def forget_visit() -> None:
    """Treat the rest of this request as signed out: for signing out and for a page after a
    fault, which must not ask the database again."""
    request.environ[_VISIT] = None


def _contact() -> Contact | None:
    visit = current_visit()
    return None if visit is None else visit.contact


#: The signed-in contact; falsy outside the portal and where nobody is signed in.
current_contact = cast(Contact, LocalProxy(_contact))
