"""Staff see the portal as a contact: read-only, with a reason, for minutes (BEHAVIOUR P8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, Table, delete, inspect, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from flask_contacts import testing
from flask_contacts.clock import utc_now
from flask_contacts.models import Activity, Contact, CustomerAdmin, PortalSession, PortalView
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.testing import portal_sign_in
from tests.host_app import LIMITS_STAFF, HostInvoice, HostTicket
from tests.proposal_pages import HostProposal

Make = Callable[..., Any]
COOKIE = "contacts_view_as"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
REASON = "asked on the phone"
REFUSED = "Not in this view"
#: The portal's own pages that staff may read as a contact; every other is refused.
READABLE = {"dashboard", "not_found"}


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """The customer of these tests; where staff have regions, in that of ``limited``."""
    return make_customer(
        company="Nordlicht GmbH", **({"region": "Limited"} if LIMITS_STAFF else {})
    )


@pytest.fixture
def anna(make_contact: Make, customer: Any, session: Session) -> Any:
    """A contact with every module and a record in two."""
    anna = make_contact(
        customer, firstname="Anna", lastname="Berg", email="anna@nordlicht.example",
        permissions=["invoices", "support", "email_notifications"],
    )  # fmt: skip
    session.add(
        HostInvoice(number="N-1", issued_on=date(2026, 1, 1), total=1, customer_id=customer.id)
    )
    session.add(HostTicket(subject="Help", customer_id=customer.id))
    session.commit()
    return anna


@pytest.fixture
def limited(app: Flask, session: Session, customer: Any) -> Callable[..., FlaskClient]:
    """``limited(permission, …)`` is a browser of staff who see that customer alone."""

    def sign_in(*permissions: str) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("Limited")
            for permission in permissions:
                pair = sm.find_permission_view_menu(permission, "Customer contacts")
                assert pair is not None, permission
                sm.add_permission_role(role, pair)
            user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
            session.add(CustomerAdmin(customer_id=customer.id, staff_id=user.id))
            session.commit()
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return sign_in


def form_url(contact: Any) -> str:
    """The page that asks why."""
    return f"/customercontacts/view-as/{contact.customer_id}/{contact.id}"


def begin(client: FlaskClient, contact: Any, reason: str = REASON) -> Any:
    """The answer to the form, sent by staff."""
    token = testing.csrf_token(client, form_url(contact))
    return client.post(form_url(contact), data={"reason": reason, "csrf_token": token})


@pytest.fixture
def viewing(staff_client: FlaskClient, anna: Any) -> FlaskClient:
    """The browser of staff who see the portal as Anna Berg."""
    assert begin(staff_client, anna).location == "/portal/"
    return staff_client


def words(html: str) -> str:
    """The words of a page in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, "last seen" included."""
    metadata = MetaData()
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        tables = [Table(name, metadata, autoload_with=connection) for name in names]
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in tables
        }


def rules(app: Flask, contact: Any) -> Iterator[tuple[Rule, str]]:
    """Every rule under the prefix with an address of a record that is there."""
    values = {
        "pk": "1", "token": "some-token", "anything": "nothing/here", "name": "x", "action": "x",
        "attr": "x", "child": "1",
    }  # fmt: skip
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/portal"):
            arguments = {name: values[name] for name in rule.arguments - set(rule.defaults or ())}
            yield rule, adapter.build(rule.endpoint, {**(rule.defaults or {}), **arguments})


def endpoint(rule: Rule) -> str:
    """The name of a rule inside the portal's blueprint."""
    return str(rule.endpoint).removeprefix("contacts_portal.")


