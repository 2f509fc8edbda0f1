"""The body of a mail as one reads it: buttons for its form, and HTML for who wants that."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.host_app import ADMIN

BODY = "#body"
ATTACK = (
    "<p onclick=alert(1)>Kept</p><script>alert(2)</script><img src=x onerror=alert(3)>"
    '<a href="javascript:alert(4)">bad</a><svg><style>p{display:none}</style></svg>'
)


@pytest.fixture
def page_of_template(site: str, page: Page, make_customer: Any, make_contact: Any) -> Page:
    """The editor of the welcome mail, opened by the staff user."""
    make_contact(make_customer("Aurora"), firstname="Mara", lastname="Lind")
    page.goto(f"{site}/login/")
    page.fill("#username", ADMIN[0])
    page.fill("#password", ADMIN[1])
    page.press("#password", "Enter")
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/contacts-email-templates/edit/welcome")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    return page


@pytest.fixture
def words(page_of_template: Page) -> Locator:
    """The text as one reads it, emptied."""
    shown = page_of_template.get_by_role("textbox", name="Body")
    shown.press("Control+a")
    shown.press("Delete")
    return shown


def test_what_is_only_read_stays_as_it_was(page_of_template: Page) -> None:
    """Opening the page, and looking at the HTML and back, changes no letter of it."""
    before = page_of_template.input_value(BODY)
    html = page_of_template.get_by_role("button", name="HTML")
    html.click()
    expect(page_of_template.locator(BODY)).to_be_visible()
    html.click()
    expect(page_of_template.locator(BODY)).to_be_hidden()
    assert page_of_template.input_value(BODY) == before


def test_buttons_write_plain_html(page_of_template: Page, words: Locator) -> None:
    """Bold, a list and a link become what a mail keeps, by the keyboard alone."""
    page = page_of_template
    words.press_sequentially("a & <b>")
    words.press("Shift+Home")
    page.get_by_role("button", name="Bold").press("Enter")
    words.press("End")
    words.press("Enter")
    page.get_by_role("button", name="Bold").press("Enter")
    page.get_by_role("button", name="List with bullets").press("Enter")
    words.press_sequentially("one")
    words.press("Enter")
    words.press("Enter")
    words.press_sequentially("here")
    words.press("Shift+Home")
    page.get_by_role("button", name="Link", exact=True).press("Enter")
    page.get_by_label("Address of the link").fill("example.com/x")
    page.get_by_label("Address of the link").press("Enter")
    assert page.input_value(BODY).splitlines() == [
        "<p><b>a &amp; &lt;b&gt;</b></p>",
        "<ul><li>one</li></ul>",
        '<p><a href="https://example.com/x">here</a></p>',
    ]
    mail = page.frame_locator("[data-preview-frame]")
    expect(mail.get_by_role("link", name="here")).to_be_visible()


def test_lines_spaces_and_links_stay_whole(page_of_template: Page, words: Locator) -> None:
    """A line break is one in the mail, a link with nothing selected is put in whole, and the
    space between two formats is kept."""
    page = page_of_template
    words.press_sequentially("See ")
    page.get_by_role("button", name="Link", exact=True).press("Enter")
    page.get_by_label("Address of the link").fill("{portal_url}")
    page.get_by_label("Address of the link").press("Enter")
    words.press("End")
    words.press("Shift+Enter")
    words.press_sequentially("Acme")
    html = page.input_value(BODY)
    assert '<a href="{portal_url}">{portal_url}</a>' in html
    assert html.count("<br>") == 1
    page.get_by_role("button", name="HTML").click()
    page.fill(BODY, "<b>Hello</b> <i>World</i>\n<p>x <b>y</b> <i>z</i></p>")
    page.get_by_role("button", name="HTML").click()
    words.press("Control+End")
    words.press_sequentially("!")
    written = page.input_value(BODY).replace("&nbsp;", " ")
    assert "<b>Hello</b> <i>World</i>" in written
    assert "x <b>y</b> <i>z!</i>" in written


def test_nothing_that_is_typed_as_html_runs(page_of_template: Page) -> None:
    """Scripts, handlers, images and their like never reach the page of the admin."""
    page = page_of_template
    page.get_by_role("button", name="HTML").click()
    page.fill(BODY, ATTACK)
    page.get_by_role("button", name="HTML").click()
    shown = page.get_by_role("textbox", name="Body")
    expect(shown).to_have_text("Keptbad")
    assert shown.inner_html() == "<p>Kept</p><a>bad</a>"


def test_pasted_text_brings_no_format_of_elsewhere(page_of_template: Page, words: Locator) -> None:
    """What comes from a word processor keeps its paragraphs and bold, and loses its styles."""
    words.evaluate(
        """(element) => {
          const data = new DataTransfer();
          data.setData("text/html", "<div style='color:red'>One <b class='x'>two</b></div>");
          data.setData("text/plain", "One two");
          element.focus();
          element.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
        }"""
    )
    written = page_of_template.input_value(BODY)
    assert "style" not in written
    assert "class" not in written
    assert "One <b>two</b>" in written
