"""The panels and menus above the list of all contacts: one is open at a time."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in, walk_and_close

pytestmark = [
    pytest.mark.bundled_only(reason="the example is built on the bundled customers"),
    pytest.mark.filterwarnings("ignore:The Query.get"),
]


def test_one_menu_at_a_time(address: str, page: Page) -> None:
    """Opening one closes the others; Escape closes it and gives the focus back, from within as
    well; a click elsewhere closes it, but not the filters while something is chosen in them."""
    sign_in(page, address)
    page.goto(f"{address}/customer-contacts/")
    opened = page.locator("details[open] > summary")
    summaries = page.locator(".contacts-page details > summary")
    for name in ("Filters", "Columns", "Export", "More actions"):
        summary = summaries.filter(has_text=name)
        page.keyboard.press("Tab")
        summary.focus()
        page.keyboard.press("Enter")
        expect(opened).to_have_text(name)
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
        expect(summary).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(summary).not_to_be_focused()
        page.keyboard.press("Escape")
        expect(opened).to_have_count(0)
        expect(summary).to_be_focused()
        page.keyboard.press("Enter")
        expect(opened).to_have_text(name)
    page.locator("#filter-primary").evaluate("one => one.closest('details').open = true")
    page.locator("#filter-primary").press("ArrowDown")
    expect(page.locator("#filter-primary")).to_have_value("yes")
    page.reload()
    heading = page.get_by_role("heading", name="Customer contacts")
    heading.click()
    expect(opened).to_have_count(0)
    summaries.filter(has_text="Filters").click()
    heading.click()
    expect(opened).to_have_count(0)
    summaries.filter(has_text="Filters").click()
    page.get_by_role("combobox", name="Account manager").press_sequentially("admin")
    heading.click()
    expect(opened).to_have_text("Filters")
    expect(page.locator("#offers-manager option[value=admin]")).to_have_count(1)


@pytest.mark.parametrize(
    ("width", "user", "path"),
    [(390, "crmadmin", "show/1"), (320, "crmadmin", "show/1"), (800, "admin", "")],
)
def test_a_menu_stays_in_the_window(
    address: str, page: Page, width: int, user: str, path: str
) -> None:
    """What a menu offers can be read whole, wherever its button stands."""
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, address, user)
    page.goto(f"{address}/customer-contacts/{path}")
    page.locator("main .contacts-menu > summary").click()
    menu = page.locator("main .contacts-menu-items")
    expect(menu).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_colleague_is_chosen_by_the_keyboard(address: str, page: Page) -> None:
    """Who is offered for a comment is a box of proposals for those who cannot see it: what it is,
    how many there are and which one is marked; the focus stays in the text."""
    sign_in(page, address)
    page.goto(f"{address}/customer-contacts/show/1#tab-activity")
    field, box = page.get_by_label("New comment"), page.get_by_role("listbox", name="Colleagues")
    said = page.get_by_role("status").filter(has_text="Colleagues to choose from")
    field.press_sequentially("Ask @s")
    expect(box.get_by_role("option")).to_have_text(["Sven Aalto @sales", "Sam Adeyemi @sam"])
    expect(said).to_have_text("Colleagues to choose from: 2")
    expect(field).to_have_attribute("aria-autocomplete", "list")
    expect(field).to_have_attribute("aria-controls", box.get_attribute("id") or "none")
    marked = box.get_by_role("option", selected=True)
    expect(marked).to_have_count(0)
    walk_and_close(page, field, box, ["Sven", "Sam"])
    expect(said).to_have_count(0)
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    page.keyboard.type("a")
    expect(box.get_by_role("option")).to_have_count(2)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Ask @sam ")
    expect(field).to_be_focused()
    page.keyboard.type("@sve")
    box.get_by_role("option").click()
    expect(field).to_have_value("Ask @sam @sales ")


def test_tabs_stay_in_sight(address: str, page: Page) -> None:
    """On a telephone all tabs of a contact's page can be seen, in a long language too."""
    page.set_viewport_size({"width": 390, "height": 800})
    sign_in(page, address)
    page.goto(f"{address}/lang/es")
    page.goto(f"{address}/customer-contacts/show/1")
    for tab in page.get_by_role("tab").all():
        box = tab.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


@pytest.mark.parametrize("width", [1280, 390])
def test_all_on_the_page_are_ticked(address: str, page: Page, width: int) -> None:
    """One box ticks all contacts on the page, in the table's head or, on a telephone, above the
    cards; how many are ticked is said, and part of them is neither all nor none."""
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, address)
    page.goto(f"{address}/customer-contacts/")
    everybody = page.get_by_role("checkbox", name="Select all on this page")
    expect(everybody).to_have_count(1)
    rows = page.locator("input[name=contact]")
    number = rows.count()
    said = page.get_by_role("status").filter(has_text="Selected")
    expect(said).to_have_count(0)
    everybody.check()
    expect(page.locator("input[name=contact]:checked")).to_have_count(number)
    expect(said).to_have_text(f"Selected: {number}")
    rows.first.uncheck()
    expect(said).to_have_text(f"Selected: {number - 1}")
    expect(everybody).not_to_be_checked()
    assert everybody.evaluate("box => box.indeterminate")
    everybody.check()
    everybody.uncheck()
    expect(page.locator("input[name=contact]:checked")).to_have_count(0)
    expect(said).to_have_count(0)
    box = everybody.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= width


def test_what_is_empty_stays_out_of_the_address(address: str, page: Page) -> None:
    """Filters lead to an address of what was chosen alone; who comes back finds all fields open."""
    sign_in(page, address)
    page.goto(f"{address}/customer-contacts/")
    page.locator("summary").filter(has_text="Filters").click()
    page.locator("#filter-primary").select_option("yes")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**/customer-contacts/?state=active&primary=yes")
    page.go_back()
    expect(page.locator(".contacts-list-tools :disabled")).to_have_count(0)
