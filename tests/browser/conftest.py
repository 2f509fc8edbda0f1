"""A browser for the tests that need one: the system's Chromium through Playwright.

Every page that a test opens is watched: an error on its console, an exception in its
scripts or a request to another host fails the test.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from waitress import wasyncore
from waitress.server import create_server

from tests.example import CHROMIUM_FLAGS, chromium as installed_chromium, filled_example


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; without one these tests skip, and fail where CI is set."""
    if path := installed_chromium():
        return path
    pytest.skip("There is no Chromium: run scripts/install_chromium.sh")


@pytest.fixture(scope="session")
def playwright() -> Generator[Playwright]:
    """Playwright, started once a run."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(chromium: str, playwright: Playwright) -> Generator[Browser]:
    """The browser, started once a run; contexts keep the tests apart."""
    browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Generator[Callable[..., BrowserContext]]:
    """``new_context(width=390)`` is a browser of its own, without cookies, and watched."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(width: int = 1280, height: int = 900, **options: object) -> BrowserContext:
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, locale="en-US", **options)
        context.set_default_timeout(10_000)
        _watch(context, complaints)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of 1280 pixels in a fresh browser."""
    return new_context().new_page()


@pytest.fixture
def phone_page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of 390 pixels, as on a phone."""
    return new_context(width=390, height=844, has_touch=True, is_mobile=True).new_page()


def sign_in(page: Page, address: str, username: str = "admin", password: str | None = None) -> None:
    """Sign in as a staff user; the example's have their names as passwords."""
    page.goto(f"{address}/login/")
    page.get_by_label("Username").fill(username)
    page.locator("input[name=password]").fill(password or username)
    page.locator("input[type=submit]").click()


def walk_and_close(page: Page, field: Locator, box: Locator, names: Sequence[str]) -> None:
    """Walk through the two that are offered first with the arrows, and close with Escape: the
    one that is marked is told to screen readers, and the field keeps the focus."""
    first, second, *_rest = names
    marked = box.get_by_role("option", selected=True)
    for key, name in (("ArrowDown", first), ("ArrowDown", second), ("ArrowUp", first)):
        page.keyboard.press(key)
        expect(marked).to_contain_text(name)
        expect(field).to_have_attribute("aria-activedescendant", marked.get_attribute("id") or "")
        expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)


def _watch(context: BrowserContext, complaints: list[str]) -> None:
    """Collect what a person with the console open would complain about."""

    def on_console(message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        # The browser reports every answer of 4xx there: those are what some tests ask for.
        if kind == "error" and not text.startswith("Failed to load resource"):
            complaints.append(f"console: {text}")

    def on_request(request: object) -> None:
        url = urlsplit(request.url)  # type: ignore[attr-defined]
        if url.scheme in {"http", "https"} and url.hostname not in {"127.0.0.1", "localhost"}:
            complaints.append(f"another host: {url.geturl()}")

    context.on("console", on_console)
    context.on("weberror", lambda error: complaints.append(f"script: {error.error}"))
    context.on("request", on_request)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve ``app`` on a loopback port by waitress while the block runs; gives its address."""
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, name="waitress", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # In the server's own thread, which else asks a closed socket whether it is ready.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(timeout=10)
        server.task_dispatcher.shutdown()


@pytest.fixture
def site(app: Flask) -> Generator[str]:
    """The address of the test host, served by a real server; no slash at the end."""
    with served(app) as address:
        app.config["CONTACTS_BASE_URL"] = address
        yield address


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data, for the tests of one file."""
    return filled_example(tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def address(example: Flask) -> Generator[str]:
    """Where it is served."""
    with served(example) as address:
        example.config["CONTACTS_BASE_URL"] = address
        yield address
