"""The send dialog in a browser: what its script adds, and what it shows of a mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Mail
from flask_contacts.services.agent.contacts import create_agent_contact
from tests.browser.conftest import sign_in, walk_and_close
from tests.host_app import ADMIN, HostInvoice

Make = Callable[..., Any]
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def url(session: Session, site: str, make_customer: Make, make_contact: Make) -> str:
    """The dialog of an invoice of a customer with many contacts, one of them unwilling."""
    customer = make_customer()
    wants = {"permissions": ["invoices"], "topics": ["invoice"], "is_user": False}
    make_contact(customer, firstname="Ada", lastname="Lovelace", **wants)
    for number in range(14):
        make_contact(customer, lastname=f"Other {number:02}", is_user=False)
    make_contact(
        customer, firstname="Zoë", lastname=EVIL, email="zoe@example.com", is_user=False,
        do_not_send_emails=True, language="pt_BR",
    )  # fmt: skip
    invoice = HostInvoice(
        number="A-1", issued_on=date(2026, 1, 2), total=1200, customer_id=customer.id
    )
    session.add(invoice)
    session.commit()
    return f"{site}/hostinvoiceview/send/{invoice.id}"


def send(page: Page) -> None:
    """Press Send by the keyboard: a click right after scrolling may still hit the frame of the
    preview, which is a process of its own."""
    page.get_by_role("button", name="Send").press("Enter")


@pytest.mark.parametrize("width", [1280, 390])
def test_from_the_search_to_the_mail(
    session: Session, site: str, url: str, new_context: Callable[..., BrowserContext], width: int
) -> None:
    """A contact is found while one types, confirmed, previewed and mailed; no dialog of a
    name's script opens, and nothing stands wider than the screen."""
    page = new_context(width=width).new_page()
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    sign_in(page, site, *ADMIN)
    page.goto(url)
    confirm = page.get_by_label("Write to them all the same")
    expect(confirm).to_be_hidden()
    page.get_by_label("Add another contact").press_sequentially("zoë")
    page.get_by_role("option").filter(has_text="zoe@example.com").click()
    chip = page.get_by_role("checkbox", name="Zoë")
    expect(chip).to_be_checked()
    expect(page.locator("legend").first).to_have_text("To 2")
    expect(confirm).to_be_visible()
    confirm.check()
    page.get_by_label("Language").select_option("en")
    expect(page.get_by_label("Subject")).to_have_value("Invoice A-1")
    expect(chip).to_be_checked()
    page.get_by_label("Subject").fill("For {contact_firstname}")
    page.get_by_label("Preview for").select_option(label=f"for Zoë {EVIL}")
    page.get_by_role("button", name="Preview", exact=True).last.click()
    mail = page.frame_locator("iframe[title=Preview]")
    expect(mail.get_by_text("Dear Zoë,")).to_be_visible()
    expect(page.locator("#preview dl")).to_contain_text("For Zoë")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    send(page)
    expect(page.get_by_text("Invoice A-1 is on its way to")).to_be_visible()
    subjects = session.scalars(select(Mail.subject).order_by(Mail.subject)).all()
    assert subjects == ["For Ada", "For Zoë"]


def test_a_contact_is_chosen_by_the_keyboard(
    app: Flask, session: Session, site: str, url: str, page: Page
) -> None:
    """Who is found is a box of proposals for those who cannot see it: what it is, how many there
    are and which one is marked. The focus stays in the field; who cannot be written to can be
    read there, and not chosen."""
    customer_id = session.scalars(select(HostInvoice.customer_id)).one()
    with app.app_context():
        mute = {"firstname": "Zora", "lastname": "Mute", "is_user": False}
        create_agent_contact(session, customer_id, mute)
    sign_in(page, site, *ADMIN)
    page.goto(url)
    field = page.get_by_role("combobox", name="Add another contact")
    box = page.get_by_role("listbox", name="Contacts")
    said = page.get_by_role("status").filter(has_text="Contacts to choose from")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_attribute("aria-autocomplete", "list")
    field.press_sequentially("zo")
    options, marked = box.get_by_role("option"), box.get_by_role("option", selected=True)
    expect(options).to_have_count(2)
    expect(said).to_have_text("Contacts to choose from: 2")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-controls", box.get_attribute("id") or "none")
    expect(marked).to_have_count(0)
    names = ["Zora" if "Zora" in text else "Zoë" for text in options.all_inner_texts()]
    walk_and_close(page, field, box, names)
    expect(said).to_have_count(0)
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    expect(field).to_have_value("zo")
    page.keyboard.press("Enter")  # asks again
    expect(options).to_have_count(2)
    for name in names if names[0] == "Zora" else reversed(names):
        while name not in " ".join(marked.all_inner_texts()):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        if name == "Zora":
            expect(marked).to_be_disabled()
            expect(options).to_have_count(2)
    expect(box).to_have_count(0)
    expect(page.get_by_role("checkbox", name="Zoë")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Zora", checked=True)).to_have_count(0)
    expect(field).to_be_focused()
    expect(field).to_have_value("")


def test_without_a_script_it_works_too(
    session: Session, site: str, url: str, new_context: Callable[..., BrowserContext]
) -> None:
    """Buttons do what the script does; Enter in a field looks and does not send."""
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, site, *ADMIN)
    page.goto(url)
    page.get_by_label("Add another contact").fill("zoe@")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("checkbox", name="Zoë").check()
    page.get_by_label("Cc").fill("boss@example.com")
    page.get_by_label("Cc").press("Enter")
    expect(page.locator("#preview")).to_contain_text("boss@example.com")
    assert session.scalars(select(Mail.id)).all() == []
    send(page)
    expect(page.get_by_role("alert")).to_contain_text("wants no e-mails")
    page.get_by_label("Write to them all the same").check()  # the page has no preview any more
    send(page)
    expect(page.get_by_text("A copy goes to boss@example.com.")).to_be_visible()
