"""docs/howto/testing.md: its files beside the README's application, run by pytest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.howtos import HOWTOS, ROOT, blocks

pytestmark = pytest.mark.bundled_only(reason="a process of its own, with the bundled customers")

README, HOWTO = ROOT / "README.md", HOWTOS / "testing.md"
VIEW = 'appbuilder.add_view(InvoiceView, "Invoices", category="Sales")'


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The README's application with its invoices, and the files of the how-to beside it."""
    quickstart, again = (one for one in blocks(README) if one.startswith("# crm.py"))
    assert VIEW in README.read_text(encoding="utf-8")
    crm = quickstart.replace("contacts = Contacts()\n", f"contacts = Contacts()\n{again}\n")
    crm = crm.replace("        contacts.init_app", f"        {VIEW}\n        contacts.init_app")
    (tmp_path / "crm.py").write_text(crm, encoding="utf-8")
    for block in [*blocks(README), *blocks(HOWTO)]:
        name = re.match(r"# (invoices|conftest|test_\w+)\.py\n", block)
        if name is not None:
            (tmp_path / f"{name[1]}.py").write_text(block, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("plugin", ["without pytest-flask", "with pytest-flask"])
def test_the_howto_works_as_written(host: Path, plugin: str) -> None:
    """Every test in it passes; with pytest-flask after the sentence about it was followed."""
    options = ["-p", "no:flask"]
    if plugin == "with pytest-flask":
        options = []
        with (host / "conftest.py").open("a", encoding="utf-8") as conftest:
            conftest.write(
                "\n\n@pytest.fixture(autouse=True)\ndef _push_request_context():\n    pass\n"
            )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("FLASK_")
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=host, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    tests = "\n".join(blocks(HOWTO)).count("def test_")
    assert f"{tests} passed" in done.stdout
