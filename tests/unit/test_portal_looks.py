"""What a host may name as its style sheet, logo and icon."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_contacts.errors import ConfigError
from flask_contacts.portal.looks import check_looks

NAMES = ("PORTAL_STYLESHEET", "PORTAL_LOGO", "PORTAL_ICON")


def check(name: str, value: Any, **options: Any) -> None:
    """Check an application with this one setting."""
    app = Flask("looks", **options)
    app.config.update({f"CONTACTS_{one}": None for one in NAMES})
    app.config[f"CONTACTS_{name}"] = value
    check_looks(app)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [None, "", "brand.css", "own/brand v2.css", "/x/brand.css?v=2"])
def test_files_of_this_site_pass(name: str, value: Any) -> None:
    """A file of the static folder, or a path that begins with a slash."""
    check(name, value)


def test_a_logo_may_be_a_pair() -> None:
    """One for light pages, one for dark ones, as a tuple or as JSON gives it."""
    check("PORTAL_LOGO", ("light.svg", "/dark.svg"))
    check("PORTAL_LOGO", ["light.svg", "dark.svg"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "value",
    [
        "https://cdn.example/brand.css",
        "//cdn.example/brand.css",
        "/\\cdn.example/brand.css",
        "data:image/svg+xml,x",
        "../secret.css",
        "a\nb.css",
        7,
        ("a.svg", "b.svg", "c.svg"),
        ("a.svg", ""),
        ("a.svg", None),
    ],
)
def test_what_no_page_could_load_is_refused(name: str, value: Any) -> None:
    """With the setting's name, at start and not in a browser's console."""
    with pytest.raises(ConfigError, match=name) as refused:
        check(name, value)
    assert refused.value.code == "contacts.C070"


def test_only_a_logo_may_be_a_pair() -> None:
    """There is one style sheet and one icon."""
    for name in ("PORTAL_STYLESHEET", "PORTAL_ICON"):
        with pytest.raises(ConfigError):
            check(name, ("a", "b"))


def test_a_file_needs_a_static_folder() -> None:
    """Where there is none, a path on the site still works."""
    with pytest.raises(ConfigError) as refused:
        check("PORTAL_LOGO", "logo.svg", static_folder=None)
    assert refused.value.code == "contacts.C071"
    check("PORTAL_LOGO", "/own/logo.svg", static_folder=None)