def test_the_whole_way(staff_client: FlaskClient, anna: Any, client: FlaskClient) -> None:
    """A reason, the portal with its banner on every page, the end, and both names in the
    activity with the reason."""
    page = staff_client.get(form_url(anna)).text
    assert "See the portal as Anna Berg" in page
    assert "15 minutes" in words(page)
    response = begin(staff_client, anna)
    assert (response.status_code, response.location) == (303, "/portal/")
    for path in ("/portal/", "/portal/invoices/", "/portal/invoices/1", "/portal/nothing"):
        shown = words(staff_client.get(path).text)
        assert (
            "You see the portal as Anna Berg (Nordlicht GmbH). Read-only. 15 minutes left." in shown
        )
    assert "N-1" in staff_client.get("/portal/invoices/").text
    token = testing.csrf_token(staff_client, "/portal/")
    end = staff_client.post("/portal/view-as/end", data={"csrf_token": token})
    assert end.status_code == 303
    assert end.location == f"/customercontacts/edit/{anna.customer_id}/{anna.id}"
    assert staff_client.get_cookie(COOKIE, path="/portal") is None
    assert staff_client.get("/portal/").location == "/portal/sign-in?next=/portal/"
    told = words(staff_client.get(end.location).text)
    assert "Began to see the portal as this contact · Ada Min, in the contact's portal" in told
    assert "Ended seeing the portal as this contact · Ada Min" in told
    assert f"Reason {REASON}" in told


def test_the_cookie(app: Flask, staff_client: FlaskClient, anna: Any) -> None:
    """Of the portal's path, unreadable for scripts, sent by no other site, Secure under https,
    and not the cookie of a portal session."""
    app.config["CONTACTS_BASE_URL"] = "https://crm.example.com"
    response = begin(staff_client, anna)
    (header,) = [
        one for one in response.headers.getlist("Set-Cookie") if not one.startswith("session=")
    ]
    assert header.startswith(f"{COOKIE}=")
    for part in ("Path=/portal", "HttpOnly", "SameSite=Strict", "Secure"):
        assert part in header.split("; ")


def test_a_reason_is_asked_for(staff_client: FlaskClient, anna: Any, session: Session) -> None:
    """Missing or too long: an error at the field, and what was typed is still there."""
    for typed, message in (("  ", "This field is required."), ("y" * 201, "Use at most 200")):
        response = begin(staff_client, anna, typed)
        assert response.status_code == 422
        assert re.search(r'id="reason-error">\s*<li>' + message, response.text)
        assert f'value="{typed}"' in response.text
        assert COOKIE not in str(response.headers)
    assert session.scalars(select(PortalView)).all() == []


def test_not_for_who_is_not_active(
    app: Flask, staff_client: FlaskClient, anna: Any, session: Session
) -> None:
    """The page says why, has no form, and a form sent all the same begins nothing."""
    token = testing.csrf_token(staff_client, form_url(anna))
    with app.app_context():
        deactivate_contact(session, anna.customer_id, anna.id)
    page = staff_client.get(form_url(anna)).text
    assert "is not active, so there is no portal to see" in page
    assert 'name="reason"' not in page
    fields = {"reason": REASON, "csrf_token": token}
    assert staff_client.post(form_url(anna), data=fields).status_code == 422
    assert session.scalars(select(PortalView)).all() == []


def test_without_a_login(staff_client: FlaskClient, make_contact: Make, customer: Any) -> None:
    """Staff see what a person would see who has no login yet, and the page says so."""
    contact = make_contact(customer, is_user=False, permissions=["invoices"])
    assert "has no login" in staff_client.get(form_url(contact)).text
    begin(staff_client, contact)
    assert staff_client.get("/portal/invoices/").status_code == 200


def test_every_own_page_is_closed(app: Flask, viewing: FlaskClient, anna: Any) -> None:
    """Account, password, two-factor, devices, preferences, sign-in, links, and whatever page
    comes later: 403 with the reason; the pages of modules and the overview open."""
    opened = set()
    for rule, path in rules(app, anna):
        if "GET" not in (rule.methods or ()):
            continue
        response = viewing.get(path)
        is_refused = REFUSED in response.text
        if is_refused:
            assert response.status_code == 403, path
            assert "You see the portal as Anna Berg" in words(response.text)
        else:
            opened.add(endpoint(rule))
    modules = tuple(f"{name}_" for name in app.extensions["contacts"].registry.modules)
    assert {one for one in opened if not one.startswith(modules)} == READABLE
    assert {"invoices_list", "invoices_show", "support_list", "support_show"} <= opened
    refused = viewing.get("/portal/account/").text
    assert "This page is for Anna Berg alone" in refused


