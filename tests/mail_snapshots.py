"""Mails as files: what a reader gets stands beside the tests, and a change of it shows.

``UPDATE_SNAPSHOTS=1 pytest tests/unit/mail`` writes them anew; look at the difference, and
at the HTML in a browser, before you keep it.
"""

from __future__ import annotations

import os
from pathlib import Path


def compare(directory: Path, name: str, subject: str, html: str, text: str) -> None:
    """Hold a mail against ``<name>.html`` and ``<name>.txt``, which begins with the subject."""
    written = {f"{name}.html": html, f"{name}.txt": f"Subject: {subject}\n\n{text}\n"}
    for file_name, content in written.items():
        path = directory / file_name
        if os.environ.get("UPDATE_SNAPSHOTS"):
            directory.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        assert path.is_file(), f"{file_name} is missing: run once with UPDATE_SNAPSHOTS=1"
        assert path.read_text(encoding="utf-8") == content
