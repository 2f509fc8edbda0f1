"""The script of the e-mail templates' editor: the mail follows what is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from flask_contacts.models import EmailTemplateText
from flask_contacts.testing import RecordingSmtp
from tests.host_app import ADMIN

ATTACK = "<img src=x onerror=alert(1)>"


@pytest.fixture
def editor(site: str, page: Page, make_customer: Any, make_contact: Any) -> Page:
    """The editor of the welcome mail, opened by the staff user, with two contacts to choose."""
    for company, firstname, lastname in (("Aurora", "Mara", "Lind"), ("Borealis", "Ole", ATTACK)):
        make_contact(make_customer(company), firstname=firstname, lastname=lastname)
    page.goto(f"{site}/login/")
    page.fill("#username", ADMIN[0])
    page.fill("#password", ADMIN[1])
    page.press("#password", "Enter")
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/contacts-email-templates/edit/welcome")
    return page


def test_merge_fields_go_where_the_cursor_is(editor: Page) -> None:
    """A click, or the key of a button, writes into the field used last; the mail follows."""
    editor.locator("[data-insert='{customer_name}']").press("Enter")
    assert editor.input_value("#body").endswith("{customer_name}</p>")
    editor.fill("#subject", "Dear ,")
    editor.press("#subject", "ArrowLeft")
    editor.click("[data-insert='{contact_firstname}']")
    assert editor.input_value("#subject") == "Dear {contact_firstname},"
    assert editor.evaluate("document.activeElement.id") == "subject"
    expect(editor.locator("[data-preview-subject]")).to_have_text("Dear Ole,")


def test_the_mail_follows_the_words(editor: Page, session: Session) -> None:
    """Unsaved words are shown, a name that is markup as text; an unknown field is named."""
    editor.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    mail = editor.frame_locator("[data-preview-frame]")
    editor.get_by_role("button", name="HTML").click()
    editor.fill("#body", "<h1>Hello {contact_lastname}</h1>")
    expect(mail.locator("h1")).to_have_text(f"Hello {ATTACK}")
    editor.fill("#body", "<p>{nobody}</p>")
    expect(editor.locator("[data-preview-notes]")).to_contain_text("no merge field {nobody}")
    expect(mail.locator("h1")).to_have_text(f"Hello {ATTACK}")
    editor.fill("#body", "<h1>Back</h1>")
    expect(mail.locator("h1")).to_have_text("Back")
    expect(editor.locator("[data-preview-notes]")).to_have_text("")
    assert session.query(EmailTemplateText).count() == 0


def test_choosing_a_contact(editor: Page) -> None:
    """A few letters bring names to choose from, and the chosen one into the mail."""
    editor.fill("#contact", "")
    editor.type("#contact", "mara")
    option = editor.locator("#contact-options option")
    expect(option).to_have_count(1)
    editor.fill("#contact", option.get_attribute("value") or "")
    expect(editor.locator("[data-preview-subject]")).to_have_text("Welcome aboard, Mara")


def test_a_test_without_leaving_the_page(
    editor: Page, smtp: RecordingSmtp, drain: Callable[[], None]
) -> None:
    """The unsaved subject arrives; the page stays, and says where it went."""
    editor.fill("#subject", "Only a test")
    editor.get_by_role("button", name="Send a test to me").click()
    expect(editor.locator("[data-preview-notes]")).to_contain_text("admin@example.com")
    assert editor.input_value("#subject") == "Only a test"
    drain()
    assert [message["Subject"] for message in smtp.messages] == ["Only a test"]
    assert smtp.recipients == [["admin@example.com"]]


def test_unsaved_words_are_asked_about(editor: Page) -> None:
    """Leaving with unsaved words asks first; saving them does not."""
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    editor.on("dialog", stay)
    editor.fill("#subject", "Unsaved")
    editor.press("#subject", "End")
    with editor.expect_event("dialog"):
        editor.get_by_role("link", name="Cancel").click(no_wait_after=True)
    assert asked == ["beforeunload"]
    assert editor.input_value("#subject") == "Unsaved"
    editor.get_by_role("button", name="Save", exact=True).click()
    expect(editor.get_by_text("The template is saved.")).to_be_visible()
    assert asked == ["beforeunload"]


def test_widths(editor: Page) -> None:
    """The mail is shown as wide as a phone, and as the page allows."""
    frame = editor.locator("[data-preview-frame]")
    assert frame.evaluate("frame => frame.clientWidth") > 450
    editor.get_by_text("Phone", exact=True).click()
    assert frame.evaluate("frame => frame.clientWidth") == 375
