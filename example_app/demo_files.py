"""Small files for the demo, made when it is filled: a picture, a PDF file, a table, a text."""

from __future__ import annotations

import struct
import zlib

from fpdf import FPDF

from flask_contacts.portal import Uploaded

_PNG = b"\x89PNG\r\n\x1a\n"
_CSV = "day,oven,loaves\nMonday,1,140\nMonday,2,96\nTuesday,1,152\nTuesday,2,101\n"


def demo_file(name: str) -> Uploaded:
    """A file of the kind that its name says."""
    content, media_type = {
        "png": (_picture, "image/png"),
        "pdf": (_paper, "application/pdf"),
        "csv": (_table, "text/csv"),
        "txt": (_text, "text/plain"),
    }[name.rpartition(".")[2]]
    return Uploaded(name, content(name), media_type)


def _picture(name: str, width: int = 320, height: int = 200) -> bytes:
    """Stripes, in colours that follow from the name."""
    seed = zlib.crc32(name.encode())
    colours = [bytes((seed >> shift) % 160 + 80 for shift in (0, 7, 14)), b"\xf4\xea\xd8"]
    row = b"\0" + b"".join(colours[column // 20 % 2] for column in range(width))
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height, 9)),
        (b"IEND", b""),
    )
    return _PNG + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _paper(name: str) -> bytes:
    paper = FPDF()
    paper.add_page()
    paper.set_font("Helvetica", size=24)
    paper.cell(text="Northwind Studio")
    return bytes(paper.output())


def _table(name: str) -> bytes:
    return _CSV.encode()


def _text(name: str) -> bytes:
    return b"Steps to see it: open the shop at five past midnight, order a rye.\n"
