"""What ``make dist`` builds: the same bytes each time, with a licence, types and the tests."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from email import message_from_string
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from scripts import dist

ROOT = Path(__file__).resolve().parents[2]
WHEN = 1_750_000_000
Built = tuple[Path, Path]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as it is now; nobody edits the copy between two builds."""
    copy = tmp_path_factory.mktemp("tree") / "copy"
    shutil.copytree(ROOT, copy, ignore=dist._LEFT_OUT)
    return copy


@pytest.fixture(scope="module")
def built(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The source distribution and the wheel."""
    return dist.build(tree, tmp_path_factory.mktemp("dist"), WHEN)


@pytest.fixture(scope="module")
def metadata(built: Built) -> Message:
    """What the wheel says of itself."""
    with ZipFile(built[1]) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


def digest(path: Path) -> str:
    """A file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_twice_the_same_bytes(built: Built, tree: Path, tmp_path: Path) -> None:
    """From another place, with another umask and other times of files, nothing differs."""
    other = tmp_path / "elsewhere"
    shutil.copytree(tree, other)
    for path in other.rglob("*"):
        if path.is_file():
            os.utime(path, (WHEN - 1000, WHEN - 1000))
            path.chmod(0o600)
    before = os.umask(0o077)
    try:
        again = dist.build(other, tmp_path, WHEN)
    finally:
        os.umask(before)
    assert [path.name for path in again] == [path.name for path in built]
    assert [digest(path) for path in again] == [digest(path) for path in built]


def test_the_source_distribution_makes_the_wheel(built: Built, tmp_path: Path) -> None:
    """Whoever has only the source distribution builds the same two files from it."""
    with tarfile.open(built[0]) as archive:
        archive.extractall(tmp_path / "in", filter="data")
    (unpacked,) = (tmp_path / "in").iterdir()
    (tmp_path / "out").mkdir()
    again = dist.build(unpacked, tmp_path / "out", WHEN)
    assert digest(again[1]) == digest(built[1])


def test_times_are_those_that_were_said(built: Built) -> None:
    """No file in them tells when or where it was built."""
    with tarfile.open(built[0]) as archive:
        members = archive.getmembers()
    assert {member.mtime for member in members} == {WHEN}
    assert {(member.uid, member.gid, member.uname) for member in members} == {(0, 0, "")}
    with ZipFile(built[1]) as wheel:
        assert len({info.date_time for info in wheel.infolist()}) == 1


def test_the_source_distribution_has_all(built: Built) -> None:
    """Tests, documents, the example and what they need; nothing that was left behind."""
    with tarfile.open(built[0]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for needed in (
        "Makefile", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "LICENSE", "mkdocs.yml",
        "docs/architecture.md", "docs/images/contact-form.png", "tests/conftest.py",
        "tests/unit/test_dist.py", "example_app/demo.mk", "scripts/dist.py",
        "templates/flask_contacts/portal/base.html", "benchmarks/bench.mk",
        "scripts/screenshots.mk", "translations/messages.pot",
        "flask_contacts/py.typed", "tests/soak/soak.mk",
    ):  # fmt: skip
        assert needed in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("instance")]


def test_the_licence_is_said_as_spdx_says_it(built: Built, metadata: Message) -> None:
    """By an expression that programs read, with the text beside it."""
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License"] is None
    assert metadata["License-File"] == "LICENSE"
    assert not [one for one in metadata.get_all("Classifier", []) if one.startswith("License")]
    with ZipFile(built[1]) as archive:
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in archive.namelist())


def test_it_is_typed(built: Built, metadata: Message) -> None:
    """Type checkers of hosts read the package's annotations."""
    with ZipFile(built[1]) as archive:
        assert "flask_contacts/py.typed" in archive.namelist()
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_extras(metadata: Message) -> None:
    """Each extra that the package or its documents name is there."""
    extras = set(metadata.get_all("Provides-Extra", []))
    assert {"celery", "demo", "docs", "import", "redis", "testing", "upgrade"} <= extras
    needed = " ".join(metadata.get_all("Requires-Dist", [])).replace("_", "-")
    assert 'flask-contacts[import]; extra == "demo"' in needed, "the demo exports to Excel"
    pages = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "flask_contacts").rglob("*.py")]
    words = "".join(path.read_text(encoding="utf-8") for path in pages)
    named = {part.split("]")[0] for part in words.split("flask-contacts[")[1:]}
    assert {name for one in named for name in one.split(",")} <= extras
