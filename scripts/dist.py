#!/usr/bin/env python
"""Build the source distribution and the wheel, the same bytes from the same commit.

``python scripts/dist.py DIRECTORY``. The time of all files in there is ``SOURCE_DATE_EPOCH``, by
default that of the last commit. The wheel is built from the source distribution, so that whoever
has that gets the same wheel. Needs setuptools as pyproject.toml says, and fetches nothing.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_EARLIEST = 315532800  # 1980: zip knows no time before
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "*.pyc", "build",
    "dist", "instance",
)  # fmt: skip
_BUILD = "import sys; from setuptools import build_meta as b; b.build_{kind}(sys.argv[1])"


def main(arguments: list[str]) -> int:
    """Build both into the directory that is named, ``dist`` where none is."""
    directory = Path(arguments[0] if arguments else ROOT / "dist").resolve()
    directory.mkdir(parents=True, exist_ok=True)
    for path in build(ROOT, directory, source_date(ROOT)):
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    return 0


def build(tree: Path, directory: Path, when: int) -> tuple[Path, Path]:
    """The source distribution and the wheel of ``tree``, as of ``when`` (seconds since 1970)."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        copied = _copy(tree, work / "tree")
        packed = _run("sdist", copied, work / "sdist", when)
        sdist = _steady(packed, directory / packed.name, when)
        with tarfile.open(sdist) as archive:
            archive.extractall(work / "unpacked", filter="data")
        (unpacked,) = (work / "unpacked").iterdir()
        made = _run("wheel", unpacked, work / "wheel", when)
        wheel = directory / made.name
        shutil.copyfile(made, wheel)
    return sdist, wheel


def source_date(tree: Path) -> int:
    """The time that files get: what the environment says, the last commit's, or 1980."""
    said = os.environ.get("SOURCE_DATE_EPOCH")
    if said is None:
        command = ["git", "-C", str(tree), "log", "-1", "--format=%ct"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        said = answer.stdout.strip() if answer.returncode == 0 else ""
    return max(_EARLIEST, int(said or 0))


def _copy(tree: Path, target: Path) -> Path:
    """A copy without leftovers, with the same rights whatever the umask was."""
    shutil.copytree(tree, target, ignore=_LEFT_OUT)
    for path in target.rglob("*"):
        runs = path.is_dir() or path.read_bytes()[:2] == b"#!"
        path.chmod(0o755 if runs else 0o644)
    return target


def _run(kind: str, tree: Path, directory: Path, when: int) -> Path:
    directory.mkdir()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(when), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", _BUILD.format(kind=kind), str(directory)],
        cwd=tree, env=environment, check=False, capture_output=True, text=True, umask=0o022,
    )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"The {kind} could not be built:\n{done.stdout}\n{done.stderr}")
    (made,) = (path for path in directory.iterdir() if path.is_file())
    return made


def _steady(packed: Path, target: Path, when: int) -> Path:
    """The same archive in a fixed order, with one time and no owner: setuptools writes others."""
    plain = BytesIO()
    with tarfile.open(packed) as archive, tarfile.open(fileobj=plain, mode="w") as steady:
        for member in sorted(archive.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = when, 0, 0, "", ""
            member.pax_headers = {}
            steady.addfile(member, archive.extractfile(member) if member.isfile() else None)
    with target.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=when) as squeezed:
        squeezed.write(plain.getvalue())
    return target


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
