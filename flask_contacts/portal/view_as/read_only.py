"""What staff cannot do while they look at the portal as a contact: the one place (BEHAVIOUR P8).

Everything of ours is closed unless it is named here or belongs to a module, so that a new page
is closed too. A host's own pages are open for reading. What they write when they are only
opened nobody can stop from here: they ask ``flask_contacts.portal.is_read_only()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from flask import current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from ...errors import ReadOnlyView
from ...i18n import in_language
from ...later import later
from ...state import current_contacts
from ..access import GUARDED_MODULE
from ..pages_later import itself
from ..protection import SAFE_METHODS
from ..visit import BLUEPRINT, current_view

if TYPE_CHECKING:
    from ...services.access import view_as
    from ...services.access.view_as import StaffVisit
    from . import pages
else:
    pages = later("portal.view_as.pages")
    view_as = later("services.access.view_as")


#: Pages of ours, besides those of the modules, that may be read.
READABLE = {f"{BLUEPRINT}.dashboard", f"{BLUEPRINT}.not_found"}
_END = f"{BLUEPRINT}.end_view"
#: What a page is made of; anything else is a file. Pictures and fonts are only as static
#: files: a picture that a view gives may be a contact's own.
_PAGE_TYPES = ("text/html", "text/css", "text/javascript", "application/javascript")
_PAGE_KINDS = ("image/", "font/")
#: Headers by which the web server in front sends a file in place of the answer.
_SENT_BY_SERVER = ("X-Accel-Redirect", "X-Sendfile", "X-Lighttpd-Send-File")


def check_view() -> Response | None:
    """A ``before_request`` function: refuse what a view does not allow, and a view that is over."""
    view = current_view()
    if view is None:
        return None
    if isinstance(view, view_as.EndedView):
        return pages.over_page(view)
    if request.endpoint == _END:
        return None
    if request.method not in SAFE_METHODS:
        return _refuse(view, "change")
    return None if _is_readable() else _refuse(view, "own")


def keep_files_back(response: Response) -> Response:
    """An ``after_request`` function: no file leaves, whichever page would give it."""
    view = current_view()
    if not isinstance(view, view_as.StaffVisit) or not _is_file(response):
        return response
    response.close()
    return _refuse(view, "file")


def show_refusal(error: ReadOnlyView) -> Response:
    """The answer of a page that asked for what is the contact's own alone, and was not closed."""
    view = current_view()
    if not isinstance(view, view_as.StaffVisit):
        raise error
    return _refuse(view, "own")


def _is_readable() -> bool:
    if request.endpoint in READABLE or len(request.blueprints) > 1:
        return True
    view = current_app.view_functions[request.endpoint or ""]
    return getattr(itself(view), GUARDED_MODULE, None) in current_contacts.registry.modules


def _is_file(response: Response) -> bool:
    if any(name in response.headers for name in _SENT_BY_SERVER) or _leads_away(response):
        return True
    disposition = response.headers.get("Content-Disposition", "").strip().lower()
    if disposition.startswith("attachment"):
        return True
    kind = response.mimetype or ""
    if kind.startswith(_PAGE_KINDS):
        return (request.endpoint or "").rpartition(".")[2] != "static"
    return kind not in _PAGE_TYPES


def _leads_away(response: Response) -> bool:
    """Whether it sends the browser to another origin: a signed address of a file, say."""
    location = response.headers.get("Location", "").strip().replace("\\", "/")
    there = urlsplit(urljoin(request.url, location))
    here = urlsplit(request.url)
    return (there.scheme, there.netloc) != (here.scheme, here.netloc)


def _refuse(view: StaffVisit, what: str) -> Response:
    """The page that says why; ``what`` was refused: a ``change``, a page that is the contact's
    ``own``, or a ``file``."""
    viewer = view.viewed_by
    current_app.logger.info(
        "view-as of contact %s by staff %s: %s refused", view.contact.id, viewer.staff_id, what
    )
    with in_language(viewer.language):
        page = render_template(
            "flask_contacts/portal/view_as_refused.html", contact=view.contact, what=what
        )
    return make_response(page, 403)
