"""What every view of ours does before it works, whatever the host sets.

A POST needs a token; refusals are pages with a way back; nothing in a query string is
a server error; lists have a largest page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from flask import abort, current_app, flash as flash_text, g, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, generate_csrf, validate_csrf
from markupsafe import Markup
from sqlalchemy import inspect
from werkzeug.exceptions import HTTPException
from wtforms.validators import ValidationError

from ..config import setting
from ..errors import DatabaseBusy
from ..i18n import _, _l
from ..record_keys import typed_key
from . import fab, query_arguments
from .held_permissions import holds_now
from .page_words import page_context
from .request_local import RequestLocalFilters

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    Answer = Response | tuple[str, int]

LARGEST_PAGE = 100
_TITLES = {
    400: _l("Nothing was saved"),
    403: _l("This is not open to you"),
    404: _l("There is nothing here"),
}
_TEXTS = {
    400: _l(
        "This form was open for too long, or it was not sent from its own page. "
        "Open it again and save once more."
    ),
    403: _l("Your role does not allow this. Ask an administrator if you need it."),
    404: _l("It does not exist, or it is not yours to see."),
}


def csrf_input() -> Markup:
    """The hidden field that every form of ours carries."""
    name = _csrf_field()
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, generate_csrf())


def allowed(view: Any, permission: str) -> bool:
    """Whether the signed-in staff member holds ``can_<permission>`` on a view of ours."""
    return holds_now(f"can_{permission}", view.class_permission_name)


def flash(message: str, category: str) -> None:
    """Flask's ``flash``, for a message that may be ``Markup``: words with links.

    Flask's own session tells HTML that may stand as it is from text; a server's store, such as
    Flask-Session's, may refuse to keep it. There the words go without their links.
    """
    in_cookie = isinstance(current_app.session_interface, SecureCookieSessionInterface)
    if isinstance(message, Markup) and not in_cookie:
        message = message.striptags()
    flash_text(message, category)


def require_known_fields(known: set[str]) -> None:
    """Refuse a form with a field that its page does not have (422): nothing is mass-assigned."""
    if set(request.form) - known - {_csrf_field()}:
        abort(422, _("This form has a field that its page does not have."))


class SafeView(fab.BaseView):
    """A base for our views that are no FAB ModelViews."""

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        """As FAB's, with our guards in front of every route."""
        blueprint = super().create_blueprint(appbuilder, endpoint, static_folder)
        blueprint.before_request(require_token)
        blueprint.before_request(lambda: query_arguments.check(self))
        blueprint.before_request(lambda: _require_possible_key(self))
        for status in (400, 403, 404, 422):
            blueprint.register_error_handler(status, self._problem)
        blueprint.register_error_handler(DatabaseBusy, self._busy)
        return blueprint

    def is_get_mutation_allowed(self) -> bool:
        """Only a POST changes anything (FAB would let HEAD delete)."""
        return request.method == "POST"

    def render_template(self, template: str, **context: Any) -> str:
        """As FAB's, with the words of the page looked up at once, and where they begin."""
        return super().render_template(template, **{**page_context(), **context})

    def page(self, template: str, status: int = 200, **context: Any) -> tuple[str, int]:
        """A page of ours in FAB's frame."""
        template = f"flask_contacts/admin/{template}.html"
        return self.render_template(template, csrf_input=csrf_input(), **context), status

    def way_back(self) -> str:
        """Where a refused request leads back to."""
        url: str = self.appbuilder.get_url_for_index
        return url

    def _problem(self, error: HTTPException) -> tuple[str, int]:
        if "user" not in g:  # a host's CSRFProtect may refuse before FAB has looked who it is
            self.appbuilder.sm.before_request()
        status = error.code or 400
        text = _TEXTS.get(status, error.description)
        if status == 400 and not isinstance(error, CSRFError):
            text = error.description
        context = {"title": _TITLES.get(status, _TITLES[400]), "text": text}
        return self.page("problem", status, back=self.way_back(), **context)

    def _busy(self, error: DatabaseBusy) -> tuple[str, int]:
        text = _("The database is busy. Go back and try again in a moment.")
        return self.page("problem", 503, title=_TITLES[400], text=text, back=self.way_back())


class SafeModelView(RequestLocalFilters, SafeView, fab.ModelView):
    """A base for FAB ModelViews: request-local filters besides the guards of SafeView.

    Hosts may use it for theirs, in place of ``ModelView``; FAB's delete buttons carry a
    token only where the host has set up ``CSRFProtect``.
    """

    def _get_list_widget(self, **options: Any) -> dict[str, Any]:
        size: int = options.get("page_size") or self.page_size
        options["page_size"] = min(size, LARGEST_PAGE)
        return super()._get_list_widget(**options)


def _csrf_field() -> str:
    return str(current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"))


def _require_possible_key(view: Any) -> None:
    """404 for a key in the address that no row can have: the database would raise."""
    pk, datamodel = (request.view_args or {}).get("pk"), getattr(view, "datamodel", None)
    if not isinstance(pk, str) or datamodel is None:
        return
    keys = inspect(datamodel.obj).primary_key
    if len(keys) == 1 and typed_key(pk, keys[0].type) is None:
        abort(404)


def require_token() -> None:
    """Refuse (``CSRFError``, 400) a request that changes something without a valid token."""
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        try:
            # A form left open over lunch keeps what was typed into it.
            validate_csrf(
                request.form.get(_csrf_field()), time_limit=setting("SESSION_IDLE_SECONDS")
            )
        except ValidationError as error:
            _refuse(error)


def _refuse(error: ValidationError) -> NoReturn:
    raise CSRFError(str(error)) from error