def test_files_are_kept_back(viewing: FlaskClient, client: FlaskClient, anna: Any) -> None:
    """What the contact downloads staff do not, in that view."""
    portal_sign_in(client, anna.email)
    assert client.get("/portal/invoices/export.csv").mimetype == "text/csv"
    response = viewing.get("/portal/invoices/export.csv")
    assert response.status_code == 403
    assert "Files cannot be downloaded while you see the portal as Anna Berg" in response.text
    assert "N-1" not in response.text
    assert "Content-Disposition" not in response.headers


@pytest.mark.parametrize("has_token", [True, False])
def test_nothing_can_be_sent(
    app: Flask, engine: Engine, viewing: FlaskClient, anna: Any, has_token: bool
) -> None:
    """Every unsafe method of every route but the end: 403 with the reason, with a valid token
    and without, and the whole database is as before."""
    fields = {"csrf_token": testing.csrf_token(viewing, "/portal/")} if has_token else {}
    before, seen = everything(engine), 0
    for rule, path in rules(app, anna):
        for method in (rule.methods or set()) & UNSAFE:
            if endpoint(rule) == "end_view":
                continue
            response = viewing.open(path, method=method, data=fields, buffered=True)
            assert response.status_code == 403, (method, path)
            assert "Nothing was changed." in words(response.text)
            seen += 1
    assert seen > 30
    assert everything(engine) == before


def test_looking_changes_nothing(
    app: Flask, engine: Engine, viewing: FlaskClient, anna: Any, portal_client: Make
) -> None:
    """No GET and no HEAD of any portal route changes a row, "last seen" of the contact's own
    session included."""
    portal_client(anna)
    before = everything(engine)
    with time_machine.travel(utc_now().timestamp() + 5 * 60):
        for _rule, path in rules(app, anna):
            for method in ("GET", "HEAD", "OPTIONS"):
                assert viewing.open(path, method=method, buffered=True).status_code < 500
    assert everything(engine) == before


def test_nothing_is_offered_that_is_refused(
    viewing: FlaskClient, make_contact: Make, make_customer: Make, anna: Any
) -> None:
    """No way to the account, to another company, to signing out."""
    make_contact(make_customer(company="Second Ltd"), email=anna.email)
    page = viewing.get("/portal/").text
    for word in ("My account", "Change company", "Second Ltd", "Sign out", "/portal/email-not"):
        assert word not in page
    assert "Anna Berg" in page


def test_forms_opened_by_their_address(
    staff_client: FlaskClient, make_contact: Make, customer: Any, session: Session
) -> None:
    """What would be refused is not shown, and the page says why."""
    contact = make_contact(customer, permissions=["proposals"])
    proposal = HostProposal(subject="Shed", customer_id=customer.id)
    session.add(proposal)
    session.commit()
    assert begin(staff_client, contact).location == "/portal/"
    for path in ("new", f"{proposal.id}/accept"):
        page = staff_client.get(f"/portal/proposals/{path}").text
        assert '<form class="portal-panel"' not in page, path
        assert 'type="submit"' not in page[page.index('id="content"') :], path
        assert "so nothing can be sent." in page, path


