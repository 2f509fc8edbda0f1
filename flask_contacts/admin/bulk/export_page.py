"""The way from contacts that are chosen in the list to a file of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, url_for

from ...i18n import _, _n
from ...services.agent.listing import count_matching
from ...services.chunks import MOST_AT_ONCE
from ...services.exporting.files import formats_here
from ...state import current_contacts
from ..contact_list.scope import current_scope
from ..contact_list.selection import selection, url_to_correct

if TYPE_CHECKING:
    from ..safe_view import Answer, SafeView


def ask(view: SafeView) -> Answer:
    """In which format; the links lead to the files."""
    asked = selection()
    back = asked.arguments.url(view.way_back())
    correct = url_to_correct(asked.arguments, view.way_back())
    if correct is not None:
        return redirect(correct)
    if asked.ids is not None and not asked.ids:
        flash(_("Nobody is selected. Tick some contacts first."), "warning")
        return redirect(back)
    chosen: dict[str, str | None] = {}
    if asked.ids is None:
        number = count_matching(current_contacts.session, current_scope(), asked.query)
    else:
        ids = asked.ids[:MOST_AT_ONCE]
        number, chosen = len(ids), {"choose": "selected", "contact": ",".join(map(str, ids))}
    formats = [
        (label, asked.arguments.url(url_for("ContactsExportView.export", kind=kind), **chosen))
        for kind, label in formats_here().items()
    ]
    all_of_them = _("Export all that match")
    exact = _n("Export %(num)d contact", "Export %(num)d contacts", number or 0)
    return view.page(
        "bulk_export",
        title=all_of_them if number is None else exact,
        formats=formats,
        back=back,
    )
