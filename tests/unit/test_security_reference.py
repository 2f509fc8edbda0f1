"""The page of security rules: each has a test, and each test it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "security.md"


def rows() -> list[list[str]]:
    """The table's rows, each as its cells."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def test_every_rule_names_its_tests_and_they_exist() -> None:
    """A rule without a test, or with one that was renamed, fails here."""
    assert len(rows()) > 30
    for number, rule, cell in rows():
        names = re.findall(r"`(tests/[^`]+)`", cell)
        assert names, f"{number} {rule}"
        for name in names:
            path, _, function = name.partition("::")
            source = (ROOT / path).read_text(encoding="utf-8")
            assert not function or f"def {function}(" in source, name
