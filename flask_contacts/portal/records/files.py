"""Files of a record, made or read when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import send_file, url_for
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ...documents import Attachment
from ...errors import InvalidFilename
from ...later import later
from ...record_keys import typed_key
from ..visit import BLUEPRINT
from . import columns, related_lists
from .file_kinds import safe_filename

if TYPE_CHECKING:
    from . import scope as records
    from .model_view import PortalModelView
else:
    records = later("portal.records.scope")


def always(_record: Any) -> bool:
    """True: the condition of what is offered for every record."""
    return True


@dataclass(frozen=True)
class PortalFile:
    """A file that a record's page offers at ``/<module>/<pk>/files/<name>``.

    ``load(record)`` makes or reads it, in the language of the page; where it gives None
    there is no such file (404). ``condition(record)`` says whether it is offered at all.
    ``icon`` is the name of one of Bootstrap's.
    """

    name: str
    label: Any
    load: Callable[[Any], Attachment | None]
    icon: str = "download"
    condition: Callable[[Any], bool] = always


class FileLink(NamedTuple):
    """A file as the record's page shows it."""

    label: str
    icon: str
    url: str


def file_links(view: PortalModelView, record: Any) -> list[FileLink]:
    """The files that the record has."""
    key = getattr(record, view.key)
    endpoint = f"{BLUEPRINT}.{view.module.name}_file"
    return [
        FileLink(str(one.label), one.icon, url_for(endpoint, pk=key, name=one.name))
        for one in view.files
        if one.condition(record)
    ]


def file_page(view: PortalModelView, pk: str, name: str) -> Response:
    """One of the record's files; 404 for a record or a file that is not there."""
    wanted = next((one for one in view.files if one.name == name), None)
    record = view.find(pk)
    if wanted is None or not wanted.condition(record):
        raise NotFound
    return as_download(_made(wanted.load, record))


def related_file(view: PortalModelView, pk: str, attr: str, child_pk: str) -> Response:
    """The file of a record in a related list, found through the one that it belongs to."""
    wanted = next((one for one in view.related_lists if one.attr == attr), None)
    if wanted is None or wanted.download is None:
        raise NotFound
    record = view.find(pk)
    target = related_lists.target_of(view.model, wanted)
    key = getattr(target, columns.key_column(target))
    child_key = typed_key(child_pk, key.type)
    if child_key is None:
        raise NotFound
    statement = related_lists.statement_of(record, wanted, select(target)).where(key == child_key)
    found = records.load(statement, target, wanted.columns)
    if not found or not wanted.can_download(found[0]):
        raise NotFound
    return as_download(_made(wanted.download, found[0]))


def _made(make: Callable[[Any], Attachment | None], record: Any) -> Attachment | None:
    """The record's file; a name made of what somebody typed is cleaned where it has to be."""
    try:
        return make(record)
    except InvalidFilename as invalid:
        # "2026/1" is no path here: nothing of it is left out.
        name = safe_filename(str(invalid.filename or "").replace("/", "-").replace("\\", "-"))
        return Attachment(name, invalid.content, invalid.media_type)


def as_download(file: Attachment | None) -> Response:
    """The file for saving, never for showing in the page; 404 for None."""
    if file is None:
        raise NotFound
    response = send_file(
        BytesIO(file.content),
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.filename,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
