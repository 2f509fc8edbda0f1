"""What protects every portal page, held against the blueprint's own url_map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import Model
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from flask_contacts.models import PortalSession
from tests.proposal_pages import HostPaper, HostProposal

Make = Callable[..., Any]
Csrf = Callable[[FlaskClient, str], str]
Browser = Callable[[Any], FlaskClient]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
TOKEN_PAGES = {
    *("open_link", "set_password", "ask_for_new_link", "linked_topics"),
    "linked_marketing_list",
    *("open_email_link", "confirm_email"),
    *("open_registration_link", "confirm_registration", "ask_for_new_registration_link"),
}


@pytest.fixture
def signed_in(
    session: Session, make_customer: Make, make_contact: Make, portal_client: Browser
) -> FlaskClient:
    """A browser with a contact who has every module, and records in two."""
    from tests.host_app import HostInvoice

    customer = make_customer()
    contact = make_contact(customer, permissions=["invoices", "support", "proposals"])
    session.add(
        HostInvoice(number="1", issued_on=date(2026, 1, 1), total=1, customer_id=customer.id)
    )
    paper = HostPaper(title="a.txt", content=b"x")
    session.add(HostProposal(subject="Shed", customer_id=customer.id, papers=[paper]))
    session.commit()
    return portal_client(contact)


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every rule under the prefix with an address that matches it."""
    values = {"pk": "1", "token": "some-token", "anything": "nothing/here"}
    values |= {"action": "accept", "name": "pdf", "attr": "papers", "child": "1"}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/portal"):
            arguments = {name: values[name] for name in rule.arguments - set(rule.defaults or ())}
            yield rule, adapter.build(rule.endpoint, {**(rule.defaults or {}), **arguments})


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Every row of the database, "last seen" aside."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(
                select(*(column for column in table.columns if column.name != "last_seen_at"))
            ).all()
            for table in Model.metadata.sorted_tables
        }


def test_the_map_is_the_portals(app: Flask) -> None:
    """The tests below walk over what they should: each address belongs to the blueprint."""
    found = {rule.endpoint.removeprefix("contacts_portal.") for rule, _ in rules(app)}
    assert found == {
        *("dashboard", "sign_in", "sign_out", "forgot_password", "open_link", "set_password"),
        *("ask_for_new_link", "invoices_list", "invoices_show", "support_list", "support_show"),
        *("invoices_export", "support_export"),
        *(f"proposals_{page}" for page in ("list", "export", "new", "show", "edit", "file")),
        *("proposals_action", "proposals_related_file"),
        *("not_found", "switch_company", "own_topics", "linked_topics", "switch_language"),
        "linked_marketing_list",
        *("account", "account_password", "account_email", "cancel_email_change"),
        *("account_sessions", "end_session", "end_other_sessions", "account_data"),
        *("confirm_email", "open_email_link", "end_view"),
        *("register", "open_registration_link", "confirm_registration"),
        "ask_for_new_registration_link",
        *("sign_in_code", "account_two_factor", "account_two_factor_set_up"),
        *("account_two_factor_new_codes", "account_two_factor_off"),
        *("company_details", "colleagues", "former_colleagues", "invite_colleague", "colleague"),
        *("deactivate_colleague", "reactivate_colleague", "invite_colleague_again"),
    }


def test_every_answer_has_the_headers(
    app: Flask, client: FlaskClient, signed_in: FlaskClient
) -> None:
    """ASVS 3.4, 14.3.2: pages, redirects and errors, signed in and not, by any method."""
    for browser in (client, signed_in):
        for rule, path in rules(app):
            for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
                response = browser.open(path, method=method, buffered=True)
                headers = response.headers
                policy = headers["Content-Security-Policy"]
                assert "unsafe-inline" not in policy
                assert "unsafe-eval" not in policy
                for part in (
                    "default-src 'self'",
                    "base-uri 'none'",
                    "frame-ancestors 'none'",
                    "form-action 'self'",
                    "object-src 'none'",
                ):
                    assert part in policy.split("; ")
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert headers["Cache-Control"] == "no-store"
                is_token_page = rule.endpoint.rpartition(".")[2] in TOKEN_PAGES
                expected = "no-referrer" if is_token_page else "same-origin"
                assert headers["Referrer-Policy"] == expected, (method, path)
    assert "Content-Security-Policy" in client.get("/portal").headers  # the redirect to the slash


def test_other_pages_keep_theirs(client: FlaskClient) -> None:
    """The host's own pages are none of our business."""
    assert "Content-Security-Policy" not in client.get("/login/").headers
    assert "Content-Security-Policy" not in client.get("/portals/").headers