def test_it_ends_by_itself(viewing: FlaskClient, anna: Any) -> None:
    """After fifteen minutes: a page that says so with the way back, once; then the portal knows
    nobody in this browser."""
    with time_machine.travel(utc_now().timestamp() + 14 * 60 + 30, tick=False):
        assert "Less than a minute left." in viewing.get("/portal/").text
    with time_machine.travel(utc_now().timestamp() + 15 * 60 + 1, tick=False):
        response = viewing.get("/portal/invoices/1")
        assert response.status_code == 410
        assert "The 15 minutes in which you saw the portal as Anna Berg are over." in response.text
        assert "N-1" not in response.text
        assert f"/customercontacts/edit/{anna.customer_id}/{anna.id}" in response.text
        assert viewing.get_cookie(COOKIE, path="/portal") is None
        assert viewing.get("/portal/").location.startswith("/portal/sign-in")


def test_the_viewers_own_account_comes_back(
    staff_client: FlaskClient, anna: Any, make_contact: Make, make_customer: Make
) -> None:
    """Staff who are contacts somewhere too: the view goes first, nothing of the own session is
    lost, and a view that has ended never falls through to it unsaid."""
    own = make_contact(make_customer(), firstname="Otto", lastname="Own")
    assert portal_sign_in(staff_client, own.email).status_code == 303
    begin(staff_client, anna)
    page = staff_client.get("/portal/").text
    assert "Hello Anna" in page
    assert "Otto" not in page
    with time_machine.travel(utc_now().timestamp() + 15 * 60 + 1, tick=False):
        over = staff_client.get("/portal/")
        assert over.status_code == 410
        assert "Otto" not in over.text
        assert "Hello Otto" in staff_client.get("/portal/").text


def test_a_form_after_the_end_is_nobodys(
    staff_client: FlaskClient, engine: Engine, anna: Any, make_contact: Make, make_customer: Make
) -> None:
    """A form that is sent when the view has just ended does not act in the viewer's own name."""
    own = make_contact(make_customer(), firstname="Otto", lastname="Own")
    portal_sign_in(staff_client, own.email)
    begin(staff_client, anna)
    token = testing.csrf_token(staff_client, "/portal/")
    before = everything(engine)
    with time_machine.travel(utc_now().timestamp() + 15 * 60 + 1, tick=False):
        response = staff_client.post("/portal/sign-out", data={"csrf_token": token})
    assert response.status_code == 410
    assert everything(engine) == before


def test_ending_needs_the_token_of_the_page(viewing: FlaskClient) -> None:
    """Another site ends no view; without a view the address only leads home."""
    assert viewing.post("/portal/view-as/end").status_code == 400
    assert viewing.get("/portal/invoices/").status_code == 200
    token = testing.csrf_token(viewing, "/portal/")
    for _ in range(2):
        assert viewing.post("/portal/view-as/end", data={"csrf_token": token}).status_code == 303


def test_it_is_no_device(
    viewing: FlaskClient, client: FlaskClient, anna: Any, session: Session
) -> None:
    """The contact's devices show the contact's own session alone."""
    portal_sign_in(client, anna.email)
    assert client.get("/portal/account/sessions").text.count("127.0.0.1") == 1
    assert len(session.scalars(select(PortalSession)).all()) == 1


def test_signing_out_of_the_admin_ends_it(viewing: FlaskClient, session: Session) -> None:
    """Whoever leaves the admin is not left in a contact's portal."""
    assert viewing.get("/logout/").status_code == 302
    assert viewing.get("/portal/").status_code == 410
    verbs = session.scalars(select(Activity.verb).where(Activity.verb.startswith("view_as"))).all()
    assert sorted(verbs) == ["view_as_begun", "view_as_ended"]


def test_deactivating_the_contact_counts_at_once(
    app: Flask, viewing: FlaskClient, anna: Any, session: Session
) -> None:
    """At the next request there is nothing to see any more."""
    with app.app_context():
        deactivate_contact(session, anna.customer_id, anna.id)
    response = viewing.get("/portal/invoices/")
    assert response.status_code == 410
    assert "Anna Berg is not an active contact of that customer any more." in response.text


