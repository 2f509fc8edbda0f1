"""A form's field for files: checked by content and size, handed over as plain bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from flask import Flask, current_app, request
from flask_babel import format_decimal
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import Form, MultipleFileField
from wtforms.fields.core import UnboundField
from wtforms.widgets import FileInput

from ...config import setting
from ...errors import ConfigError
from ...i18n import _
from ..protection import SAFE_METHODS
from ..visit import BLUEPRINT, inside_portal
from .file_kinds import KINDS, extension_of, is_what_it_says, safe_filename

#: What a field takes if it does not say: pictures, PDF, text and office files.
USUAL_KINDS = tuple(name for name in KINDS if name != "zip")
#: The attribute of a view that says which forms its page takes.
FORMS = "contacts_forms"
_MOST_FILES = 5
_OTHER_FIELDS = 2 * 1024 * 1024


class Uploaded(NamedTuple):
    """A file that a contact sent: ``filename`` is safe to show and to serve, ``media_type``
    is told from the content, never from what the browser said."""

    filename: str
    content: bytes
    media_type: str


class UploadField(MultipleFileField):
    """A field of a WTForms form that takes files; ``data`` is a list of :class:`Uploaded`.

    ``most_files`` limits their number (1 makes it a field for a single file), ``max_bytes``
    the size of each (default: ``CONTACTS_UPLOAD_MAX_BYTES``), ``kinds`` are the extensions
    that are taken, of :data:`flask_contacts.portal.records.file_kinds.KINDS`. The content has to be
    what the extension says. What is wrong is said at the field; the good files are not kept
    then either, because a browser cannot fill them in again.
    Raises :class:`ConfigError` for a kind that is unknown.
    """

    def __init__(
        self,
        label: Any = None,
        validators: Sequence[Any] | None = None,
        *,
        most_files: int = _MOST_FILES,
        max_bytes: int | None = None,
        kinds: Iterable[str] = USUAL_KINDS,
        **options: Any,
    ) -> None:
        self.kinds = tuple(kinds)
        # A browser then offers what can be taken, also in templates of the host's.
        accept = ",".join(f".{kind}" for kind in self.kinds)
        options["render_kw"] = {"accept": accept, **(options.get("render_kw") or {})}
        options.setdefault("widget", FileInput(multiple=most_files > 1))
        super().__init__(label, validators, **options)
        self.most_files = most_files
        self.max_bytes = max_bytes
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown:
            raise ConfigError(
                "contacts.C035",
                f"The field {self.short_name!r} takes files of an unknown kind {unknown[0]!r}.",
                f"Use some of {', '.join(KINDS)}.",
            )

    @property
    def limit(self) -> int:
        """The largest file that is taken, in bytes."""
        return int(setting("UPLOAD_MAX_BYTES") if self.max_bytes is None else self.max_bytes)

    @property
    def hint(self) -> str:
        """What can be sent, in words."""
        kinds = ", ".join(kind.upper() for kind in self.kinds if kind != "jpeg")
        size = _size(self.limit)
        if self.most_files == 1:
            return str(_("One file, at most %(size)s. %(kinds)s.", size=size, kinds=kinds))
        return str(
            _(
                "At most %(count)s files, each at most %(size)s. %(kinds)s.",
                count=self.most_files,
                size=size,
                kinds=kinds,
            )
        )

    @property
    def was_sent(self) -> bool:
        """Whether files came with the request: a page that shows the form again says that
        they have to be chosen anew."""
        return any(getattr(one, "filename", None) for one in self.raw_data or ())

    def process_data(self, value: Any) -> None:
        """Files of a record are no default: a form always starts without any."""
        self.data: list[Uploaded] = []

    def populate_obj(self, obj: Any, name: str) -> None:
        """Nothing: where files are kept is the host's to say, in ``create`` or ``update``."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read and check what was sent."""
        sent = [one for one in valuelist if isinstance(one, FileStorage) and one.filename]
        if len(sent) > self.most_files:
            raise ValueError(_("Choose at most %(count)s files.", count=self.most_files))
        problems = []
        for one in sent:
            try:
                self.data.append(self._uploaded(one))
            except ValueError as problem:
                problems.append(str(problem))
        if problems:
            self.data = []
            raise ValueError(" ".join(problems))

    def _uploaded(self, sent: FileStorage) -> Uploaded:
        name = safe_filename(sent.filename or "")
        content = sent.stream.read(self.limit + 1)
        if not content:
            raise ValueError(_("“%(name)s” is empty.", name=name))
        if len(content) > self.limit:
            raise ValueError(
                _("“%(name)s” is larger than %(size)s.", name=name, size=_size(self.limit))
            )
        extension = extension_of(name)
        if extension not in self.kinds:
            raise ValueError(_("“%(name)s” is of a kind that is not taken here.", name=name))
        if not is_what_it_says(name, content):
            raise ValueError(
                _(
                    "“%(name)s” is not what its name says. Save it again as %(kind)s.",
                    name=name,
                    kind=extension.upper(),
                )
            )
        return Uploaded(name, content, KINDS[extension].media_type)


class _AnyUpload(Form):
    """What a page of the host's may take, which does not say it."""

    files = UploadField()


def limit_requests(app: Flask) -> None:
    """Have every request to the portal limited before anything reads its form.

    A host's ``CSRFProtect`` reads it first of all, so this goes before what the host has
    set up already; what it sets up later comes later.
    """
    app.before_request_funcs.setdefault(None, []).insert(0, refuse_too_large)


def refuse_too_large() -> None:
    """A ``before_request`` function: refuse what no form of the page could take.

    Anybody could fill the disk otherwise where the host sets no ``MAX_CONTENT_LENGTH``.
    What tells its size is refused unread; what does not is read up to the limit. A smaller
    limit of the host's holds. Raises 413.
    """
    if request.method in SAFE_METHODS or not inside_portal():
        return
    limit, hosts = _most_bytes(), current_app.config.get("MAX_CONTENT_LENGTH")
    request.max_content_length = limit if hosts is None else min(limit, hosts)
    if (request.content_length or 0) > request.max_content_length:
        raise RequestEntityTooLarge


def _most_bytes() -> int:
    forms = getattr(current_app.view_functions.get(request.endpoint or ""), FORMS, None)
    if forms is None:
        is_hosts = request.blueprint is not None and request.blueprint != BLUEPRINT
        forms = [_AnyUpload] if is_hosts else []
    return max((largest_request(form) for form in forms), default=_OTHER_FIELDS)


def upload_fields(form: type[Form]) -> dict[str, UnboundField]:
    """The fields for files of a form's class, by name."""
    found = {name: getattr(form, name, None) for name in dir(form)}
    return {
        name: field
        for name, field in found.items()
        if isinstance(field, UnboundField) and issubclass(field.field_class, UploadField)
    }


def largest_request(form: type[Form]) -> int:
    """The bytes above which a request of this form is refused unread (413).

    Twice of all that could be good: a file that is too large, or one file too many, is
    still read, so that the page can say so at its field and keep what was typed.
    """
    whole = 0
    for field in upload_fields(form).values():
        most = field.kwargs.get("most_files", _MOST_FILES)
        whole += (most + 1) * (field.kwargs.get("max_bytes") or setting("UPLOAD_MAX_BYTES"))
    return int(2 * whole) + _OTHER_FIELDS


def _size(count: int) -> str:
    for unit, name in ((1024 * 1024, "MiB"), (1024, "KiB")):
        if count >= unit:
            return f"{format_decimal(round(count / unit, 1))} {name}"
    return str(_("%(count)s bytes", count=count))
