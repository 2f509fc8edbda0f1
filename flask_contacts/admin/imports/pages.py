"""The two forms of an import: choosing a file, and saying what its columns are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import abort, request
from sqlalchemy import Integer

from ...i18n import _
from ...models import ContactImport
from ...record_keys import typed_key
from ...services.importing import reading, reports, steps
from ...services.importing.columns import product_of
from ...services.importing.file_refused import IN_BROWSER
from ...state import current_contacts
from ..customers.search import offered_customers
from ..moments import moment_element
from . import report as import_report
from .form import FileForm, column_names
from .importer import visible_imports

if TYPE_CHECKING:
    from ..safe_view import Answer, SafeView

_SHOWN_OF_A_CELL = 50


def file_page(
    view: SafeView, form: FileForm, file_errors: Sequence[Any] = (), status: int = 200
) -> Answer:
    """Choose a file; the former imports."""
    after = key_argument("after")
    found, rest = reports.list_imports(current_contacts.session, visible_imports(), after)
    return view.page(
        "imports",
        status,
        title=_("Import contacts"),
        form=form,
        file_errors=file_errors,
        found=found,
        rest=rest,
        is_first=after is None,
        states=import_report.STATES,
        outcomes=steps.OUTCOMES,
        badges=import_report.BADGES,
        limits=IN_BROWSER,
        format_datetime=moment_element,
        missing=reading.missing_formats(),
        endpoint=view.endpoint,
    )


def columns_page(view: SafeView, found: ContactImport, form: Any, status: int = 200) -> Answer:
    """Which column is which field, with what the first rows hold."""
    samples = reports.first_rows(current_contacts.session, found.id)
    names = column_names(found)
    return view.page(
        "import_columns",
        status,
        title=found.filename,
        found=found,
        form=form,
        names=names,
        samples={
            name: [_shortened(cells[place]) for cells in samples if len(cells) > place]
            for place, name in enumerate(names)
        },
        product=product_of(found.headers),
        customers=offered_customers(None),
        can_create="create_customers" in form,
        can_invite="invite" in form,
        endpoint=view.endpoint,
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_OF_A_CELL else f"{text[:_SHOWN_OF_A_CELL]}…"


def key_argument(name: str) -> int | None:
    """A key in the address; junk is a page that is not there."""
    text = request.args.get(name)
    key: int | None = typed_key(text, Integer()) if text else None
    if text and key is None:
        abort(404)
    return key
