"""Every page of the portal under axe: both themes, a wide page and a phone.

axe finds what can be found without a person: names, roles, order of headings, contrast,
landmarks. What it cannot find is played by hand in ``test_keyboard_story.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from tests import portal_pages, portal_people
from tests.portal_pages import Answer, Visitor

pytestmark = pytest.mark.bundled_only(reason="the example is built on the bundled customers")

#: A page is looked at in both themes and at both widths, the next one the other way round, and a
#: form that comes back too: what only a phone shows, or only a screen, stands on many pages.
LOOKS = ((("light", 1280), ("dark", 390)), (("dark", 1280), ("light", 390)))
#: What no standard asks for, but every page here keeps: one main, headings in order, ….
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """
async ([theme, tags]) => {
  document.documentElement.dataset.bsTheme = theme;
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: tags}, resultTypes: ["violations"], preload: false,
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


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of a browser with axe, handed over once and not again for each page."""
    context = new_context(reduced_motion="reduce")
    context.add_init_script(AXE_SCRIPT)
    return context.new_page()


def broken_rules(page: Page, looks: Iterable[tuple[str, int]]) -> list[str]:
    """What axe finds on the open page, looked at like this."""
    found = []
    for theme, width in looks:
        page.set_viewport_size({"width": width, "height": 900})
        broken = page.evaluate(RUN, [theme, TAGS])
        found += [f"{theme} at {width}: {one}" for one in broken]
    return found


def test_no_rule_is_broken(
    address: str, people: list[Visitor], found: list[Answer], page: Page
) -> None:
    """No page of anybody breaks a rule, nor does a form that comes back with errors."""
    broken: dict[str, list[str]] = {}
    different = portal_pages.different_pages(found)
    for visitor in people:
        portal_pages.become(page.context, visitor, address)
        own = [(number, one) for number, one in enumerate(different) if one.visitor == visitor.name]
        for number, answer in own:
            page.goto(address + answer.path)
            broken[f"{visitor.name} {answer.path}"] = broken_rules(page, LOOKS[number % 2])
            if page.locator(REQUIRED).count():
                with page.expect_navigation():
                    page.locator(REQUIRED).first.evaluate(SEND_EMPTY)
                name = f"{visitor.name} {answer.path}, sent empty"
                broken[name] = broken_rules(page, LOOKS[1 - number % 2])
    assert {name: rules for name, rules in broken.items() if rules} == {}
