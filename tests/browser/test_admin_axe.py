"""The main pages of the agent interface under axe: on a wide page and on a phone, in Bootstrap's
own colours and in a dark theme of Flask-AppBuilder's.

What is Flask-AppBuilder's own is left out by name (``NOT_OURS``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import sign_in
from tests.browser.test_axe import TAGS

pytestmark = [
    pytest.mark.bundled_only(reason="the example is built on the bundled customers"),
    pytest.mark.filterwarnings("ignore:The Query.get"),
]

#: What only the colours can change; all else is the same in both themes.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
CONTACTS = "/customer-contacts"
ALL_THREE = "choose=selected&contact=1&contact=2&contact=8"
PAGES = [
    f"{CONTACTS}/",
    f"{CONTACTS}/?q=nobody-is-called-so",
    f"{CONTACTS}/?state=all&created_from=never",
    f"{CONTACTS}/show/1",
    f"{CONTACTS}/edit/8",
    f"{CONTACTS}/generate-login/12",
    f"{CONTACTS}/bulk/deactivate?{ALL_THREE}",
    f"{CONTACTS}/bulk/permissions?{ALL_THREE}",
    f"{CONTACTS}/archive/1",
    f"{CONTACTS}/merge?contact=8&contact=9",
    "/contacts-marketing-lists/show/1",
    "/contacts-import/",
    "/contacts-duplicates/?kind=phone",
    "/data-quality/",
    "/contacts-invitations/",
    "/contacts-outgoing-mail/",
    "/contacts-settings/",
    "/contacts-email-templates/edit/welcome",
    "/customercontacts/who-gets-what/1",
    "/customercontacts/access/1/1",
    "/customers/show/1#ContactsTab",
    "/customers/show/1?tab=NotesTab",
    "/customers/show/1?tab=CustomerAdminsTab",
]
#: The header says ``role="header"``, which there is not, its menus of languages and of the user
#: have links without words, and the themes write white on bright; the footer is the example's.
NOT_OURS = ["header.top", "footer"]
RUN = """
async ([rules, tags, notOurs]) => {
  const run = rules ? {type: "rule", values: rules} : {type: "tag", values: tags};
  const found = await axe.run({exclude: notOurs.map((one) => [one])}, {
    runOnly: run, resultTypes: ["violations"], preload: false,
  });
  return found.violations.flatMap((broken) => broken.nodes.map(
    (node) => `${broken.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}
"""


def signed_in(context: BrowserContext, address: str) -> Page:
    """A page of the administrator's browser, with axe in each document."""
    context.add_init_script(AXE_SCRIPT)
    page = context.new_page()
    sign_in(page, address)
    return page


@pytest.mark.parametrize(
    ("theme", "width", "rules"),  # slate fetches no fonts from elsewhere
    [("", 1280, None), ("slate.css", 390, COLOUR_RULES)],
    ids=["light", "dark-phone"],
)
def test_no_rule_is_broken(
    example: Flask,
    address: str,
    new_context: Callable[..., BrowserContext],
    monkeypatch: pytest.MonkeyPatch,
    theme: str,
    width: int,
    rules: list[str] | None,
) -> None:
    """No page breaks a rule of axe, and none is wider than its window."""
    monkeypatch.setitem(example.config, "APP_THEME", theme)
    page = signed_in(new_context(width=width, reduced_motion="reduce"), address)
    broken: dict[str, list[Any]] = {}
    for path in PAGES:
        page.goto(address + path)
        assert page.locator("main.contacts-page h1").count() == 1, path
        broken[path] = page.evaluate(RUN, [rules, TAGS, NOT_OURS])
        wide = page.evaluate("document.documentElement.scrollWidth")
        broken[path] += [f"{wide} pixels wide"] if wide > width else []
    assert {path: found for path, found in broken.items() if found} == {}