def test_a_revoked_permission_of_the_contact_counts_at_once(
    viewing: FlaskClient, anna: Any, session: Session
) -> None:
    """Staff see what the contact sees now."""
    anna.permissions = []
    session.commit()
    assert viewing.get("/portal/invoices/").status_code == 403
    assert "/portal/invoices/" not in viewing.get("/portal/").text


def lose_permission(app: Flask, session: Session) -> None:
    """Sam's role may not look any more."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        pair = sm.find_permission_view_menu("can_view_as", "Customer contacts")
        sm.del_permission_role(sm.find_role("Limited"), pair)


def lose_account(app: Flask, session: Session) -> None:
    """Sam is switched off."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        user = sm.find_user("sam")
        user.active = False
        sm.update_user(user)


def lose_user(app: Flask, session: Session) -> None:
    """Sam is deleted."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        sm.session.delete(sm.find_user("sam"))
        sm.session.commit()


def lose_customer(app: Flask, session: Session) -> None:
    """Sam does not look after the customer any more."""
    session.execute(delete(CustomerAdmin))
    session.commit()


LOSSES = [lose_permission, lose_account]
if not LIMITS_STAFF:  # there Flask-AppBuilder's regions decide, which are asked at the beginning
    LOSSES.append(lose_customer)


@pytest.mark.parametrize("lose", LOSSES)
def test_what_staff_lose_counts_at_once(
    app: Flask, limited: Callable[..., FlaskClient], anna: Any, session: Session, lose: Any
) -> None:
    """The permission, the account, the customer: the next request shows nothing any more."""
    sam = limited("can_view_as", "can_show")
    begin(sam, anna)
    assert sam.get("/portal/invoices/").status_code == 200
    lose(app, session)
    response = sam.get("/portal/invoices/")
    assert response.status_code == 410
    assert "You may not see the portal as this contact any more." in response.text
    assert "Anna" not in response.text


def test_a_deleted_staff_user_leaves_no_view(
    app: Flask, limited: Callable[..., FlaskClient], anna: Any, session: Session
) -> None:
    """The next user may get the same id: the view is gone with the user."""
    begin(limited("can_view_as"), anna)
    lose_user(app, session)
    assert session.scalars(select(PortalView)).all() == []


def test_it_needs_its_own_permission(limited: Callable[..., FlaskClient], anna: Any) -> None:
    """Whoever may do all else with contacts does not look into their portals, nor is offered it."""
    sam = limited("can_show", "can_edit", "can_add", "can_delete")
    assert sam.get(form_url(anna)).status_code == 403
    edit = sam.get(f"/customercontacts/edit/{anna.customer_id}/{anna.id}").text
    assert "view-as" not in edit
    token = testing.csrf_token(sam, f"/customercontacts/edit/{anna.customer_id}/{anna.id}")
    fields = {"reason": REASON, "csrf_token": token}
    assert sam.post(form_url(anna), data=fields).status_code == 403


def test_not_into_a_hidden_customer(
    limited: Callable[..., FlaskClient], anna: Any, make_customer: Make, make_contact: Make,
    session: Session,
) -> None:  # fmt: skip
    """Staff see nobody's portal at a customer that they do not see: 404, and nothing begins."""
    hidden = make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))
    other = make_contact(hidden)
    sam = limited("can_view_as")
    token = testing.csrf_token(sam, form_url(anna))
    assert sam.get(form_url(other)).status_code == 404
    fields = {"reason": REASON, "csrf_token": token}
    assert sam.post(form_url(other), data=fields).status_code == 404
    smuggled = f"/customercontacts/view-as/{anna.customer_id}/{other.id}"
    assert sam.post(smuggled, data=fields).status_code == 404
    assert session.scalars(select(PortalView)).all() == []


def test_back_to_what_staff_may_open(limited: Callable[..., FlaskClient], anna: Any) -> None:
    """Whoever may not edit comes back to the contact's activity."""
    sam = limited("can_view_as", "can_show")
    begin(sam, anna)
    token = testing.csrf_token(sam, "/portal/")
    end = sam.post("/portal/view-as/end", data={"csrf_token": token})
    assert end.location == f"/customercontacts/activity/{anna.customer_id}/{anna.id}"
    assert sam.get(end.location).status_code == 200


