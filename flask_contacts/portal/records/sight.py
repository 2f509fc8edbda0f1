"""Whether a contact would see one record: asked by staff, answered by the pages' own query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from flask import current_app, request
from markupsafe import escape
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from ...later import later
from ...models import Contact
from ...record_keys import typed_key
from ...state import current_contacts
from ..visit import BLUEPRINT, as_if

if TYPE_CHECKING:
    from ...services.access import records
    from ...services.access.records import RecordAnswer
    from .model_view import PortalModelView
else:
    records = later("services.access.records")


def judge(views: Mapping[str, PortalModelView]) -> Callable[[Contact, str, str], RecordAnswer]:
    """The function that judges with the portal's own ``views``, by their modules' names.

    It takes the contact, a module's name, and a record's key or its address in the portal or
    in the staff's pages, which names the module itself. The contact's permissions do not
    count here.
    """

    def judged(contact: Contact, module: str, typed: str) -> RecordAnswer:
        key = typed.strip()
        if "/" in key:
            found = _of_address(key, views, module)
            if found is None:
                return records.RecordAnswer("no_address", module)
            module, key = found
        view = views.get(module)
        return (
            records.RecordAnswer("no_pages", module)
            if view is None
            else _judged(contact, view, key)
        )

    return judged


def _judged(contact: Contact, view: PortalModelView, key: str) -> RecordAnswer:
    module, column = view.module.name, getattr(view.model, view.key)
    wanted = typed_key(key, column.type)
    if wanted is None:
        return records.RecordAnswer("no_id", module)
    with as_if(contact):
        seen = _first(view.records().where(column == wanted))
    if seen is not None:
        return records.RecordAnswer("visible", module, _title(view, seen))
    record = _first(select(view.model).where(column == wanted))
    if record is None:
        return records.RecordAnswer("no_such_record", module)
    owner = getattr(record, view.scope.customer_column)
    if owner is None or owner != contact.customer_id:
        return records.RecordAnswer("other_customer", module, owner_id=owner)
    whose = view.scope.contact_column
    if whose is not None and not contact.is_primary and getattr(record, whose) != contact.id:
        addressed_to = getattr(record, whose)
        return records.RecordAnswer(
            "own_records", module, _title(view, record), addressed_to=addressed_to
        )
    return records.RecordAnswer("filtered", module, _title(view, record))


def _first(statement: Any) -> Any:
    return current_contacts.session.scalars(statement).unique().first()


def _title(view: PortalModelView, record: Any) -> str:
    return escape(view.title(record)).striptags()


def _of_address(
    text: str, views: Mapping[str, PortalModelView], chosen: str
) -> tuple[str, str] | None:
    """The module and the key in the address of a record's page, or of one below it."""
    try:
        path = unquote(urlsplit(text).path.removeprefix(request.script_root))
        endpoint, values = current_app.url_map.bind("").match(path)
    except (HTTPException, ValueError):
        return None
    if "pk" not in values:
        return None
    name = endpoint.removeprefix(f"{BLUEPRINT}.")
    if name == endpoint:
        modules = _of_staff_page(endpoint, views)
        found = chosen if chosen in modules else next(iter(modules), None)
    else:
        found = max((one for one in views if name.startswith(f"{one}_")), key=len, default=None)
    return None if found is None else (found, str(values["pk"]))


def _of_staff_page(endpoint: str, views: Mapping[str, PortalModelView]) -> list[str]:
    """The modules that show what a page of one record shows to staff, by the model of both."""
    page, _, action = endpoint.partition(".")
    if action not in {"show", "edit"}:
        return []
    models = [
        one.datamodel.obj
        for one in current_contacts.appbuilder.baseviews
        if one.endpoint == page and getattr(one, "datamodel", None) is not None
    ]
    return [name for name, view in views.items() if view.model in models]
