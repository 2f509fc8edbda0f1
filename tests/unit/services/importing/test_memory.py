"""An import takes as much memory for a large file as for a small one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.importing_memory import memory_of_import


@pytest.mark.bundled_only(reason="the process that is measured makes bundled customers")
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Six times as many rows take no more memory, beyond what the process has when it starts."""
    grown = []
    for rows in (2_000, 12_000):
        path = tmp_path / f"{rows}.csv"
        lines = (f"Company {n // 20},Ada {n},Lee,n{n}@x.example.com" for n in range(rows))
        path.write_text("\n".join(["Company,First name,Last name,Email", *lines]), "utf-8")
        started, imported = memory_of_import(f"sqlite:///{tmp_path}/{rows}.db", path)
        grown.append(imported - started)
    assert grown[1] < grown[0] + 10
    assert grown[1] < 60
