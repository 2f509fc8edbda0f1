"""The main job, played in a browser against the running demo (issue 2, "done when")."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import sign_in
from tests.example import Demo, running_demo

CUSTOMER = "Blue Heron Yoga"
EMAIL = "dana@blueheron-yoga.example"
PASSWORD = "a heron stands very still"
PERMITTED = ("Estimates", "Support", "Projects")
REFUSED = ("Invoices", "Contracts", "Proposals")


@pytest.fixture(scope="module")
def demo(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Demo]:
    """The demo in a process of its own, with fresh data."""
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


def sign_in_as_admin(page: Page, demo: Demo) -> None:
    """What staff do first."""
    sign_in(page, demo.url)
    expect(page.get_by_role("heading", name="Northwind Studio")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in as staff")).to_have_count(0)


def open_contacts_tab(page: Page, demo: Demo, customer: str) -> None:
    """From the menu to the customer's tab Contacts."""
    page.goto(demo.url)
    page.get_by_role("link", name="CRM").click()
    page.locator(".dropdown-menu").get_by_role("link", name="Customers").click()
    page.get_by_role("link", name=customer).first.click()
    page.get_by_role("tab", name="Contacts").click()


def choices(page: Page, legend: str) -> Locator:
    """The boxes under a heading of the form."""
    return page.get_by_role("group", name=legend)


def mail_about(page: Page, demo: Demo, subject: str) -> Locator:
    """Open the newest mail to the new contact with this subject; its HTML's links."""
    page.goto(f"{demo.url}/mailbox/")
    mail = page.locator(".mails a", has_text=subject).filter(has_text=EMAIL).first
    expect(mail).to_be_visible(timeout=20_000)
    mail.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(subject)
    return page.frame_locator("iframe").get_by_role("link")


def test_from_new_contact_to_the_portal(
    demo: Demo, new_context: Callable[..., BrowserContext]
) -> None:
    """Staff create a contact; the contact follows the mail and sees what was permitted."""
    context = new_context()
    staff = context.new_page()
    sign_in_as_admin(staff, demo)
    open_contacts_tab(staff, demo, CUSTOMER)
    expect(staff.get_by_text("No contacts yet")).to_be_visible()
    create_contact(staff)

    person = context.new_page()
    mail_about(person, demo, "Welcome aboard, Dana")
    link = mail_about(person, demo, "Set your password").first
    address = link.get_attribute("href") or ""
    assert address.startswith(f"{demo.url}/portal/set-password/")
    link.click()
    set_password_at_the_second_opening(person, address)

    person.goto(address)
    expect(person.get_by_role("heading", name="This link has been used")).to_be_visible()

    sign_in_to_the_portal(person, demo)
    see_only_what_is_permitted(person, demo)

    # Two worlds in one browser: staff are still staff, the contact is none.
    staff.reload()
    expect(staff.get_by_role("link", name="Ada Lindqvist")).to_be_visible()


def create_contact(page: Page) -> None:
    """Fill in New Contact with the labels of the manuals, and save."""
    page.get_by_role("link", name="New Contact").click()
    page.get_by_label("Firstname").fill("Dana")
    page.get_by_label("Lastname").fill("Whitecloud")
    page.get_by_label("Position").fill("Owner")
    page.get_by_label("Email", exact=False).first.fill(EMAIL)
    page.get_by_label("Phone").first.fill("+1 503 555 0187")
    primary = page.get_by_label("Primary contact")
    expect(primary).to_be_checked()
    expect(primary).to_be_disabled()
    expect(page.get_by_label("Do not send a welcome email")).not_to_be_checked()
    page.get_by_label("Send set new password email").check()
    permissions = choices(page, "Permissions")
    for name in PERMITTED:
        permissions.get_by_label(name).check()
    for name in REFUSED:
        permissions.get_by_label(name).uncheck()
    expect(choices(page, "Email Notifications").get_by_label("Tickets")).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"/customers/show/\d+.*#ContactsTab$"))
    in_tab = page.locator("#ContactsTab").get_by_role("link", name="Dana Whitecloud")
    expect(in_tab).to_be_visible()
    expect(page.locator(".nav-tabs .badge")).to_have_text("1")


def set_password_at_the_second_opening(page: Page, address: str) -> None:
    """Opening the link consumes nothing, and the token does not stay in the address."""
    for _ in range(2):
        expect(page.get_by_role("heading", name="Set your password")).to_be_visible()
        assert address.rsplit("/", 1)[1] not in page.url
        page.goto(address)
    page.get_by_role("textbox", name="New password", exact=True).fill(PASSWORD)
    page.get_by_role("textbox", name="New password, once more").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def sign_in_to_the_portal(page: Page, demo: Demo) -> None:
    """With the password just set."""
    page.goto(f"{demo.url}/portal/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{demo.url}/portal/")


def see_only_what_is_permitted(page: Page, demo: Demo) -> None:
    """The navigation, 403 for another module, 404 for another customer's record."""
    navigation = page.get_by_role("navigation").first
    for name in PERMITTED:
        expect(navigation.get_by_role("link", name=name)).to_be_visible()
    for name in REFUSED:
        expect(page.get_by_role("link", name=name)).to_have_count(0)
    navigation.get_by_role("link", name="Estimates").click()
    expect(page.get_by_text("Name, sign and timetable")).to_be_visible()
    expect(page.get_by_text("Aurora Bakery")).to_have_count(0)

    answer = page.goto(f"{demo.url}/portal/invoices/")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_role("heading", name="No access")).to_be_visible()
    answer = page.goto(f"{demo.url}/portal/estimates/1")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    page.get_by_role("link", name="To the overview").click()
    expect(page).to_have_url(f"{demo.url}/portal/")


@pytest.mark.parametrize("width", [1280, 390])
def test_demo_pages_fit(demo: Demo, new_context: Callable[..., BrowserContext], width: int) -> None:
    """The example's own pages need no scrolling sideways, and complain of nothing."""
    page = new_context(width=width).new_page()
    page.goto(demo.url)
    expect(page.get_by_role("heading", name="Northwind Studio")).to_be_visible()
    for path in ("/", "/mailbox/"):
        page.goto(demo.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    sign_in_as_admin(page, demo)
    for path in ("/invoiceview/list/", "/invoiceview/show/1", "/invoiceview/add"):
        page.goto(demo.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_customer_is_found_by_typing(
    demo: Demo, new_context: Callable[..., BrowserContext]
) -> None:
    """The form for a new invoice asks the server for names instead of listing all."""
    page = new_context().new_page()
    sign_in_as_admin(page, demo)
    page.goto(f"{demo.url}/invoiceview/add")
    field = page.get_by_placeholder("Type a part of the company's name")
    field.press_sequentially("ødeg")
    offered = page.locator("datalist option")
    expect(offered).to_have_count(1)
    expect(offered).to_have_attribute("value", "Ødegård Fjordcruise AS")
