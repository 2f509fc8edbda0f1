"""The tabs of a customer's page, where lists of the host stand beside ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import sign_in

pytestmark = [
    pytest.mark.bundled_only(reason="the example is built on the bundled customers"),
    pytest.mark.filterwarnings("ignore:The Query.get"),
]
#: FAB keeps the last tab by itself on a host's own page; here the address alone says it.
FORGET = "window.localStorage.clear()"


def test_sorting_and_paging_stay_in_their_tab(address: str, page: Page) -> None:
    """A list of the host in a tab is sorted and paged there; the page comes back to that tab
    with what was asked for, and a link that names its own place keeps it."""
    sign_in(page, address)
    page.goto(f"{address}/customers/show/1?psize_InvoiceView=2")
    page.get_by_role("tab", name="Invoices").click()
    invoices = page.locator("#InvoiceView")
    for link in (
        invoices.locator("thead a").first,
        invoices.locator(".pagination a", has_text="2").first,
    ):
        expect(invoices).to_be_visible()
        page.evaluate(FORGET)
        link.click()
        page.wait_for_url("**#InvoiceView")
        expect(invoices).to_be_visible()
        expect(page.locator("#Home")).to_be_hidden()
        assert "InvoiceView=" in page.url.partition("#")[0]
    page.goto(f"{address}/customers/show/1?contacts_archived=1#ContactsTab")
    back = page.locator("#ContactsTab").get_by_role("link", name="Back to the contacts")
    assert (back.get_attribute("href") or "").endswith("/customers/show/1#ContactsTab")


def test_a_tab_is_filled_when_it_is_opened(address: str, page: Page) -> None:
    """What stands in Notes comes when the tab is opened, once, and stays: nothing that was typed
    is lost among the tabs. An address that names the tab opens it filled."""
    sign_in(page, address)
    page.goto(f"{address}/customers/show/1")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    note = page.get_by_label("New Note")
    page.get_by_role("tab", name="Notes", exact=True).click()
    note.fill("Called twice")
    page.get_by_role("tab", name="Customer admins").click()
    expect(page.get_by_label("Add by user name or full name")).to_be_visible()
    expect(note).to_be_hidden()
    page.get_by_role("tab", name="Notes", exact=True).click()
    expect(note).to_have_value("Called twice")
    assert [one.partition("?")[2] for one in asked] == ["tab=NotesTab", "tab=CustomerAdminsTab"]
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#NotesTab .contacts-note-body").first).to_have_text("Called twice")
    for way in ("#NotesTab", "?tab=NotesTab", "?tab=NotesTab#NotesTab"):
        page.goto("about:blank")
        page.goto(f"{address}/customers/show/1{way}")
        expect(note).to_be_visible()


def test_tabs_without_a_script(address: str, new_context: Callable[..., BrowserContext]) -> None:
    """Where no script runs each tab is a link to the page with that tab in it."""
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, address)
    page.goto(f"{address}/customers/show/1")
    for tab, words in (
        ("Notes", "New Note"),
        ("Customer admins", "Add by user name or full name"),
    ):
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.get_by_label(words)).to_be_visible()
        expect(page.locator("#Home")).to_be_hidden()
    page.get_by_role("tab", name="Contacts").click()
    expect(page.locator("#ContactsTab").get_by_role("link", name="New Contact")).to_be_visible()
    page.get_by_role("tab", name="Invoices").click()
    expect(page.locator("#InvoiceView thead")).to_be_visible()
    page.get_by_role("tab", name="Profile").click()
    expect(page.locator("#Home")).to_be_visible()
