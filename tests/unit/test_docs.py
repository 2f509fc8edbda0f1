"""The documents as pages: they build without a warning, and load nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Assets(HTMLParser):
    """The addresses of what a page loads by itself: scripts, styles, pictures, fonts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what this element loads."""
        values = dict(attrs)
        loads = tag in {"script", "img", "iframe", "source", "video", "audio"}
        if loads and values.get("src"):
            self.found.append(str(values["src"]))
        canonical = {"canonical", "next", "prev", "edit"}
        if tag == "link" and values.get("href") and values.get("rel") not in canonical:
            self.found.append(str(values["href"]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages; a warning (a dead link, a page that no menu has) is an error."""
    directory = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(directory)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}  # an advertisement
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return directory


def test_every_document_is_a_page(site: Path) -> None:
    """And README, changes and the notes for contributors are, too."""
    for path in (ROOT / "docs").rglob("*.md"):
        name = path.relative_to(ROOT / "docs").with_suffix(".html")
        assert (site / name).is_file(), name
    assert "Put it into your application" in (site / "index.html").read_text(encoding="utf-8")
    for name in ("changelog", "contributing", "weaknesses"):
        assert (site / f"{name}.html").is_file()


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    """No page asks another site for a script, a style, a picture or a font."""
    loaded = {}
    for path in site.rglob("*.html"):
        assets = Assets()
        assets.feed(path.read_text(encoding="utf-8"))
        assert assets.found
        loaded[path.name] = [url for url in assets.found if re.match(r"(https?:)?//", url)]
    for path in site.rglob("*.css"):
        styles = path.read_text(encoding="utf-8")
        loaded[path.name] = re.findall(
            r"(?:url\(|@import\s*)[\"']?((?:https?:)?//[^)\"']+)", styles
        )
    assert {name: urls for name, urls in loaded.items() if urls} == {}


def test_pictures_and_sources_came_along(site: Path) -> None:
    """What README and the pages show or link to is there."""
    assert (site / "images" / "contact-form.png").is_file()
    assert "bind_customer" in (site / "source/example_app/own_customer.py.txt").read_text("utf-8")
