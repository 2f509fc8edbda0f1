"""Generate login in a browser: whose account an address is, while one types it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import sign_in
from tests.host_app import ADMIN

Make = Callable[..., Any]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_account_is_told_while_one_types(
    site: str, make_customer: Make, make_contact: Make,
    new_context: Callable[..., BrowserContext], width: int,
) -> None:  # fmt: skip
    """The alert is there for the contact's own address, goes with another that is nobody's, and
    comes with one that is somebody's; nothing stands wider than the screen."""
    aurora = make_customer(company="Aurora")
    make_contact(aurora, firstname="Mara", lastname="Lind", email="mara@example.com")
    make_contact(aurora, firstname="Kim", lastname="Berg", email="kim@example.com")
    without = {"is_user": False, "password": ""}
    own = make_contact(make_customer(company="Acme"), email="mara@example.com", **without)
    page = new_context(width=width).new_page()
    sign_in(page, site, *ADMIN)
    page.goto(f"{site}/customer-contacts/generate-login/{own.id}")
    field, place = page.get_by_label("Email").first, page.locator("[data-contacts-similar]")
    alert = place.get_by_role("status")
    expect(place).to_have_attribute("aria-live", "polite")
    expect(alert).to_contain_text("Mara Lind")
    field.fill("nobody@example.com")
    expect(alert).to_have_count(0)
    field.fill("KIM@example.com")
    expect(alert).to_contain_text("This address is the account of:")
    expect(alert.get_by_role("link", name="Kim Berg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
