"""Files for whoever asks for them in a browser: of papers, and those that people uploaded."""

from __future__ import annotations

from io import BytesIO

from flask import Response, abort, send_file
from flask_babel import get_locale

from flask_contacts import Attachment, Document


def file_of(document: Document) -> Attachment | None:
    """The document's first file, in the language of the page; None where it has none."""
    return None if document.attachments is None else document.attachments(str(get_locale()))[0]


def as_download(document: Document) -> Response:
    """The document's first file, to be saved; 404 where it has none."""
    return send_attachment(file_of(document) or abort(404))


def send_attachment(file: Attachment) -> Response:
    """A file to be saved: nothing that somebody uploaded is opened in the page's own origin."""
    response = send_file(
        BytesIO(file.content), file.media_type, as_attachment=True, download_name=file.filename
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
