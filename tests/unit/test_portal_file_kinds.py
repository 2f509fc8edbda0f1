"""What files really are, and names that harm nobody."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, strategies as st

from flask_contacts import Attachment
from flask_contacts.portal.records.file_kinds import KINDS, is_what_it_says, safe_filename

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def archive(*names: str, first: bytes = b"") -> bytes:
    """A zip archive with these entries; ``first`` is the content of an entry ``mimetype``."""
    written = BytesIO()
    with ZipFile(written, "w") as file:
        if first:
            file.writestr("mimetype", first)
        for name in names:
            file.writestr(name, "x")
    return written.getvalue()


WORD = archive("[Content_Types].xml", "word/document.xml")
EXCEL = archive("xl/workbook.xml", "[Content_Types].xml")
ODT = archive("content.xml", first=KINDS["odt"].media_type.encode())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.4\n"),
        ("A.PDF", b"%PDF-1.4\n"),
        ("a.png", PNG),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("a.jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
        ("a.gif", b"GIF89a..."),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 "),
        ("a.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"),
        ("a.txt", b"plain\r\nwords\t"),
        ("a.txt", "schön".encode()),
        ("a.txt", "schön".encode("cp1252")),
        ("a.txt", "schön".encode("utf-16")),
        ("a.csv", b"a;b\n1;2\n"),
        ("a.docx", WORD),
        ("a.xlsx", EXCEL),
        ("a.pptx", archive("ppt/presentation.xml")),
        ("a.odt", ODT),
        ("a.zip", archive("x")),
    ],
)
def test_a_file_is_what_it_says(name: str, content: bytes) -> None:
    """Every kind is known by its content."""
    assert is_what_it_says(name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PNG),
        ("a.png", b"%PDF-1.4\n"),
        ("a.jpg", PNG),
        ("a.pdf", b"<html><script>"),
        ("a.png", b"<svg onload=alert(1)>"),
        ("a.txt", PNG),
        ("a.txt", b"MZ\x90\x00\x03"),
        ("a.txt", b"a\x00b"),
        ("a.txt", b"\xff\xfea"),
        ("a.csv", b"\x81\x8d"),
        ("a.docx", EXCEL),
        ("a.docx", archive("x")),
        ("a.docx", archive("word/document.xml", "word/vbaProject.bin")),
        ("a.docx", b"PK\x03\x04 and no archive"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a.odt", WORD),
        ("a.ods", ODT),
        ("a.zip", b"PK\x03\x04"),
        ("a.pdf", archive("x")),
        ("a.html", b"<html>"),
        ("a.svg", b"<svg>"),
        ("a.pdf.exe", b"%PDF-1.4"),
        ("pdf", b"%PDF-1.4"),
        ("a.", b"x"),
        ("", b"x"),
        ("a.pdf", b""),
    ],
)
def test_a_file_is_not_what_it_says(name: str, content: bytes) -> None:
    """Another kind, a kind that is not known, macros, no archive: not taken."""
    assert not is_what_it_says(name, content)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\plan.pdf", "plan.pdf"),
        ("a/b\\..\\c.txt", "c.txt"),
        ("pla\x00n\r\n.pdf", "plan.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200b\ufeffb.txt", "ab.txt"),
        ("a\u2028b\u00a0 c.txt", "a b c.txt"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        (".htaccess", "htaccess"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        ("   .pdf", "pdf"),
        ("CON.txt", "_CON.txt"),
        ("lpt1", "_lpt1"),
        ("e\u0301.txt", "é.txt"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("x." + "y" * 300, ("x." + "y" * 300)[:150]),
        ("schön – nº 7.pdf", "schön – nº 7.pdf"),
    ],
)
def test_a_safe_name(name: str, safe: str) -> None:
    """No path, no character that hides or commands, no device; the rest stays."""
    assert safe_filename(name) == safe


@given(st.text(st.characters(codec=None), max_size=400))
def test_any_name_becomes_one_that_an_attachment_takes(name: str) -> None:
    """Whatever was sent can be shown, stored in 150 characters and served again."""
    safe = safe_filename(name)
    assert 0 < len(safe) <= 150
    assert not any(unicodedata.category(char)[0] == "C" for char in safe)
    assert not set(safe) & set('/\\<>:"|?*')
    assert safe_filename(safe) == safe
    assert Attachment(safe, b"x").filename == safe