def test_pages_need_no_inline_code(app: Flask, client: FlaskClient, signed_in: FlaskClient) -> None:
    """The policy can be kept: no inline script, style or handler, nothing of another host."""
    for browser in (client, signed_in):
        for _, path in rules(app):
            text = browser.get(path).text
            for found in ("<style", " style=", " onclick=", " onload=", "javascript:", "http://"):
                assert found not in text.replace("http://www.w3.org", ""), (path, found)
            assert "<script>" not in text


def test_the_nonce_is_new_each_time(client: FlaskClient) -> None:
    """A nonce that can be guessed lets any script run."""
    policies = {client.get("/portal/sign-in").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


@pytest.mark.parametrize("is_enabled", [True, False])
@pytest.mark.parametrize("token", [None, "", "x", "a.b.c"])
def test_no_form_without_its_token(
    app: Flask,
    engine: Engine,
    client: FlaskClient,
    signed_in: FlaskClient,
    is_enabled: bool,
    token: str | None,
) -> None:
    """ASVS 3.5.1: every unsafe method of every route: 400 with a way back, whatever the host
    sets, and nothing is changed."""
    app.config["WTF_CSRF_ENABLED"] = is_enabled
    before = contents(engine)
    for browser in (client, signed_in):
        for rule, path in rules(app):
            for method in (rule.methods or set()) & UNSAFE:
                response = browser.open(
                    path, method=method, data={"csrf_token": token or ""}, buffered=True
                )
                assert response.status_code == 400, (method, path)
                assert "This form could not be accepted" in response.text
                assert 'href="/portal/"' in response.text
    assert contents(engine) == before


def test_a_refused_form_can_be_opened_again(client: FlaskClient) -> None:
    """The way back leads to the form's own page."""
    response = client.post("/portal/forgot-password", data={"email": "a@example.com"})
    assert 'href="/portal/forgot-password">Try again' in response.text


def test_another_browsers_token_is_none(
    app: Flask, client: FlaskClient, signed_in: FlaskClient, csrf: Csrf
) -> None:
    """A token of a stranger's session does not sign anybody out."""
    form = {"csrf_token": csrf(client, "/portal/sign-in")}
    assert signed_in.post("/portal/sign-out", data=form).status_code == 400
    assert signed_in.get("/portal/").status_code == 200


def test_the_token_may_come_as_a_header(signed_in: FlaskClient, csrf: Csrf) -> None:
    """For a host's own scripts."""
    headers = {"X-CSRFToken": csrf(signed_in, "/portal/")}
    assert signed_in.post("/portal/sign-out", headers=headers).status_code == 303


def test_reading_changes_nothing(
    app: Flask, engine: Engine, session: Session, client: FlaskClient, signed_in: FlaskClient
) -> None:
    """ASVS 3.5.3: no GET and no HEAD of any route changes a row, but "last seen"."""
    an_hour_ago = select(PortalSession.last_seen_at).scalar_subquery()
    seen = session.scalar(select(an_hour_ago)) - timedelta(hours=1)
    session.execute(update(PortalSession).values(last_seen_at=seen))
    session.commit()
    before = contents(engine)
    for browser in (client, signed_in):
        for _, path in rules(app):
            for method in ("GET", "HEAD", "OPTIONS"):
                assert browser.open(path, method=method, buffered=True).status_code < 500
    assert contents(engine) == before
    session.expire_all()
    assert session.scalar(select(PortalSession.last_seen_at)) > seen


def test_a_fault_shows_nothing_of_the_inside(
    app: Flask, signed_in: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """16.5.1: a 500 is a friendly page without SQL, path or name of an error; it asks the
    database for nothing."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    view = app.view_functions["contacts_portal.invoices_list"].__wrapped__.__self__

    def fail() -> Any:
        raise RuntimeError("SELECT secret FROM /srv/app")

    monkeypatch.setattr(view, "records", fail)
    response = signed_in.get("/portal/invoices/")
    assert response.status_code == 500
    assert "Something went wrong" in response.text
    for secret in ("SELECT", "/srv/", "RuntimeError", "Traceback"):
        assert secret not in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_a_body_that_is_too_large_is_refused(app: Flask, client: FlaskClient) -> None:
    """No fault and no endless work: 413, in the portal's looks."""
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    response = client.post("/portal/sign-in", data={"email": "x" * 20_000, "csrf_token": "x"})
    assert response.status_code == 413
    assert "portal.css" in response.text


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/portal", "/portal/"),
        ("/portal?a=b", "/portal/?a=b"),
        ("/portal/invoices", "/portal/invoices/"),
        ("/portal//sign-in", "/portal/sign-in"),
        ("/portal/", "/portal/sign-in?next=/portal/"),
    ],
)
def test_no_redirect_names_the_host_of_the_request(
    client: FlaskClient, path: str, location: str
) -> None:
    """The Host header may be anybody's: a Location holds a path and nothing else."""
    response = client.get(path, headers={"Host": "evil.example"})
    assert response.status_code in {302, 308}
    assert response.location == location
