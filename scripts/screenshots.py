"""Take a picture of every page in every state, for looking at what a change did.

    .venv/bin/python -m scripts.screenshots [--only WORD]

The pictures go to ``build/screenshots/`` (which git ignores), a folder for each state, with
an ``index.html`` that shows them all; ``--only`` takes those whose name holds the word.
Those of the README are taken by ``scripts/take_pictures.py`` into ``docs/images/``. The
day is always the same, so that two runs differ by what was changed alone. Needs Chromium.
"""

from __future__ import annotations

import argparse
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape
from pathlib import Path

import time_machine
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from tests import portal_pages, portal_people, pseudo_locale
from tests.browser.conftest import served
from tests.example import CHROMIUM_FLAGS, ROOT, chromium, filled_example
from tests.portal_pages import Answer, Visitor

TARGET = ROOT / "build" / "screenshots"
TODAY = datetime(2026, 6, 15, 9, 30, tzinfo=timezone.utc)
REQUIRED = "main form[method=post] [required]"
SEND_EMPTY = """
(field) => {
  for (const one of field.form.elements) if (one.required) one.value = "";
  field.form.submit();
}
"""


@dataclass(frozen=True)
class State:
    """A way to look at the pages; no visitors are all of them."""

    name: str
    width: int = 1280
    dark: bool = False
    language: str = "en"
    visitors: tuple[str, ...] = ()
    sends_empty: bool = False


FULL = ("olivia", "stranger")
STATES = (
    State("light"),
    State("dark", dark=True, visitors=FULL),
    State("phone", width=390, visitors=FULL),
    State("phone-dark", width=390, dark=True, visitors=FULL),
    State("narrowest", width=320, visitors=("beadle",)),
    State("tablet", width=768, visitors=("olivia",)),
    State("wide", width=1920, visitors=("olivia",)),
    State("errors", sends_empty=True),
    State("errors-phone", width=390, sends_empty=True, visitors=FULL),
    State("rtl", language=pseudo_locale.LANGUAGE, visitors=("beadle", "stranger")),
    State("rtl-phone", width=390, language=pseudo_locale.LANGUAGE, visitors=("beadle", "stranger")),
)


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description="Take a picture of every page in every state.")
    parser.add_argument("--only", default="", help="take those whose name holds this word")
    only = parser.parse_args().only
    program = chromium()
    if program is None:
        raise SystemExit("There is no Chromium: run scripts/install_chromium.sh")
    logging.disable(logging.WARNING)
    shutil.rmtree(TARGET, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        time_machine.travel(TODAY, tick=True),
        sync_playwright() as playwright,
    ):
        app = filled_example(Path(directory))
        pseudo_locale.speak_pseudo(app, Path(directory))
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        with served(app) as address:
            taken = [*portal_pictures(app, browser, address, only)]
            taken += staff_pictures(browser, address, only)
        browser.close()
    write_index(taken)
    print(f"{len(taken)} pictures: {TARGET.relative_to(ROOT)}/index.html")


def portal_pictures(app: Flask, browser: Browser, address: str, only: str) -> Iterator[Path]:
    """Every page of the portal, by state, visitor and route."""
    people = portal_people.visitors(app)
    found = portal_pages.pages(portal_pages.all_answers(people))
    for state in STATES:
        for visitor in people:
            if state.visitors and visitor.name not in state.visitors:
                continue
            own = [answer for answer in found if answer.visitor == visitor.name]
            wanted = [answer for answer in own if only in _name(state, answer)]
            if wanted:
                page = open_page(browser, address, state, visitor)
                yield from _of_visitor(page, address, state, wanted)
                page.context.close()


def _of_visitor(page: Page, address: str, state: State, wanted: list[Answer]) -> Iterator[Path]:
    for answer in wanted:
        page.goto(address + answer.path)
        if state.sends_empty:
            if not page.locator(REQUIRED).count():
                continue
            with page.expect_navigation():
                page.locator(REQUIRED).first.evaluate(SEND_EMPTY)
        yield save(page, _name(state, answer))


def _name(state: State, answer: Answer) -> str:
    """The state, then the route; of a record's page what is done there too."""
    status = "" if answer.status == 200 else f"-{answer.status}"
    act = answer.path.rpartition("/")[2] if answer.endpoint.endswith("_action") else ""
    return f"{state.name}/{_slug(f'{answer.endpoint} {act}')}-{_slug(answer.visitor)}{status}"


def open_page(browser: Browser, address: str, state: State, visitor: Visitor | None = None) -> Page:
    """A page of a fresh browser in this state, with the visitor's cookies."""
    context = browser.new_context(
        viewport={"width": state.width, "height": 844 if state.width < 500 else 900},
        color_scheme="dark" if state.dark else "light",
        locale="en-US",
        reduced_motion="reduce",
    )
    if visitor is not None:
        visitor.client.set_cookie("contacts_language", state.language, path=portal_pages.PREFIX)
        context.add_cookies(portal_pages.cookies_of(visitor.client, address))  # type: ignore[arg-type]
    return context.new_page()


def staff_pictures(browser: Browser, address: str, only: str) -> Iterator[Path]:
    """What the admin's menu leads to, a customer's page with its tabs, and its forms."""
    for state in (State("staff"), State("staff-phone", width=390)):
        page = open_page(browser, address, state)
        page.goto(f"{address}/login/")
        page.locator("input[name=username]").fill("admin")
        page.locator("input[name=password]").fill("admin")
        with page.expect_navigation():
            page.locator("input[type=submit]").click()
        menu = page.locator(".navbar a[href^='/']")
        paths = {link.get_attribute("href") or "" for link in menu.all()}
        paths |= {"/customers/show/1#ContactsTab", "/customers/edit/1", "/customers/add"}
        for path in sorted(paths):
            name = f"{state.name}/{_slug(path) or 'home'}"
            if only in name and "logout" not in path and "/lang/" not in path:
                page.goto(address + path)
                yield save(page, name)
        page.context.close()


def save(page: Page, name: str) -> Path:
    """The whole page as ``<name>.png``."""
    page.wait_for_load_state()
    page.evaluate("document.activeElement && document.activeElement.blur()")
    path = TARGET / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True)
    return path


def write_index(taken: list[Path]) -> None:
    """A page with all of them, by state."""
    parts = ["<!doctype html><meta charset=utf-8><title>Screenshots</title>"]
    state = ""
    for path in taken:
        name = path.relative_to(TARGET)
        if name.parts[0] != state:
            state = name.parts[0]
            parts.append(f"<h2>{escape(state)}</h2>")
        source = escape(name.as_posix())
        parts.append(
            f'<a href="{source}"><img src="{source}" loading="lazy" width="320"'
            f' alt="{escape(name.stem)}" title="{escape(name.stem)}"></a>'
        )
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "index.html").write_text("\n".join(parts), encoding="utf-8")


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text).strip("-")


if __name__ == "__main__":
    main()
