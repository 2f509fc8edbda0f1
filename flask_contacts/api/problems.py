"""What went wrong, as JSON: the same words as at the fields of a form."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request, url_for
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, default_exceptions

from ..errors import (
    ContactInUse,
    ContactsError,
    DatabaseBusy,
    InvalidInput,
    NotFound,
    SilencesTopics,
    SuccessorRequired,
)
from ..i18n import _
from ..later import later
from ..services.transaction import is_locked

if TYPE_CHECKING:
    from ..services.mailing import silent_topics
    from . import form_words, json_text, schemas
else:
    silent_topics = later("services.mailing.silent_topics")
    form_words = later("api.form_words")
    json_text = later("api.json_text")
    schemas = later("api.schemas")


#: What the services call by a form's names; what is wrong with the state of the contact in the
#: address is told at ``contact``.
OURS = {
    "manager_id": "manager", "account_manager_id": "account_manager",
    "active": "contact", "archived": "contact",
}  # fmt: skip
Errors = Mapping[str, Sequence[object]]
_MOST_NAMED = 60
#: So many seconds later the database may have time.
_RETRY_AFTER = "1"


class Refused(Exception):
    """The request is answered with a problem: ``status``, ``message``, and ``errors`` by field."""

    def __init__(self, status: int, message: object, errors: Errors | None = None) -> None:
        super().__init__(str(message))
        self.status, self.message, self.errors = status, message, errors


class LeadsOn(Exception):
    """The contact of the address was merged into another, whose key it is."""

    def __init__(self, pk: int) -> None:
        super().__init__(str(pk))
        self.pk = pk


def refused_fields(errors: Errors, status: int = 422) -> Refused:
    """What was sent cannot be taken, for these reasons."""
    return Refused(status, _("This cannot be taken as it is. See errors for the reasons."), errors)


def misfit(schema: Mapping[str, Any]) -> str:
    """What a value would have to be, where it does not fit ``schema``."""
    match schema:
        case {"format": "date"} | {"pattern": schemas.DAY_PATTERN}:
            return _("Type a date as year-month-day, such as 1985-06-30.")
        case {"minimum": least, "maximum": most}:
            return _("Use a whole number from %(least)s to %(most)s.", least=least, most=most)
        case {"enum": names} | {"items": {"enum": names}}:
            return none_of(names)
        case {"type": "boolean"}:
            return none_of(("true", "false"))
        case _:
            return none_of(())


def none_of(names: Collection[str | None]) -> str:
    """That a value is none of these, which are named unless they are many."""
    if not 0 < len(names) <= _MOST_NAMED:
        return _("This is none of the values that are possible here.")
    listed = ", ".join("null" if one is None else one for one in names)
    return _("This is none of the values that are possible here: %(names)s.", names=listed)


def problem(status: int, message: object, errors: Errors | None = None) -> dict[str, Any]:
    """A problem as the answer has it."""
    body: dict[str, Any] = {"message": _encodable(message)}
    if errors is not None:
        body["errors"] = {
            _encodable(name): [_encodable(text) for text in texts] for name, texts in errors.items()
        }
    return body


def _encodable(text: object) -> str:
    """A text that any way of writing JSON takes: half a pair of UTF-16 is spelt out."""
    return str(text).encode("utf-8", "backslashreplace").decode()


def of_service(error: ContactsError) -> tuple[int, dict[str, Any]]:
    """Status and body for what a service raised; an error that is not foreseen is raised again."""
    silences: list[str] = []
    match error:
        case NotFound():
            return 404, not_found()
        case InvalidInput():
            refusal = refused_fields(_at_our_names(error.errors))
        case SuccessorRequired():
            refusal = refused_fields({"successor": [_("Choose who becomes the primary contact.")]})
        case SilencesTopics():
            silences = list(error.topics)
            labels = ", ".join(str(topic.label) for topic in silent_topics.in_order(silences))
            text = _("Nobody would get mail about this any more: %(topics)s.", topics=labels)
            refusal = refused_fields({"silences": [text]})
        case ContactInUse():
            rows = ", ".join(f"{count} {name}" for name, count in error.tables.items()) or "–"
            text = _("Nothing was changed. In the way: %(rows)s.", rows=rows)
            refusal = refused_fields({"contact": [text]})
        case DatabaseBusy():
            return 503, busy()
        case _:
            raise error
    body = problem(refusal.status, refusal.message, refusal.errors)
    return refusal.status, {**body, "silences": silences} if silences else body


def not_found() -> dict[str, Any]:
    """The same for what is not there and for what is not to be seen."""
    return problem(404, _("It does not exist, or it is not yours to see."))


def busy() -> dict[str, Any]:
    """The database is locked: the same for what is read and what is written."""
    return problem(503, _("The database is busy. Try again in a moment."))


def stranger() -> Refused:
    """No valid token and no valid key was sent."""
    return Refused(401, _("Sign in: send a valid token of /api/v1/security/login."))


def forbidden() -> Refused:
    """The caller's roles do not allow it."""
    return Refused(403, _("Your role does not allow this. Ask an administrator if you need it."))


