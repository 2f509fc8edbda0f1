"""What the send dialog fetches: contacts while one types, and the files."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from flask import abort, current_app, jsonify, request, send_file

from ...errors import InvalidInput
from ...i18n import available_languages
from ...services.mailing import document_letters, document_recipients
from ...state import current_contacts

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from ...documents import Document

#: What a browser shows without running anything that stands in it.
_SHOWN_INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})


def contacts(document: Document, text: str) -> Response:
    """Contacts of the document's customer, as JSON, at most ten."""
    found = document_recipients.search(current_contacts.session, document, text)
    answer = jsonify(
        contacts=[
            {
                "id": one.id,
                "name": one.name,
                "email": one.email,
                "sentence": one.sentence,
                "reachable": one.is_reachable,
                "wants_no_mail": one.wants_no_mail,
            }
            for one in found
        ]
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def file(document: Document) -> Response:
    """One of the document's files, in the language asked for; 404 where there is none."""
    language, number = request.args.get("language", ""), request.args["file"]
    if language not in available_languages(current_app):
        abort(404)
    try:
        files = document_letters.files(document, language)
    except InvalidInput:
        abort(404)
    found = [one for position, one in enumerate(files) if str(position) == number]
    if not found:
        abort(404)
    answer = send_file(
        BytesIO(found[0].content),
        mimetype=found[0].media_type,
        as_attachment=found[0].media_type.lower() not in _SHOWN_INLINE,
        download_name=found[0].filename,
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
