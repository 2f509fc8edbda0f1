"""The demo's newsletter: mailed to a marketing list, each mail with the link that leaves it."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from example_app.newsletter import READERS
from flask_contacts.testing import links_in, staff_sign_in
from tests.example import filled_example, post_form

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")
OLIVIA = "olivia.hart@aurora-bakery.example"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """The example with its demo data; the fixtures for mail use it."""
    return filled_example(tmp_path)


def send(app: Flask, *arguments: str) -> str:
    """Run the command; what it printed."""
    return app.test_cli_runner().invoke(args=["studio", "newsletter", *arguments]).output


def test_who_reads_it_can_leave(
    app: Flask, captured_mail: Callable[..., list[EmailMessage]]
) -> None:
    """Everybody on the list gets it once a month; by its link one leaves without signing in."""
    assert send(app) == f"Mails to Studio news: {len(READERS)}\n"
    assert send(app) == "Mails to Studio news: 0\n"
    mails = {str(mail["To"]): mail for mail in captured_mail()}
    assert set(mails) == set(READERS)
    assert mails[OLIVIA]["List-Unsubscribe"]
    leave = links_in(mails[OLIVIA])[-1]
    browser = app.test_client()
    page = browser.get(leave, follow_redirects=True)
    assert "Studio news" in page.text
    answer = post_form(browser, page.request.path)
    assert answer.status_code in {200, 302, 303}
    staff = app.test_client()
    assert staff_sign_in(staff, "admin", "admin").status_code == 302
    left = staff.get("/contacts-marketing-lists/show/1?left=1").text.replace("<wbr>", "")
    assert OLIVIA in left


def test_no_such_list(app: Flask) -> None:
    """Said in words; nobody is mailed."""
    assert "There is no such list." in send(app, "--list", "Nobody")
