"""Every page of the example's portal: found by following links, held against its routes.

A page that is added later is found by the link that leads to it. One that no link leads to
needs a visitor in ``portal_people.py``; until then :func:`missing` names its route.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

BLUEPRINT = "contacts_portal"
PREFIX = "/portal"
MOST_PAGES = 600

#: Routes whose GET only leads on to another page, with what it does.
LEADS_ON = {
    "open_link": "takes the token out of the address",
    "open_email_link": "takes the token out of the address",
    "open_registration_link": "takes the token out of the address",
}

#: Routes whose page depends on who sees it: empty or full, on or off, with a banner or not.
LOOK_DIFFERENT = {"dashboard", "invoices_list", "invoices_show", "account_two_factor"}


@dataclass(frozen=True)
class Answer:
    """What a visitor got at an address; ``endpoint`` without the blueprint's name."""

    visitor: str
    endpoint: str
    path: str
    status: int
    is_page: bool
    size: int
    leads_to: str | None = None

    @property
    def kind(self) -> tuple[str, str, int]:
        """What the page is, whichever record it shows: route, address, status."""
        return self.endpoint, re.sub(r"\d+", "#", urlsplit(self.path).path), self.status


@dataclass
class Visitor:
    """Somebody in a browser of their own, and the addresses to begin with."""

    name: str
    client: FlaskClient
    starts: list[str] = field(default_factory=lambda: [f"{PREFIX}/"])
    crawls: bool = True


class _Links(HTMLParser):
    """The addresses that a page leads to by GET."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what a link or a form with the method GET leads to."""
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.found.append(given["href"])
        elif tag == "form" and given.get("method", "get").lower() == "get":
            self.found.append(given.get("action", ""))


def links_of(html: str, path: str) -> list[str]:
    """The portal's addresses on a page, without the part after ``#``."""
    links = _Links()
    links.feed(html)
    found = []
    for address in links.found:
        parts = urlsplit(urljoin(path, address))
        if not parts.netloc and parts.path.startswith(f"{PREFIX}/"):
            found.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


def endpoint_of(app: Flask, path: str) -> str:
    """The route of an address, without the blueprint's name."""
    try:
        endpoint, _values = app.url_map.bind("localhost").match(urlsplit(path).path)
    except HTTPException:
        return ""
    return str(endpoint).removeprefix(f"{BLUEPRINT}.")


def answers(visitor: Visitor) -> Iterator[Answer]:
    """Everything that a visitor can reach, an address once whatever its query."""
    app = visitor.client.application
    waiting, seen = deque(visitor.starts), set()
    while waiting:
        path = waiting.popleft()
        if urlsplit(path).path in seen:
            continue
        seen.add(urlsplit(path).path)
        assert len(seen) <= MOST_PAGES, f"{visitor.name} reaches too many pages"
        response = visitor.client.get(path)
        is_page = response.mimetype == "text/html" and response.status_code not in {302, 303, 308}
        leads_to = urljoin(path, response.location) if response.location else None
        yield Answer(
            visitor.name, endpoint_of(app, path), path, response.status_code, is_page,
            len(response.data), leads_to,
        )  # fmt: skip
        if leads_to is not None:
            waiting.append(leads_to)
        if visitor.crawls and is_page:
            waiting.extend(links_of(response.text, path))


def all_answers(people: list[Visitor]) -> list[Answer]:
    """What all of them get, in order."""
    return [answer for visitor in people for answer in answers(visitor)]


def pages(found: list[Answer]) -> list[Answer]:
    """One page of each kind for every visitor: the longest, which shows most."""
    longest: dict[tuple[str, str, str, int], Answer] = {}
    for answer in found:
        if answer.is_page:
            key = (answer.visitor, *answer.kind)
            if key not in longest or answer.size > longest[key].size:
                longest[key] = answer
    return list(longest.values())


def different_pages(found: list[Answer]) -> list[Answer]:
    """One page of each kind, and those that look different for each visitor."""
    seen: set[tuple[str, str, int]] = set()
    kept = []
    for answer in pages(found):
        if answer.kind not in seen or answer.endpoint in LOOK_DIFFERENT:
            kept.append(answer)
        seen.add(answer.kind)
    return kept


def routes(app: Flask) -> set[str]:
    """The portal's routes that take GET."""
    return {
        rule.endpoint.removeprefix(f"{BLUEPRINT}.")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{BLUEPRINT}.") and "GET" in (rule.methods or ())
    }


def missing(app: Flask, found: list[Answer]) -> set[str]:
    """The routes that nobody got a page or a file of."""
    shown = {
        answer.endpoint
        for answer in found
        if answer.status == 200
        or (answer.endpoint in LEADS_ON and answer.leads_to is not None)
        or (answer.endpoint == "not_found" and answer.is_page)
    }
    return routes(app) - shown


def cookies_of(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    """A client's cookies for a browser that visits ``address``."""
    return [
        {"name": cookie.key, "value": cookie.value, "domain": urlsplit(address).hostname,
         "path": cookie.path}
        for cookie in client._cookies.values()
    ]  # fmt: skip


def become(context: Any, visitor: Visitor, address: str) -> None:
    """Let a browser be the visitor's; what it has loaded of files it need not load again."""
    context.clear_cookies()
    context.add_cookies(cookies_of(visitor.client, address))