def register(blueprint: Any) -> None:
    """Answer a blueprint's errors with JSON; no other part of the application is touched.

    Flask asks the host's handler for a status before a blueprint's for all errors, so ours
    stands at each status.
    """
    for status in default_exceptions:
        blueprint.register_error_handler(status, _http)
    blueprint.register_error_handler(Refused, as_response)
    blueprint.register_error_handler(LeadsOn, _elsewhere)
    blueprint.register_error_handler(ContactsError, _service)
    blueprint.register_error_handler(JWTExtendedException, _stranger)
    blueprint.register_error_handler(PyJWTError, _stranger)
    blueprint.register_error_handler(OperationalError, _of_database)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _fault)


def answer(status: int, body: Mapping[str, Any]) -> Response:
    """A problem as a response; one that passes says when to try again."""
    response = json_text.respond(body, status)
    if status == 503:
        response.headers["Retry-After"] = _RETRY_AFTER
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def as_response(error: Refused) -> Response:
    """A refusal as a response."""
    return answer(error.status, problem(error.status, error.message, error.errors))


def _elsewhere(error: LeadsOn) -> Response:
    arguments = {**(request.view_args or {}), "pk": error.pk}
    moved = problem(308, _("The contact was merged into another."))
    body = {**moved, "merged_into": error.pk}
    response = answer(HTTPStatus.PERMANENT_REDIRECT, body)
    response.location = url_for(str(request.endpoint), **arguments)
    return response


def astray(error: HTTPException) -> Response:
    """404, or 405 with the methods that there are."""
    if not isinstance(error, MethodNotAllowed):
        return answer(404, not_found())
    response = _http(error)
    response.allow.update(error.valid_methods or ())
    return response


def _at_our_names(errors: Errors) -> Errors:
    """The reasons by the API's names of the fields, and in its words."""
    return {
        OURS.get(name, name): [form_words.of_api(name, text) for text in texts]
        for name, texts in errors.items()
    }


def _service(error: ContactsError) -> Response:
    return answer(*of_service(error))


def _stranger(error: Exception) -> Response:
    return as_response(stranger())


def _of_database(error: OperationalError) -> Response:
    return answer(503, busy()) if is_locked(error) else _fault(error)


def _http(error: HTTPException) -> Response:
    if error.code is None or error.response is not None:
        return error.get_response()  # type: ignore[return-value]
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return answer(error.code, problem(error.code, _("What was sent is larger than 1 MiB.")))
    return answer(error.code, problem(error.code, error.name))


def _fault(error: Exception) -> Response:
    """No SQL and no path leaves the house; the log has it all."""
    if current_app.config["PROPAGATE_EXCEPTIONS"] or current_app.testing:
        raise error
    current_app.logger.error("an answer of the API failed", exc_info=error)
    return answer(500, problem(500, _("Something went wrong; the log says what.")))
