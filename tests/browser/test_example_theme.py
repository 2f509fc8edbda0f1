"""The example in a theme of Flask-AppBuilder's (docs/howto/theming.md)."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page

pytestmark = [
    pytest.mark.bundled_only(reason="the example is built on the bundled customers"),
    pytest.mark.filterwarnings("ignore:The Query.get"),
]
COLOURS = "(name) => [name, name.parentElement].map((one) => getComputedStyle(one).color)"


def test_the_name_in_the_bar_can_be_read(
    example: Flask, address: str, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the colour that the theme has for it, and not that of links."""
    monkeypatch.setitem(example.config, "APP_THEME", "slate.css")  # fetches no fonts
    page.goto(f"{address}/login/")
    name, of_theme = page.locator(".navbar-brand a").evaluate(COLOURS)
    assert name == of_theme
