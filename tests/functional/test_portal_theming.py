"""The host's own colour, logo and icon, by the settings that docs/howto/theming.md shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "howto" / "theming.md"
STYLES = Path(__file__).resolve().parents[2] / "flask_contacts" / "static" / "portal"


def block(language: str) -> str:
    """The document's first block of code in this language."""
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def themed(app: Flask) -> Flask:
    """The host with the settings of the document."""
    exec(compile(block("python"), str(DOCUMENT), "exec"), {"app": app})
    return app


def test_the_documented_settings_reach_every_page(
    themed: Flask,
    client: FlaskClient,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
    portal_client: Callable[[Any], FlaskClient],
) -> None:
    """Style sheet after the portal's own, both logos with the company's name, the icon: before
    signing in, after it, and on an error's page."""
    signed_in = portal_client(make_contact(make_customer()))
    for browser, path in (
        (client, "/portal/sign-in"),
        (signed_in, "/portal/"),
        (signed_in, "/portal/nothing"),
    ):
        text = browser.get(path).text
        assert text.index("portal/portal.css") < text.index('href="/static/portal.css"')
        assert '<link rel="icon" href="/static/icon.svg">' in text
        logos = re.findall(r'<img class="portal-logo[^"]*" src="([^"]+)" alt="([^"]+)">', text)
        assert logos == [
            ("/static/logo.svg", "Test Host"),
            ("/static/logo-on-dark.svg", "Test Host"),
        ]
        assert "portal-mark" not in text


def test_without_settings_the_name_stands_there(client: FlaskClient) -> None:
    """A letter for the eye, the whole name for everybody; our own icon."""
    text = client.get("/portal/sign-in").text
    assert '<span class="portal-brand-name">Test Host</span>' in text
    assert "portal-logo" not in text
    assert text.count('rel="stylesheet"') == 2
    assert "/contacts-assets/portal/icon.svg" in text


def test_one_logo_serves_both_themes(app: Flask, client: FlaskClient) -> None:
    """A single logo is shown once, whatever the theme; a path on the site stays as it is."""
    app.config["CONTACTS_PORTAL_LOGO"] = "/own/logo.svg"
    text = client.get("/portal/sign-in").text
    assert text.count("<img") == 1
    assert '<img class="portal-logo" src="/own/logo.svg" alt="Test Host">' in text


def test_the_documented_variables_are_those_of_the_style_sheet() -> None:
    """Every variable in the document's table is used, and each one used is in the table."""
    used = set(re.findall(r"(--portal-[a-z-]+)\s*:", (STYLES / "portal.css").read_text("utf-8")))
    rows = [line for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| `--")]
    assert {name for row in rows for name in re.findall(r"`(--portal-[a-z-]+)`", row)} == used
