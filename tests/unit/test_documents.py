"""What a host may give to be sent, and what is refused at once."""

from __future__ import annotations

from typing import Any

import pytest

from flask_contacts import Attachment, Document
from flask_contacts.errors import ConfigError, InvalidInput

VALUES: dict[str, Any] = {"name": "Invoice 1", "template": "invoice", "values": {}}


@pytest.mark.parametrize(
    "name", ["a.pdf", "Fatura nº 1 – Ødegård.pdf", "請求書.pdf", "a b (1).txt"]
)
def test_names_of_files(name: str) -> None:
    """Any language, with spaces."""
    assert Attachment(name, b"x").filename == name


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "a/b", "../a", "a\\b", "a\r\nBcc: x", "a\x00", "a\u2028b", "a\ud800",
     "fdp.\u202exe.pdf", "x" * 201, None],
)  # fmt: skip
def test_what_is_no_name_of_a_file(name: Any) -> None:
    """No path, no control character, no reversal of the reading direction (1.3.11)."""
    with pytest.raises(InvalidInput) as caught:
        Attachment(name, b"x")
    assert list(caught.value.errors) == ["attachments"]


@pytest.mark.parametrize(
    "media_type", ["", "pdf", "text/", "text/plain; charset=x", "a/b\r\nX: y", "message/rfc822",
                   "multipart/mixed", "Multipart/mixed"],
)  # fmt: skip
def test_what_is_no_media_type(media_type: str) -> None:
    """Nothing that ends up elsewhere in the header, nothing that holds other parts."""
    with pytest.raises(ConfigError, match=r"C051"):
        Attachment("a.pdf", b"x", media_type)


def test_content_is_bytes() -> None:
    """Text has no encoding yet."""
    with pytest.raises(ConfigError, match=r"C050"):
        Attachment("a.txt", "x", "text/plain")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields",
    [
        {"customer_id": 1},
        {"customer_id": "0001", "topic": "invoice", "key": "invoice:1"},
        {"customer_id": 0, "contact_id": 5},
        {"address": ("Lee", "lee@example.com"), "key": "Angebot für Zoë"},
    ],
)
def test_documents(fields: dict[str, Any]) -> None:
    """To a customer, whatever its key, or to an address."""
    assert Document(**VALUES, **fields).attachments is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "C053"),
        ({"customer_id": 1, "address": ("Lee", "lee@example.com")}, "C053"),
        ({"address": ("Lee", "lee@example.com"), "topic": "invoice"}, "C054"),
        ({"address": ("Lee", "lee@example.com"), "contact_id": 1}, "C054"),
        ({"customer_id": 1, "key": "x" * 121}, "C055"),
        ({"customer_id": 1, "key": "a\nb"}, "C055"),
        ({"customer_id": 1, "name": " "}, "C052"),
    ],
)
def test_documents_that_cannot_be(fields: dict[str, Any], code: str) -> None:
    """A mistake of the host's says what to do."""
    with pytest.raises(ConfigError, match=code):
        Document(**{**VALUES, **fields})
