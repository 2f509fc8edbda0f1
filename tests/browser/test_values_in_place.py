"""What a list says can be read where there is little room, or none to the left."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, expect

from example_app.demo_data import DEMO_PASSWORD
from flask_contacts.testing import portal_sign_in, staff_sign_in
from tests import portal_pages
from tests.portal_people import OLIVIA
from tests.pseudo_locale import LANGUAGE, speak_pseudo

pytestmark = [
    pytest.mark.bundled_only(reason="the example is built on the bundled customers"),
    pytest.mark.filterwarnings("ignore:The Query.get"),
]

#: How far right of its plus a telephone number goes on, in each place that shows one.
NUMBERS = """
() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [], place = document.createRange();
  while (walker.nextNode()) {
    const text = walker.currentNode, from = text.data.search(/\\+[0-9 ()]{8}/);
    if (from < 0 || !text.parentElement.checkVisibility()) continue;
    const side = (at) => {
      place.setStart(text, at);
      place.setEnd(text, at + 1);
      return place.getBoundingClientRect().left;
    };
    found.push(side(from + 8) - side(from));
  }
  return found;
}
"""
#: The lines that a moment takes in each card, and how far a state stands from the card's end.
CARDS = """
() => [...document.querySelectorAll(".portal-table tbody tr")].map((card) => {
  const moment = card.querySelector("[data-label='Last change'] bdi");
  const state = card.querySelector("td:last-child");
  const end = card.getBoundingClientRect().right - state.getBoundingClientRect().right;
  return [moment.getClientRects().length, Math.round(end)];
})
"""


@pytest.fixture(scope="module")
def example(example: Flask, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data, and a language that is written from right to left."""
    speak_pseudo(example, tmp_path_factory.mktemp("values_in_place"))
    return example


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "path", ["/customers/list/", "/contacts-duplicates/?kind=phone", "/leadview/list/"]
)
def test_a_number_begins_with_its_country(
    example: Flask,
    address: str,
    new_context: Callable[..., BrowserContext],
    path: str,
    width: int,
) -> None:
    """A telephone number has no letters to say which way it runs, and is not turned around on a
    page that is read from the right."""
    client = example.test_client()
    client.get(f"/lang/{LANGUAGE}")
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    context = new_context(width=width)
    context.add_cookies(portal_pages.cookies_of(client, address))  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address + path)
    expect(page.locator("main.contacts-page")).to_have_attribute("dir", "rtl")
    found = page.evaluate(NUMBERS)
    assert found
    assert min(found) > 0


def test_a_card_breaks_no_moment(
    example: Flask, address: str, new_context: Callable[..., BrowserContext]
) -> None:
    """On a phone a moment gets a line of its own in its card, and the state ends the card's first
    line."""
    client = example.test_client()
    portal_sign_in(client, OLIVIA, DEMO_PASSWORD)
    context = new_context(width=390)
    context.add_cookies(portal_pages.cookies_of(client, address))  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/portal/support/")
    cards = page.evaluate(CARDS)
    assert len(cards) > 5
    assert {lines for lines, _end in cards} == {1}
    assert max(end for _lines, end in cards) < 24
