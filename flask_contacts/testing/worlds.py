"""Proof that staff and contacts never mix in an application, the host's own routes included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import BuildError, Rule

_CANDIDATES = (1, "x", "00000000-0000-0000-0000-000000000001", 1.5)
Answer = tuple[int, str | None]


def assert_two_worlds(
    app: Flask,
    staff_client: FlaskClient,
    contact_client: FlaskClient,
    *,
    values: Mapping[str, object] | None = None,
    methods: tuple[str, ...] = ("GET",),
) -> None:
    """Walk all routes: the contact's cookie opens none of staff, staff's none of the portal.

    On the other side each must be answered as a stranger is: same status, same redirect.
    ``values`` fills the variables of addresses by name (else 1 or a word), best with rows
    that exist. Name unsafe ``methods`` only where what they do to a stranger's empty form
    is harmless. Raises AssertionError with all routes that were open, and where one of the
    two has not signed in, because then it would prove nothing.
    """
    rules = [
        (rule, path)
        for rule, path in _addresses(app, values or {})
        if rule.endpoint.rpartition(".")[2] != "static"
    ]
    portal = [one for one in rules if one[0].endpoint.startswith("contacts_portal.")]
    staff = [one for one in rules if one not in portal]
    with _faults_are_answers(app):
        home = next(path for rule, path in portal if rule.endpoint.endswith(".dashboard"))
        assert contact_client.get(home).status_code == 200, "the contact has not signed in"
        assert _open(app, staff_client, staff, ("GET",)), "no staff user has signed in"
        wrong = _open(app, _everywhere(app, contact_client), staff, methods)
        wrong += _open(app, _as_contact(app, staff_client), portal, methods)
    assert not wrong, "open to the other world: " + ", ".join(wrong)


def _addresses(app: Flask, values: Mapping[str, object]) -> Iterator[tuple[Rule, str]]:
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        names = rule.arguments - set(rule.defaults or ())
        for candidate in _CANDIDATES:
            arguments = {name: values.get(name, candidate) for name in names}
            try:
                yield rule, adapter.build(rule.endpoint, {**(rule.defaults or {}), **arguments})
            except (BuildError, ValueError):
                continue
            break
        else:
            raise AssertionError(f"give values= for the variables of {rule.rule}")


def _open(
    app: Flask, browser: FlaskClient, rules: list[tuple[Rule, str]], methods: tuple[str, ...]
) -> list[str]:
    """The routes that answer this browser otherwise than a stranger."""
    return [
        f"{method} {path}"
        for rule, path in rules
        for method in sorted(set(methods) & (rule.methods or set()))
        if _answer(browser, method, path) != _answer(app.test_client(), method, path)
    ]


def _answer(browser: FlaskClient, method: str, path: str) -> Answer:
    response = browser.open(path, method=method)
    response.close()
    return response.status_code, response.location


def _everywhere(app: Flask, contact_client: FlaskClient) -> FlaskClient:
    """A browser that sends the contact's cookie to every page, as a wrong path would."""
    from flask_contacts.portal.visit import SESSION_COOKIE

    cookie = contact_client.get_cookie(SESSION_COOKIE, path=_prefix(app))
    assert cookie is not None
    browser = app.test_client()
    for name in (SESSION_COOKIE, app.config["SESSION_COOKIE_NAME"]):
        browser.set_cookie(name, cookie.value, path="/")
    return browser


def _as_contact(app: Flask, staff_client: FlaskClient) -> FlaskClient:
    """A browser that sends staff's cookie to the portal, as its own cookie too."""
    from flask_contacts.portal.visit import SESSION_COOKIE

    name = app.config["SESSION_COOKIE_NAME"]
    cookie = staff_client.get_cookie(name)
    assert cookie is not None, "no staff user has signed in"
    browser = app.test_client()
    browser.set_cookie(name, cookie.value, path="/")
    browser.set_cookie(SESSION_COOKIE, cookie.value, path=_prefix(app))
    return browser


def _prefix(app: Flask) -> str:
    return str(app.config["CONTACTS_PORTAL_PREFIX"])


@contextmanager
def _faults_are_answers(app: Flask) -> Iterator[None]:
    """A page that fails is a 500, for a stranger as for others, and not the end of the walk."""
    before: Any = app.config["PROPAGATE_EXCEPTIONS"]
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        yield
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = before
