"""The portal by the keyboard alone, on a phone's width where the menu is folded away.

No mouse, no ``click``: whoever cannot point gets everywhere, sees at each stop where the
focus is, and comes out of everything that opened.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import served
from tests.example import filled_example

pytestmark = pytest.mark.bundled_only(reason="the example is built on the bundled customers")

#: More stops than the longest page has before what is looked for.
MOST_STOPS = 120
#: Whether what has the focus is marked by an outline, its own or that of the row or card
#: around it, and lies where it can be seen.
FOCUS_IS_VISIBLE = """
() => {
  const outlined = (one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const around = [one, one.closest("tr, li, article, section"), one.parentElement];
  return inside && around.some((other) => other && outlined(other));
}
"""
NAME_OF_FOCUS = "document.activeElement.outerHTML.slice(0, 160)"


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data."""
    return filled_example(tmp_path_factory.mktemp("keyboard"))


@pytest.fixture
def address(example: Flask) -> Generator[str]:
    """Where it is served."""
    with served(example) as address:
        yield address


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A narrow page whose mouse does nothing."""
    page = new_context(width=390, height=844, reduced_motion="reduce").new_page()

    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("this story is played by the keyboard")

    for name in ("click", "tap", "dblclick", "check", "select_option"):
        setattr(page, name, refuse)
    return page


def is_focused(locator: Locator) -> bool:
    """Whether it has the focus."""
    return bool(locator.evaluate("(one) => one === document.activeElement"))


def go_to(page: Page, target: Locator) -> None:
    """Press Tab until ``target`` has the focus; at each stop the focus can be seen."""
    expect(target).to_have_count(1)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # the browser's own bar, between the last stop and the first
        assert page.evaluate(FOCUS_IS_VISIBLE), page.evaluate(NAME_OF_FOCUS)
        if is_focused(target):
            return
    raise AssertionError(f"Tab does not lead to {target}")


def follow(page: Page, target: Locator) -> None:
    """Go to a link or a button and press Enter; the next page is open afterwards."""
    go_to(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def open_menu(page: Page) -> Locator:
    """Unfold the menu, and see that Escape folds it and gives the focus back."""
    button, menu = page.locator(".portal-top .portal-menu-button"), page.locator("#portal-menu")
    go_to(page, button)
    for _ in range(2):
        page.keyboard.press("Enter")
        expect(menu).to_be_visible()
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        assert is_focused(button)
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    return menu


def by_menu(page: Page, path: str) -> None:
    """Open the menu and follow its link to ``path``."""
    follow(page, open_menu(page).locator(f'a[href="{path}"]'))
    assert page.url.endswith(path)


def sign_in(page: Page, address: str) -> None:
    """The first field has the focus already; Enter sends the form."""
    from example_app.demo_data import DEMO_PASSWORD

    page.goto(f"{address}/portal/sign-in")
    assert is_focused(page.locator("#email"))
    page.keyboard.type("olivia.hart@aurora-bakery.example")
    page.keyboard.press("Tab")
    page.keyboard.type(DEMO_PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == f"{address}/portal/"


def test_the_whole_story(page: Page, address: str) -> None:
    """Sign in, find an invoice, change the language, answer a ticket, choose dark, sign out."""
    sign_in(page, address)
    skip_to_the_content(page)
    by_menu(page, "/portal/invoices/")
    find_an_invoice(page)
    by_menu(page, "/portal/account/")
    change_the_language(page)
    by_menu(page, "/portal/support/")
    answer_a_ticket(page)
    choose_dark(page)
    follow(page, page.locator("#portal-menu form[action$='/sign-out'] button"))
    assert page.url.endswith("/portal/sign-in")
    page.goto(f"{address}/portal/")
    assert "/portal/sign-in" in page.url


def skip_to_the_content(page: Page) -> None:
    """The first stop leads past the menu."""
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS_IS_VISIBLE)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.reload()


def find_an_invoice(page: Page) -> None:
    """Search the list; the row that is left opens."""
    before = page.locator(".portal-table tbody tr").count()
    go_to(page, page.locator("#q"))
    page.keyboard.type("Online shop")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    rows = page.locator(".portal-table tbody tr")
    assert 0 < rows.count() < before
    follow(page, rows.first.locator("a"))
    expect(page.locator("h1")).to_contain_text("INV-")


def change_the_language(page: Page) -> None:
    """Typing chooses in a list; after saving the page speaks the other language."""
    go_to(page, page.locator("#language"))
    page.keyboard.type("Ital")
    follow(page, page.locator("form.portal-panel button[type=submit]"))
    assert page.locator("html").get_attribute("lang") == "it"
    expect(page.locator(".portal-notices .alert")).to_be_visible()


def answer_a_ticket(page: Page) -> None:
    """The newest one; what was typed stands on its page afterwards."""
    follow(page, page.locator(".portal-table tbody tr").first.locator("a"))
    field = page.locator("main textarea").first
    go_to(page, field)
    page.keyboard.type("Thank you, it works now.")
    follow(page, page.locator("main form:has(textarea) button[type=submit]").last)
    expect(page.locator("main")).to_contain_text("Thank you, it works now.")


def choose_dark(page: Page) -> None:
    """The switch at the end of the menu; the page keeps it."""
    menu, root = open_menu(page), page.locator("html")
    go_to(page, menu.locator("[data-portal-theme='dark']"))
    page.keyboard.press("Space")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    open_menu(page)
