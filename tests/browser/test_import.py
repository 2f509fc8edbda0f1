"""An import in a browser: the script does the work, and tells when the server is away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact
from flask_contacts.services.importing import steps
from tests.browser.conftest import sign_in
from tests.host_app import ADMIN


def test_to_the_end(
    new_context: Callable[..., BrowserContext],
    site: str,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bar fills by itself to the dry run, and after Import to the end; a server that is away
    for a moment is asked again."""
    monkeypatch.setattr(steps, "ROWS_AT_ONCE", 20)
    page = new_context().new_page()
    sign_in(page, site, *ADMIN)
    page.goto(f"{site}/contacts-import/")
    rows = "".join(f"Ada,Number {n},n{n}@x.example.com\n" for n in range(100))
    content = f"First name,Last name,Email\n{rows}".encode()
    page.get_by_label("File").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_text("This is what would become of the rows.")).to_be_visible()
    assert session.scalar(select(func.count()).select_from(Contact)) == 0
    session.rollback()
    away = iter([True, False])

    def answer(route: Route) -> None:
        if next(away, False):
            route.fulfill(status=200, body="the way is blocked", content_type="text/plain")
        else:
            route.continue_()

    page.route("**/step", answer)
    page.get_by_role("button", name="Import 100 contacts").click()
    expect(page.get_by_role("link", name="New 100")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Imported ·")).to_be_visible()
    assert session.scalar(select(func.count()).select_from(Contact)) == 100
