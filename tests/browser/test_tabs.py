"""The tabs of a customer's page, where lists of the host stand beside ours."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.bundled_only(reason="the example is built on the bundled customers"),
    pytest.mark.filterwarnings("ignore:The Query.get"),
]
#: FAB keeps the last tab by itself on a host's own page; here the address alone says it.
FORGET = "window.localStorage.clear()"


def test_sorting_and_paging_stay_in_their_tab(address: str, page: Page) -> None:
    """A list of the host in a tab is sorted and paged there; the page comes back to that tab
    with what was asked for, and a link that names its own place keeps it."""
    page.goto(f"{address}/login/")
    page.get_by_label("Username").fill("admin")
    page.locator("input[name=password]").fill("admin")
    page.locator("input[type=submit]").click()
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
