"""Bootstrap's icons, drawn into the page.

The sprite that Bootstrap-Flask ships weighs over a megabyte; a page needs a dozen icons.
They are cut out on the server, once each, instead of sending it all to every phone.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from markupsafe import Markup

_SPRITE = "static/bootstrap5/icons/bootstrap-icons.svg"
_FALLBACK = "folder"


@cache
def icon(name: str) -> Markup:
    """The icon ``name`` as inline SVG, hidden from screen readers; a folder if unknown."""
    shape = re.search(
        rf'<symbol[^>]* viewBox="([^"]*)" id="{re.escape(name)}">(.*?)</symbol>', _sprite()
    )
    if shape is None:
        return icon(_FALLBACK)
    # The sprite is a file of a package, not something that anybody typed.
    return Markup(  # noqa: S704
        f'<svg class="bi" viewBox="{shape[1]}" width="1em" height="1em" fill="currentColor"'
        f' aria-hidden="true" focusable="false">{shape[2]}</svg>'
    )


def _sprite() -> str:
    return files("flask_bootstrap").joinpath(_SPRITE).read_text(encoding="utf-8")
