"""No page of the portal needs scrolling sideways: on the narrowest phone, at 200 %, in a
language with longer words that is written from right to left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext

from tests import portal_pages, portal_people
from tests.portal_pages import Answer, Visitor
from tests.pseudo_locale import LANGUAGE, speak_pseudo

pytestmark = pytest.mark.bundled_only(reason="the example is built on the bundled customers")

#: The narrowest phone, and what a zoom of 200 % leaves of a screen of 1280 pixels.
WIDTHS = (320, 640)
#: The page's width beyond the window's, and what sticks out of it.
STICKS_OUT = """
() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const out = [...document.querySelectorAll("body *")].filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width && (box.right > root.clientWidth + 1 || box.left < -1);
  });
  const names = out.slice(0, 5).map((one) => one.outerHTML.slice(0, 120));
  return [`${root.scrollWidth} pixels`, ...names];
}
"""


@pytest.fixture(scope="module")
def example(example: Flask, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data, and a language of these tests' own."""
    speak_pseudo(example, tmp_path_factory.mktemp("narrow"))
    return example


@pytest.fixture(scope="module")
def people(example: Flask) -> list[Visitor]:
    """Who visits the pages: who has long names sees them all, the others what differs."""
    alike = {"olivia", "starter"}
    return [one for one in portal_people.visitors(example) if one.name not in alike]


@pytest.fixture(scope="module")
def found(people: list[Visitor]) -> list[Answer]:
    """What they find there."""
    return portal_pages.all_answers(people)


@pytest.mark.parametrize("language", ["en", LANGUAGE])
def test_no_page_is_wider_than_the_window(
    address: str,
    people: list[Visitor],
    found: list[Answer],
    new_context: Callable[..., BrowserContext],
    language: str,
) -> None:
    """Everything stays between the edges, whatever the language and its direction."""
    too_wide = {}
    page = new_context().new_page()
    for visitor in people:
        visitor.client.set_cookie("contacts_language", language, path=portal_pages.PREFIX)
        portal_pages.become(page.context, visitor, address)
        for answer in portal_pages.different_pages(found):
            if answer.visitor != visitor.name:
                continue
            page.goto(address + answer.path)
            if visitor.name != "viewing":  # what is refused is told staff in their language
                assert page.locator("html").get_attribute("lang") == language, answer.path
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                if sticks_out := page.evaluate(STICKS_OUT):
                    too_wide[f"{visitor.name} {answer.path} at {width}"] = sticks_out
    assert too_wide == {}
