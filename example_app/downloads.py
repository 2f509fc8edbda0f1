"""A document's file for whoever asks for it in a browser, in the language of the page."""

from __future__ import annotations

from io import BytesIO

from flask import Response, abort, send_file
from flask_babel import get_locale

from flask_contacts import Document


def as_download(document: Document) -> Response:
    """The document's first file; 404 where it has none."""
    if document.attachments is None:
        abort(404)
    file = document.attachments(str(get_locale()))[0]
    return send_file(
        BytesIO(file.content), file.media_type, as_attachment=True, download_name=file.filename
    )
