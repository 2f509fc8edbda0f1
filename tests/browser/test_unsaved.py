"""What was typed and not saved: the pages of staff ask before it is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy.orm import Session

from flask_contacts.models import Comment, Contact
from tests.browser.conftest import sign_in
from tests.host_app import ADMIN

AGENT, TAB = "/customer-contacts/edit/{pk}", "/customercontacts/edit/{customer}/{pk}"
COMMENT = "#activity textarea"


@pytest.fixture
def contact(make_customer: Any, make_contact: Any) -> Any:
    """A contact."""
    return make_contact(make_customer("Aurora"))


@pytest.fixture
def opened(site: str, page: Page, contact: Any) -> Callable[[str], Page]:
    """``opened(AGENT)`` is the contact's form, opened by the staff user."""
    sign_in(page, site, *ADMIN)
    page.wait_for_url(f"{site}/")

    def open_form(form: str) -> Page:
        page.goto(site + form.format(pk=contact.id, customer=contact.customer_id))
        return page

    return open_form


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The kinds of the dialogs so far; each is answered by staying on the page."""
    kinds: list[str] = []

    def stay(dialog: Any) -> None:
        kinds.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return kinds


def leave(page: Page, name: str, role: Any = "link") -> None:
    """Press what leads away, and wait until the page has asked."""
    with page.expect_event("dialog"):
        page.get_by_role(role, name=name, exact=True).first.click(no_wait_after=True)


@pytest.mark.parametrize("form", [AGENT, TAB])
def test_another_form_of_the_page(
    opened: Callable[[str], Page], asked: list[str], session: Session, contact: Any, form: str
) -> None:
    """With a field changed, sending a comment asks, and so does a link; who stays finds all that
    was typed. Saving asks too, because of the comment."""
    page = opened(form)
    page.fill("#notes" if form == AGENT else "#position", "Typed")
    page.fill(COMMENT, "A comment")
    leave(page, "Comment", role="button")
    leave(page, "Cancel")
    leave(page, "Save", role="button")
    assert asked == ["beforeunload"] * 3
    assert page.input_value("#notes" if form == AGENT else "#position") == "Typed"
    assert page.input_value(COMMENT) == "A comment"
    session.rollback()
    assert session.query(Comment).count() == 0


@pytest.mark.parametrize("form", [AGENT, TAB])
def test_the_form_itself(
    opened: Callable[[str], Page], asked: list[str], session: Session, contact: Any, form: str
) -> None:
    """Saving asks nothing, nor does leaving a form into which nobody has typed."""
    page = opened(form)
    page.fill("#position" if form == TAB else "#notes", "Typed")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".contacts-messages, .alert-success").first).to_contain_text("saved")
    opened(form)
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.wait_for_url(lambda url: "/edit/" not in url)
    session.rollback()
    stored = session.get_one(Contact, contact.id)
    assert "Typed" in (stored.position, stored.notes)
    assert asked == []


def test_a_form_that_came_back(opened: Callable[[str], Page], asked: list[str]) -> None:
    """What was refused is not saved either."""
    page = opened(TAB)
    page.fill("#email", "nobody")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#email-error")).to_be_visible()
    assert asked == []
    page.click("h1")
    leave(page, "Cancel")
    assert asked == ["beforeunload"]
    assert page.input_value("#email") == "nobody"


def test_pressed_twice(opened: Callable[[str], Page], contact: Any, session: Session) -> None:
    """A form that is sent again while its answer is on the way is sent once."""
    page = opened(AGENT)
    sent: list[Route] = []

    def hold(route: Route) -> None:
        sent.append(route)  # it is answered later

    page.route("**/customer-contacts/comment/**", hold)
    page.fill(COMMENT, "Called today.")
    page.locator(COMMENT).evaluate(
        "(field) => { field.form.requestSubmit(); "
        "setTimeout(() => field.form.requestSubmit(), 100); }"
    )
    page.wait_for_timeout(600)
    assert len(sent) == 1
    sent[0].continue_()
    expect(page.get_by_text("Called today.")).to_be_visible()
    kept = session.query(Comment).filter_by(contact_id=contact.id).all()
    assert [one.body for one in kept] == ["Called today."]


def test_calling_and_writing(
    site: str, opened: Callable[[str], Page], asked: list[str], contact: Any
) -> None:
    """An address to write to does not leave the page: it asks nothing, and a link does after it."""
    page = opened("/customer-contacts/show/{pk}")
    page.locator("textarea[name=body]").evaluate(
        "(field) => { field.value = 'On the phone.'; "
        "field.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    page.locator('main a[href^="mailto:"]').first.click(no_wait_after=True)
    page.wait_for_timeout(700)
    assert asked == []
    leave(page, "← Customer contacts")
    assert asked == ["beforeunload"]
