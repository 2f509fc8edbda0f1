"""Take the README's pictures (docs/images/*.png) from a fresh demo.

    .venv/bin/python -m scripts.take_pictures

Run it where the pages' look has changed. It starts a demo of its own with fresh data on
free ports, needs Chromium, and ends everything that it started.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from example_app.demo_data import COMPANIES, DEMO_PASSWORD
from tests.example import CHROMIUM_FLAGS, ROOT, chromium, running_demo

IMAGES = ROOT / "docs" / "images"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
OLIVIA = COMPANIES[0].people[0].email
NEW_PERSON = {
    "Firstname": "Dana",
    "Lastname": "Whitecloud",
    "Position": "Owner",
    "Email": "dana@blueheron-yoga.example",
    "Phone": "+1 503 555 0187",
}


def main() -> None:
    """Take them all."""
    program = chromium()
    if program is None:
        raise SystemExit("There is no Chromium: run scripts/install_chromium.sh")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        running_demo(Path(directory)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        for pictures, size in (
            (staff_pictures, DESK),
            (portal_pictures, DESK),
            (phone_pictures, PHONE),
        ):
            page = new_page(browser, demo.url, size)
            pictures(page, take(page))
        browser.close()


def new_page(browser: Browser, url: str, size: dict[str, int]) -> Page:
    """A page of a fresh browser, twice as sharp on the phone."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": size["width"], "height": size["height"]},
        device_scale_factor=2 if size is PHONE else 1,
        locale="en-US",
        reduced_motion="reduce",
    )
    return context.new_page()


def take(page: Page) -> Callable[[str], None]:
    """``take(page)(name)`` saves what the page shows as ``docs/images/<name>.png``."""

    def save(name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.evaluate("document.activeElement && document.activeElement.blur()")
        page.screenshot(path=IMAGES / f"{name}.png")
        print(f"docs/images/{name}.png")

    return save


def staff_pictures(page: Page, save: Callable[[str], None]) -> None:
    """The tab Contacts, the form New Contact filled in, and the mail that comes of it."""
    page.goto("/login/")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill("admin")
    page.locator("input[type=submit]").click()
    page.goto("/customers/show/1#ContactsTab")
    save("contacts-tab")

    page.goto("/customers/list/")
    page.get_by_role("link", name="Blue Heron Yoga").first.click()
    page.get_by_role("tab", name="Contacts").click()
    page.get_by_role("link", name="New Contact").click()
    for label, value in NEW_PERSON.items():
        page.get_by_label(label).first.fill(value)
    page.get_by_label("Send set new password email").check()
    page.set_viewport_size({"width": DESK["width"], "height": 1240})
    save("contact-form")
    page.get_by_role("button", name="Save").click()

    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.goto("/mailbox/")
    page.locator(".mails a", has_text="Set your password").click(timeout=20_000)
    page.frame_locator("iframe").get_by_role("link").first.wait_for()
    save("mailbox")


def sign_in_to_the_portal(page: Page) -> None:
    """As Olivia, who sees everything."""
    page.goto("/portal/sign-in")
    page.get_by_label("E-mail").fill(OLIVIA)
    page.get_by_role("textbox", name="Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/portal/")


def portal_pictures(page: Page, save: Callable[[str], None]) -> None:
    """The portal's first page and a list, the list in the dark as well."""
    sign_in_to_the_portal(page)
    save("portal-dashboard")
    page.goto("/portal/invoices/")
    save("portal-invoices")
    page.emulate_media(color_scheme="dark")
    page.goto("/portal/projects/2")
    save("portal-project-dark")


def phone_pictures(page: Page, save: Callable[[str], None]) -> None:
    """The portal on a phone."""
    sign_in_to_the_portal(page)
    page.goto("/portal/invoices/")
    save("portal-phone")


if __name__ == "__main__":
    main()
