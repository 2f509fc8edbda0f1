"""Who visits the portal: the login world of contacts, apart from the staff's.

A contact is never ``current_user``, never in ``g``, and known only inside the portal:
what runs elsewhere cannot mistake a contact for staff, not even by accident.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, cast

from flask import has_request_context, request
from werkzeug.local import LocalProxy

from ..config import setting
from ..later import later
from ..models import Contact
from ..state import current_contacts

if TYPE_CHECKING:
    from ..services.access import view_as
    from ..services.access.view_as import EndedView, StaffVisit
    from ..services.accounts import sign_in
    from ..services.accounts.sign_in import PortalVisit
else:
    view_as = later("services.access.view_as")
    sign_in = later("services.accounts.sign_in")


#: The name of the portal's blueprint; a host's portal blueprints are registered under it.
BLUEPRINT = "contacts_portal"

#: The cookie that carries the token of a portal session.
SESSION_COOKIE = "contacts_session"

#: The cookie of staff who look at the portal as a contact; beside the one above it goes first.
VIEW_COOKIE = "contacts_view_as"

#: The page that sets up a second factor; where staff require one, the only page without it.
SET_UP_TWO_FACTOR = f"{BLUEPRINT}.account_two_factor_set_up"

# In the environ and not in ``g``: where several requests share an application context
# (tests do it), ``g`` would hand one visitor's identity to the next.
_VISIT = "flask_contacts.portal_visit"
_VIEW = "flask_contacts.portal_view"

_asked_about: ContextVar[Contact | None] = ContextVar("flask_contacts_asked_about", default=None)


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
    """The visit of this request, resolved once; None outside the portal or signed out.

    None too for who has to set up a second factor first, but on the page for that.
    """
    visit = _resolved_visit()
    if visit is None or not visit.must_set_up_two_factor:
        return visit
    return visit if request.endpoint == SET_UP_TWO_FACTOR else None


def must_set_up_two_factor() -> bool:
    """Whether the person who is signed in has to set up a second factor before anything else."""
    visit = _resolved_visit()
    return visit is not None and visit.must_set_up_two_factor


def _resolved_visit() -> PortalVisit | None:
    if not inside_portal():
        return None
    if _VISIT not in request.environ:
        request.environ[_VISIT] = None  # a database that fails is not asked a second time
        view, token = current_view(), session_token()
        if view is not None:
            # One that is over opens nothing, and least of all the viewer's own account.
            request.environ[_VISIT] = view if isinstance(view, view_as.StaffVisit) else None
        elif token is not None:
            request.environ[_VISIT] = sign_in.resolve(current_contacts.session, token)
    return cast("PortalVisit | None", request.environ[_VISIT])


def view_token() -> str | None:
    """The token of staff's view that this request's cookie carries, if any."""
    return request.cookies.get(VIEW_COOKIE) or None


def current_view() -> StaffVisit | EndedView | None:
    """Staff's view of this request, going on or over, resolved once; None without one (P8)."""
    if not inside_portal():
        return None
    if _VIEW not in request.environ:
        request.environ[_VIEW] = None
        token = view_token()
        if token is not None:
            request.environ[_VIEW] = view_as.resolve(current_contacts.session, token)
    return cast("StaffVisit | EndedView | None", request.environ[_VIEW])


def is_read_only() -> bool:
    """Whether staff look at this page as a contact, so that nothing may come of it.

    For a host's pages that note something when they are opened, such as "read".
    """
    visit = current_visit()
    return visit is not None and visit.viewed_by is not None


def forget_visit() -> None:
    """Treat the rest of this request as signed out: for signing out and for a page after a
    fault, which must not ask the database again."""
    request.environ[_VISIT] = None
    request.environ[_VIEW] = None


@contextmanager
def as_if(contact: Contact) -> Iterator[None]:
    """Let ``current_contact`` be ``contact`` inside the block, wherever that runs.

    To ask a module's own query what that contact would see; nobody is signed in by it.
    """
    token = _asked_about.set(contact)
    try:
        yield
    finally:
        _asked_about.reset(token)


def _contact() -> Contact | None:
    asked = _asked_about.get()
    if asked is not None:
        return asked
    visit = current_visit()
    return None if visit is None else visit.contact


#: The signed-in contact; falsy outside the portal and where nobody is signed in.
current_contact = cast(Contact, LocalProxy(_contact))
