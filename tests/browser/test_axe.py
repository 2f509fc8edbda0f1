"""Every page of the portal under axe: both themes, a wide page and a phone.

axe finds what can be found without a person: names, roles, order of headings, contrast,
landmarks. What it cannot find is played by hand in ``test_keyboard_story.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from tests import portal_pages, portal_people
from tests.portal_pages import Answer, Visitor

pytestmark = pytest.mark.bundled_only(reason="the example is built on the bundled customers")

WIDTHS = (1280, 390)
#: What only the colours can change; all else is the same in both themes.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
#: What no standard asks for, but every page here keeps: one main, headings in order, ….
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
async ([theme, rules, tags]) => {
  document.documentElement.dataset.bsTheme = theme;
  const run = rules ? {type: "rule", values: rules} : {type: "tag", values: tags};
  const found = await axe.run(document, {
    runOnly: run, resultTypes: ["violations"], preload: false,
  });
  return found.violations.flatMap((broken) => broken.nodes.map(
    (node) => `${broken.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}
"""
REQUIRED = "main form[method=post] [required]"
#: Leave out everything that a form asks for, and send it all the same.
SEND_EMPTY = """
(field) => {
  for (const one of field.form.elements) if (one.required) one.value = "";
  field.form.submit();
}
"""


@pytest.fixture(scope="module")
def people(example: Flask) -> list[Visitor]:
    """Who visits the pages."""
    return portal_people.visitors(example)


@pytest.fixture(scope="module")
def found(people: list[Visitor]) -> list[Answer]:
    """What they find there."""
    return portal_pages.all_answers(people)


def test_every_route_is_visited(example: Flask, found: list[Answer]) -> None:
    """A page of the portal that these tests do not reach fails here, with its name."""
    assert portal_pages.missing(example, found) == set()


@contextmanager
def browsing(
    new_context: Callable[..., BrowserContext], visitor: Visitor, address: str, **options: Any
) -> Iterator[Page]:
    """A page of a browser with the visitor's cookies, and with axe."""
    context = new_context(reduced_motion="reduce", **options)
    context.add_init_script(AXE_SCRIPT)  # handed over once, and not again for each page
    context.add_cookies(portal_pages.cookies_of(visitor.client, address))  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def broken_rules(page: Page) -> list[str]:
    """What axe finds on the open page: each rule in light, those of colours in dark too."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme, rules in (("light", None), ("dark", COLOUR_RULES)):
            broken = page.evaluate(RUN, [theme, rules, TAGS])
            found += [f"{theme} at {width}: {one}" for one in broken]
    return found


def test_no_rule_is_broken(
    address: str,
    people: list[Visitor],
    found: list[Answer],
    new_context: Callable[..., BrowserContext],
) -> None:
    """No page of anybody breaks a rule, nor does a form that comes back with errors."""
    broken: dict[str, list[str]] = {}
    for visitor in people:
        own = [page for page in portal_pages.different_pages(found) if page.visitor == visitor.name]
        with browsing(new_context, visitor, address) as page:
            for answer in own:
                page.goto(address + answer.path)
                broken[f"{visitor.name} {answer.path}"] = broken_rules(page)
                if page.locator(REQUIRED).count():
                    with page.expect_navigation():
                        page.locator(REQUIRED).first.evaluate(SEND_EMPTY)
                    broken[f"{visitor.name} {answer.path}, sent empty"] = broken_rules(page)
    assert {name: rules for name, rules in broken.items() if rules} == {}
