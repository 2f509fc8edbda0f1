"""Files that people send: what they really are, and a name that harms nobody."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from io import BytesIO
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

_LONGEST_NAME = 150
_LONGEST_EXTENSION = 12
_FORBIDDEN = frozenset('<>:"/\\|?*')
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10)}
)
_ZIP = b"PK\x03\x04"
_TEXT = "text"
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f")


class FileKind(NamedTuple):
    """What a file with an extension is served as, and what its content has to be.

    ``content`` is the media type that its first bytes tell, ``"text"``, or a folder that
    an Office file (a zip archive) has.
    """

    media_type: str
    content: str


_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

#: The kinds of files that :class:`UploadField` can take, by their extension.
KINDS: Mapping[str, FileKind] = {
    "pdf": FileKind("application/pdf", "application/pdf"),
    "png": FileKind("image/png", "image/png"),
    "jpg": FileKind("image/jpeg", "image/jpeg"),
    "jpeg": FileKind("image/jpeg", "image/jpeg"),
    "gif": FileKind("image/gif", "image/gif"),
    "webp": FileKind("image/webp", "image/webp"),
    "heic": FileKind("image/heic", "image/heic"),
    "txt": FileKind("text/plain", _TEXT),
    "csv": FileKind("text/csv", _TEXT),
    "docx": FileKind(f"{_OOXML}wordprocessingml.document", "word/"),
    "xlsx": FileKind(f"{_OOXML}spreadsheetml.sheet", "xl/"),
    "pptx": FileKind(f"{_OOXML}presentationml.presentation", "ppt/"),
    "odt": FileKind(f"{_ODF}text", f"{_ODF}text"),
    "ods": FileKind(f"{_ODF}spreadsheet", f"{_ODF}spreadsheet"),
    "odp": FileKind(f"{_ODF}presentation", f"{_ODF}presentation"),
    "zip": FileKind("application/zip", "application/zip"),
}


def extension_of(filename: str) -> str:
    """The extension in lower case without its dot; empty if there is none."""
    return filename.rpartition(".")[2].lower() if "." in filename else ""


def is_what_it_says(filename: str, content: bytes) -> bool:
    """Whether the content is of the kind that the name's extension promises."""
    kind = KINDS.get(extension_of(filename))
    if kind is None:
        return False
    if kind.content == _TEXT:
        return is_text(content)
    if content.startswith(_ZIP):
        return _is_archive_of(kind.content, content)
    import filetype  # type: ignore[import-untyped]  # noqa: PLC0415  not needed to start

    return bool(filetype.guess_mime(content) == kind.content)


def is_text(content: bytes) -> bool:
    """Whether the bytes are text: UTF-8, UTF-16 with its mark, or one byte a letter."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decodes(content, "utf-16")
    if _CONTROLS & set(content):
        return False
    return _decodes(content, "utf-8") or _decodes(content, "cp1252")


def safe_filename(name: str) -> str:
    """``name`` as a plain file's name: no path, no character that hides or commands.

    At most 150 characters, the extension kept; ``file`` where nothing is left.
    """
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(
        "_" if char in _FORBIDDEN else " " if unicodedata.category(char)[0] == "Z" else char
        for char in base
        if unicodedata.category(char)[0] != "C"
    )
    plain = " ".join(shown.split()).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    if not dot or not stem.strip(". ") or len(extension) > _LONGEST_EXTENSION:
        stem, dot, extension = plain, "", ""
    stem = stem[: _LONGEST_NAME - len(dot + extension)].rstrip(". ") or "file"
    if stem.partition(".")[0].lower() in _DEVICES:
        stem = f"_{stem}"[:_LONGEST_NAME]
    return stem + dot + extension


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_archive_of(wanted: str, content: bytes) -> bool:
    """Whether a zip archive is the plain kind, or the Office file, that is ``wanted``."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
    except (BadZipFile, NotImplementedError, ValueError, OSError):
        return False
    if wanted == "application/zip":
        return True
    if wanted.endswith("/"):
        has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
        return not has_macros and any(name.startswith(wanted) for name in names)
    # OpenDocument keeps its media type uncompressed in the first entry.
    start = content.find(b"mimetype", 0, 64)
    return start > 0 and content[start + 8 :].startswith(wanted.encode())
