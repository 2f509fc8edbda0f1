"""A host's own style sheet (docs/howto/theming.md): any colour can be read in both themes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Route

from flask_contacts.testing import PASSWORD
from tests.browser.conftest import served

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "howto" / "theming.md"
#: A yellow, a white, a black, a pale pink, an orange, a green: what white words or
#: a dark page cannot bear.
HARD_COLOURS = ("#ffd400", "#ffffff", "#000000", "#ffc0cb", "#e4572e", "#00c853")
CONTRAST = """
async (theme) => {
  document.documentElement.dataset.bsTheme = theme;
  const found = await axe.run(document, {runOnly: {type: "rule", values: ["color-contrast"]}});
  return found.violations.flatMap((broken) => broken.nodes.map((node) => node.failureSummary));
}
"""

#: The hue of a variable's colour as a screen draws it, in degrees of OKLCH.
HUE_DRAWN = """
(name) => {
  const brush = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const drop = document.body.appendChild(document.createElement("i"));
  drop.style.color = `var(${name})`;
  brush.fillStyle = getComputedStyle(drop).color;
  brush.fillRect(0, 0, 1, 1);
  const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data]
    .map((one) => one / 255)
    .map((one) => one <= .04045 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4);
  const l = Math.cbrt(.4122214708 * r + .5363325363 * g + .0514459929 * b);
  const m = Math.cbrt(.2119034982 * r + .6806995451 * g + .1073969566 * b);
  const s = Math.cbrt(.0883024619 * r + .2817188376 * g + .6299787005 * b);
  const a = 1.9779984951 * l - 2.428592205 * m + .4505937099 * s;
  const o = .0259040371 * l + .7827717662 * m - .808675766 * s;
  return (Math.atan2(o, a) * 180 / Math.PI + 360) % 360;
}
"""


@pytest.fixture
def open_pages(
    app: Flask,
    new_context: Callable[..., BrowserContext],
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
) -> Callable[[str], tuple[Page, Callable[[], list[str]]]]:
    """``open_pages(css)`` signs a contact in to a portal with this style sheet of the host's.

    Gives the page, and a function that says which words cannot be read on it.
    """
    contact = make_contact(make_customer(), permissions=["invoices", "support"])

    def start(css: str) -> tuple[Page, Callable[[], list[str]]]:
        app.config["CONTACTS_PORTAL_STYLESHEET"] = "/own/brand.css"
        page = new_context(reduced_motion="reduce").new_page()

        def answer(route: Route) -> None:
            route.fulfill(body=css, content_type="text/css")

        def unreadable() -> list[str]:
            page.evaluate(AXE_SCRIPT)
            return [one for theme in ("light", "dark") for one in page.evaluate(CONTRAST, theme)]

        page.route("**/own/brand.css", answer)
        return page, unreadable

    start.contact = contact  # type: ignore[attr-defined]
    return start


def sign_in(page: Page, email: str) -> None:
    """Through the form."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")


@pytest.mark.parametrize("colour", HARD_COLOURS)
def test_every_colour_can_be_read(app: Flask, open_pages: Any, colour: str) -> None:
    """Whatever --portal-brand is: 4.5:1 on the sign-in page, the first page and a form."""
    with served(app) as address:
        page, unreadable = open_pages(f":root {{ --portal-brand: {colour}; }}")
        page.goto(f"{address}/portal/sign-in")
        assert unreadable() == []
        sign_in(page, open_pages.contact.email)
        assert unreadable() == []
        page.goto(f"{address}/portal/account/")
        assert unreadable() == []


def test_the_documented_style_sheet_is_worn(app: Flask, open_pages: Any) -> None:
    """The document's longer example: its colour, its corners, its own dark ground."""
    examples = re.findall(r"```css\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    with served(app) as address:
        page, unreadable = open_pages(examples[-1])
        page.goto(f"{address}/portal/sign-in")
        button = page.locator(".btn-primary")
        light = button.evaluate("(one) => getComputedStyle(one).backgroundColor")
        assert button.evaluate("(one) => getComputedStyle(one).borderRadius") == "4px"
        assert unreadable() == []  # and leaves the page dark
        assert button.evaluate("(one) => getComputedStyle(one).backgroundColor") != light
        ground = page.locator("body").evaluate("(one) => getComputedStyle(one).backgroundColor")
        assert ground == "rgb(20, 17, 15)"


@pytest.mark.parametrize("colour", ["#e4572e", "#ff8a00", "#4fc3f7", "#ffd400"])
def test_a_darkened_colour_keeps_its_hue(app: Flask, open_pages: Any, colour: str) -> None:
    """An orange under white words is a dark orange and not a red, on buttons and the deep side."""
    with served(app) as address:
        page, _unreadable = open_pages(f":root {{ --portal-brand: {colour}; }}")
        page.goto(f"{address}/portal/sign-in")
        hue = page.evaluate(HUE_DRAWN, "--portal-brand")
        for name in ("--portal-accent", "--portal-deep"):
            assert abs(page.evaluate(HUE_DRAWN, name) - hue) < 4, name


@pytest.mark.parametrize("width", [390, 1280])
def test_a_logo_without_a_size(app: Flask, open_pages: Any, width: int) -> None:
    """An SVG that has a viewBox alone is 36 pixels high on every page, and as wide as fits."""
    app.config["CONTACTS_PORTAL_LOGO"] = "/own/logo.svg"
    with served(app) as address:
        page, _unreadable = open_pages("")
        page.set_viewport_size({"width": width, "height": 800})
        page.route("**/own/logo.svg", _draw_logo)
        page.goto(f"{address}/portal/sign-in")
        sign_in(page, open_pages.contact.email)
        for path in ("", "account/"):
            page.goto(f"{address}/portal/{path}")
            box = page.locator(".portal-brand .portal-logo").first.bounding_box()
            assert box is not None
            assert box["height"] == 36
            assert 36 <= box["width"] <= width / 2


def _draw_logo(route: Route) -> None:
    route.fulfill(
        body='<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">'
        '<rect width="300" height="100" fill="#e4572e"/></svg>',
        content_type="image/svg+xml",
    )
