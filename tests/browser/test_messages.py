"""What was done is said where one sees it, also where the address leads further down the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from flask_contacts.testing import staff_sign_in
from tests import portal_pages

pytestmark = [
    pytest.mark.bundled_only(reason="the example is built on the bundled customers"),
    pytest.mark.filterwarnings("ignore:The Query.get"),
]

#: Whether each message lies within the window, and nothing over it.
IN_VIEW = """
(messages) => messages.map((one) => {
  const box = one.getBoundingClientRect();
  const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return box.top >= 0 && box.bottom <= innerHeight && one.contains(there);
})
"""
#: Whether what has the focus can be seen in full: below the messages, or one of theirs.
IS_FREE = """
() => {
  const one = document.activeElement, messages = document.querySelector(".contacts-messages");
  const top = one.getBoundingClientRect().top, end = messages.getBoundingClientRect().bottom;
  return messages.contains(one) || top >= end || one.outerHTML.slice(0, 160);
}
"""


@pytest.mark.parametrize(
    ("width", "scripts"),
    [(1280, True), (390, True), (390, False)],
    ids=["wide", "phone", "phone-without-scripts"],
)
def test_a_message_is_in_view(
    example: Flask,
    address: str,
    new_context: Callable[..., BrowserContext],
    width: int,
    scripts: bool,
) -> None:
    """After Save, a comment and Link, each of which leads to a place in its page; the message
    covers nothing that one goes to by the keyboard, and can be closed."""
    client = example.test_client()
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    context = new_context(width=width, java_script_enabled=scripts)
    context.add_cookies(portal_pages.cookies_of(client, address))  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/customer-contacts/edit/9")
    page.get_by_role("button", name="Save", exact=True).click()
    sees(page, "The changes to Bartholomew")
    for origin in ("show/1#tab-activity", "edit/1"):
        page.goto(f"{address}/customer-contacts/{origin}")
        page.get_by_label("New comment").fill("Called @nobody and @noone")
        page.get_by_role("button", name="Comment", exact=True).click()
        sees(page, "The comment is saved.", "@nobody.", "@noone.")
    page.goto(f"{address}/customer-contacts/show/1")
    page.get_by_role("combobox", name="Link to Leads").fill("Bram de Wit")
    page.locator("#list-leads").get_by_role("button", name="Link · Leads", exact=True).click()
    page.wait_for_url("**/show/1#list-leads")
    sees(page, "Bram de Wit is linked")
    assert page.evaluate("scrollY") > 0
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(IS_FREE) is True
    if scripts:
        page.locator(".contacts-messages .close").click()
        expect(page.locator(".contacts-messages .alert")).to_have_count(0)


def sees(page: Page, *texts: str) -> None:
    """These messages, and no others, are in view."""
    messages = page.locator(".contacts-messages .alert")
    expect(messages).to_contain_text(list(texts))
    assert messages.evaluate_all(IN_VIEW) == [True] * len(texts)
