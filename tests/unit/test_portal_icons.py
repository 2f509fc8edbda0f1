"""Icons are cut out of Bootstrap's sprite."""

from __future__ import annotations

from flask_contacts.portal.icons import icon
from flask_contacts.registry import default_modules


def test_every_default_module_has_its_icon() -> None:
    """A module's icon is drawn, hidden from screen readers, and small."""
    for module in default_modules():
        drawn = icon(module.icon)
        assert drawn.startswith("<svg")
        assert 'aria-hidden="true"' in drawn
        assert len(drawn) < 3000
        assert drawn != icon("folder")


def test_an_unknown_name_is_a_folder() -> None:
    """A host's slip, or a name with markup in it, draws the folder."""
    assert icon("no such icon") == icon("folder")
    assert icon('"><script>') == icon("folder")
