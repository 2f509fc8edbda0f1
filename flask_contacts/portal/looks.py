"""The host's own looks: a style sheet, a logo and an icon, each named by a setting.

All three come from this site: the portal's policy (CSP) lets a page load nothing else, so
an address elsewhere is refused at start instead of failing silently in every browser.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, NamedTuple

from flask import Flask, url_for

from ..config import setting
from ..errors import ConfigError

#: How many files each setting names at most.
_SETTINGS = {"PORTAL_STYLESHEET": 1, "PORTAL_LOGO": 2, "PORTAL_ICON": 1}


class Logo(NamedTuple):
    """The addresses of the host's logo; ``dark`` is the one for dark pages, if it differs."""

    light: str
    dark: str | None = None


def check_looks(app: Flask) -> None:
    """Refuse a style sheet, logo or icon that no page could load; raises ConfigError."""
    for name, most in _SETTINGS.items():
        value = app.config[f"CONTACTS_{name}"]
        files = _files(value)
        for file in files:
            if not _is_own(file) or len(files) > most:
                raise ConfigError(
                    "contacts.C070",
                    f"CONTACTS_{name} is {value!r}.",
                    "Name a file of your static folder, or a path on this site like '/x/logo.svg'.",
                )
            if not file.startswith("/") and not app.has_static_folder:
                raise ConfigError(
                    "contacts.C071",
                    f"CONTACTS_{name} is {value!r}, but the application has no static folder.",
                    "Give a path on this site that begins with a slash.",
                )


def stylesheet() -> str | None:
    """The address of the host's style sheet."""
    own = setting("PORTAL_STYLESHEET")
    return _address(own) if own else None


def logo() -> Logo | None:
    """The host's logo; None where the company's name stands in its place."""
    addresses = [_address(file) for file in _files(setting("PORTAL_LOGO"))]
    return Logo(*addresses) if addresses else None


def icon_address() -> str:
    """The address of the icon in the browser's tab: the host's or ours."""
    own = setting("PORTAL_ICON")
    return _address(own) if own else url_for("contacts_assets.static", filename="portal/icon.svg")


def _files(value: Any) -> tuple[Any, ...]:
    """What a setting names: nothing, one file, or a pair."""
    if value is None or value == "":
        return ()
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _is_own(file: Any) -> bool:
    """Whether it can only mean a file of this site: no scheme, no host, no way out."""
    if not isinstance(file, str) or not file or "\\" in file or not file.isprintable():
        return False
    if file.startswith("/"):
        return not file.startswith("//")
    return ":" not in file and ".." not in PurePosixPath(file).parts


def _address(file: str) -> str:
    return file if file.startswith("/") else url_for("static", filename=file)