def test_the_views_cookie_opens_no_staff_page(app: Flask, viewing: FlaskClient) -> None:
    """Everywhere in the admin, under whichever name it is sent, its holder is a stranger."""
    cookie = viewing.get_cookie(COOKIE, path="/portal")
    assert cookie is not None
    browser = app.test_client()
    for name in (COOKIE, "session", "contacts_session"):
        browser.set_cookie(name, cookie.value, path="/")
    for path in ("/users/list/", "/roles/list/", "/customercontacts/new/1", "/contacts-settings/"):
        assert "/login" in browser.get(path).location, path
    only = app.test_client()
    only.set_cookie("contacts_session", cookie.value, path="/portal")
    assert only.get("/portal/").location.startswith("/portal/sign-in")


def test_a_contacts_cookie_begins_no_view(
    app: Flask, portal_client: Make, anna: Any, csrf: Make, session: Session
) -> None:
    """A contact is no staff: the form is behind the staff's sign-in, and its own token shows
    nobody else's portal."""
    browser = portal_client(anna)
    cookie = browser.get_cookie("contacts_session", path="/portal")
    for path in ("/", "/portal"):
        browser.set_cookie(COOKIE, cookie.value, path=path)
    assert "/login" in browser.get(form_url(anna)).location
    fields = {"reason": REASON, "csrf_token": csrf(browser, "/portal/")}
    assert "/login" in browser.post(form_url(anna), data=fields).location
    assert session.scalars(select(PortalView)).all() == []
    assert "You see the portal as" not in browser.get("/portal/").text


@pytest.mark.parametrize("value", ["x", "", "\u00fc", "a" * 3000, "'; DROP TABLE contacts_view_as"])
def test_a_foreign_cookie_is_none(portal_client: Make, anna: Any, value: str) -> None:
    """A value that names no view changes nothing for the contact."""
    browser = portal_client(anna)
    browser.set_cookie(COOKIE, value, path="/portal")
    response = browser.get("/portal/")
    assert response.status_code == 200
    assert "You see the portal as" not in response.text


def test_markup_in_the_banner_is_text(
    staff_client: FlaskClient, make_contact: Make, make_customer: Make
) -> None:
    """Names are escaped, and long ones shown."""
    customer = make_customer(company="<b>Bold</b> & Sons")
    contact = make_contact(customer, firstname="<script>alert(1)</script>", lastname="x" * 90)
    begin(staff_client, contact)
    page = staff_client.get("/portal/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; Sons" in page


def test_the_banner_speaks_to_staff(
    app: Flask, staff_client: FlaskClient, anna: Any, session: Session
) -> None:
    """The page is in the contact's language, what is said to staff in theirs."""
    session.execute(update(Contact).where(Contact.id == anna.id).values(language="pt_BR"))
    session.commit()
    begin(staff_client, anna)
    page = staff_client.get("/portal/").text
    assert '<html lang="pt-BR"' in page
    assert 'class="portal-view-as" lang="en"' in page
    assert "You see the portal as Anna Berg" in page
    refused = staff_client.get("/portal/account/").text
    assert '<html lang="en"' in refused


def test_what_a_page_costs(
    viewing: FlaskClient, portal_client: Make, anna: Any, statements: Make
) -> None:
    """Asking anew who looks costs a handful of statements more than the contact's own page, and
    the contact's own pages cost nothing for it."""
    own = portal_client(anna)
    costs = []
    for browser in (own, viewing):
        browser.get("/portal/invoices/")
        with statements() as seen:
            assert browser.get("/portal/invoices/").status_code == 200
        costs.append(len(seen))
        assert not any("contacts_view_as" in one for one in seen) or browser is viewing
    assert costs[1] <= costs[0] + 5
