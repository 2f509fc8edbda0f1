"""Credit notes in the portal: who may see invoices may see them (BEHAVIOUR P3).

They belong to the permission Invoices, and so they are no module of their own: a page beside
it, as a host writes one.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlalchemy import Select, select

from flask_contacts.portal import current_contact, portal_page

from ..database import db
from ..downloads import as_download
from ..models import CreditNote
from ..models.columns import DRAFT
from ..sendable import credit_note_document

SIZE = 25
_KEY = re.compile(r"[1-9][0-9]{0,8}")

blueprint = Blueprint("credit_notes", __name__, url_prefix="/portal/credit-notes")


@blueprint.get("/")
@portal_page("invoices")
def page() -> str:
    """The customer's credit notes, the newest first, a page at a time."""
    wanted = _own().order_by(CreditNote.id.desc()).limit(SIZE + 1)
    before = request.args.get("before")
    if before is not None:
        if not _KEY.fullmatch(before):
            abort(404)
        wanted = wanted.where(CreditNote.id < int(before))
    found = db.session.scalars(wanted).all()
    older = url_for(".page", before=found[SIZE - 1].id) if len(found) > SIZE else None
    return render_template(
        "example_app/portal/credit_notes.html",
        notes=found[:SIZE],
        older_url=older,
        is_first=before is None,
    )


@blueprint.get("/<int(max=2147483647):pk>/pdf")
@portal_page("invoices")
def pdf(pk: int) -> Response:
    """One of them as a file; 404 for another customer's and for a draft."""
    note = db.session.scalars(_own().where(CreditNote.id == pk)).first()
    return as_download(credit_note_document(note or abort(404)))


def _own() -> Select[tuple[CreditNote]]:
    """Those of the contact's customer that were issued."""
    return select(CreditNote).where(
        CreditNote.customer_id == (current_contact.customer_id or 0), CreditNote.status != DRAFT
    )
