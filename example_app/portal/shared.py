"""What the studio's portal pages share.

Each page is scoped to the contact's customer by ``PortalModelView``; drafts are nobody's
business but the studio's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from flask_contacts import Document
from flask_contacts.portal import PortalFile, PortalFilter, PortalModelView

from ..downloads import file_of
from ..formatting import PORTAL_FORMATTERS
from ..models.columns import DRAFT
from ..words import COLUMNS, STATUSES


class StudioPages(PortalModelView):
    """Our labels and formatters."""

    formatters_columns = PORTAL_FORMATTERS
    label_columns = COLUMNS


class PaperPages(StudioPages):
    """Papers with a status: a draft is not sent, so it is not shown."""

    def query(self) -> Any:
        """The customer's papers without drafts."""
        return super().query().where(self.datamodel.obj.status != DRAFT)


def pdf_of(make_document: Callable[[Any], Document]) -> PortalFile:
    """The paper that staff would send, as a download in the language of the page."""
    return PortalFile(
        "pdf", _l("Download PDF"), lambda record: file_of(make_document(record)), "file-earmark-pdf"
    )


def by_status(
    column: str, statuses: Iterable[str], words: Mapping[str, Any] = STATUSES
) -> PortalFilter:
    """A filter that offers these statuses in words; a draft is not one of them."""
    return PortalFilter(column, choices={one: words[one] for one in statuses if one != DRAFT})
