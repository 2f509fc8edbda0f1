"""The four roles of seed 002 for staff (BEHAVIOUR S3), walked through with a user of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Comment, MarketingMember
from flask_contacts.services.marketing import lists as marketing_lists
from flask_contacts.services.staff.roles import (
    ADMIN,
    CRM_MENU,
    MANAGER,
    MARKETEER,
    RIGHTS,
    ROLES,
    SALES,
    SETUP_MENU,
    create_roles,
)
from tests.example import post_form
from tests.host_app import LIMITS_STAFF, customer_url
from tests.staff_people import add_staff, browser_of, post, words

Make = Callable[..., Any]
ALL = set(ROLES)
#: Pages, with who gets them. ``{contact}``, ``{customer}`` and ``{list}`` are keys.
PAGES: dict[str, set[str]] = {
    "/customer-contacts/": ALL,
    "/customer-contacts/show/{contact}": ALL,
    "/customer-contacts/new": ALL,
    "/customer-contacts/edit/{contact}": ALL,
    "/customer-contacts/comment/{contact}": ALL,
    "/customer-contacts/people?q=a": ALL,
    "/customer-contacts/generate-login/{contact}": ALL,
    "/customer-contacts/generate-logins?contact={contact}": ALL,
    "/customer-contacts/marketing-list/{contact}": {SALES, MANAGER},
    "/customer-contacts/marketing-list?contact={contact}": {SALES, MANAGER},
    "/customer-contacts/archive/{contact}": ALL,
    "/customer-contacts/delete/{contact}": {ADMIN, MANAGER},
    "/customer-contacts/duplicates/{contact}": {ADMIN, MANAGER},
    "/customer-contacts/similar?email=a@b.example": ALL,
    "/contacts-duplicates/": {ADMIN, MANAGER},
    "/customercontacts/new/{customer}": ALL,
    "/customercontacts/activity/{customer}/{contact}": ALL,
    "/customercontacts/view-as/{customer}/{contact}": {ADMIN, MANAGER},
    "/customercontacts/reset-two-factor/{customer}/{contact}": {ADMIN},
    "/contacts-marketing-lists/": ALL,
    "/contacts-marketing-lists/show/{list}": ALL,
    "/contacts-marketing-lists/new": {MARKETEER, ADMIN, MANAGER},
    "/contacts-marketing-lists/edit/{list}": {MARKETEER, ADMIN, MANAGER},
    "/contacts-invitations/": ALL,
    "/contacts-registrations/": {ADMIN, MANAGER},
    "/data-quality/": ALL,
    "/contacts-silent-topics/": {ADMIN, MANAGER},
    "/contacts-settings/": {ADMIN},
    "/contacts-outgoing-mail/": {ADMIN},
}
#: The rights that nobody gets with these roles, and why.
NOBODYS: set[tuple[str, str]] = set()


@pytest.fixture
def roles(app: Flask) -> None:
    """The roles, made by the command."""
    result = app.test_cli_runner().invoke(args=["contacts", "create-roles"])
    assert result.exit_code == 0, result.output


@pytest.fixture
def staff(app: Flask, roles: None) -> dict[str, FlaskClient]:
    """A browser of a user of each role."""
    for name in ROLES:
        add_staff(app, name, role=name)
    return {name: browser_of(app, name) for name in ROLES}


@pytest.fixture
def keys(app: Flask, session: Session, make_customer: Make, make_contact: Make) -> dict[str, Any]:
    """A contact without a login, its customer, and a list."""
    contact = make_contact(make_customer(company="Acme"), is_user=False, password="")
    with app.app_context():
        found = marketing_lists.create_list(session, {"name": "Newsletter"})
    return {"contact": contact.id, "customer": contact.customer_id, "list": found.id}


def test_the_seeds_rights(
    staff: dict[str, FlaskClient], keys: dict[str, Any], session: Session
) -> None:
    """All four see and create contacts and comment in the activity feed; crm_sales and
    crm_manager alone have the action Add to marketing list, as a button and as a page."""
    for name, client in staff.items():
        assert client.get("/customer-contacts/").status_code == 200, name
        fields = {"firstname": "New", "lastname": name, "then": "exit"}
        answer = post(client, "/customer-contacts/new", **fields)
        assert answer.status_code == 302, name
        assert f"New {name}" in client.get("/customer-contacts/").text
        page = f"/customer-contacts/show/{keys['contact']}"
        html = client.get(page).text
        assert 'id="comment-body"' in html, name
        post(client, f"/customer-contacts/comment/{keys['contact']}", body=f"I am {name}")
        assert f"I am {name}" in client.get(page).text
        may_add = name in {SALES, MANAGER}
        assert ("Add to marketing list" in words(html)) is may_add, name
        assert ("Add to marketing list" in words(client.get("/customer-contacts/").text)) is may_add
        assert "Generate login" in words(html), name
        post(client, f"/customer-contacts/marketing-list/{keys['contact']}", list="Newsletter")
        found = session.query(MarketingMember).filter_by(list_id=keys["list"]).all()
        assert bool(found) is may_add, name
        for one in found:
            session.delete(one)
        session.commit()
    assert session.query(Comment).count() == 4


def test_the_matrix(staff: dict[str, FlaskClient], keys: dict[str, Any], session: Session) -> None:
    """Each page opens to the roles named and to no other."""
    wrong = []
    for name, client in staff.items():
        for page, who in PAGES.items():
            status = client.get(page.format(**keys)).status_code
            expected = {200} if name in who else {302, 403, 404}
            if status not in expected:
                wrong.append((name, page, status))
    assert wrong == []


def test_their_own_profile(app: Flask, staff: dict[str, FlaskClient]) -> None:
    """The menu's entry Profile opens; there one changes one's own name and password, and
    nobody else's."""
    for name, client in staff.items():
        menu = client.get("/customer-contacts/").text
        found = re.search(r'href="([^"]*userinfo[^"]*)"', menu)
        assert found is not None, name
        page = client.get(found[1])
        assert page.status_code == 200, name
        assert f"{name}@" in page.text
        for form in ("/resetmypassword/form", "/userinfoeditview/form"):
            assert client.get(form).status_code == 200, (name, form)
        fields = {"password": "another word 1", "conf_password": "another word 1"}
        assert post_form(client, "/resetmypassword/form", **fields).status_code == 302, name
        again = app.test_client()
        assert testing.staff_sign_in(again, name, "another word 1").status_code == 302
        for closed in (
            "/users/list/",
            "/users/show/1",
            "/users/edit/1",
            "/resetpassword/form?pk=1",
        ):
            assert client.get(closed).status_code in {302, 403, 404}, (name, closed)


def test_customers_are_seen(staff: dict[str, FlaskClient], make_customer: Make) -> None:
    """All four read customers; the customer's page has the tab Contacts."""
    customer = make_customer(company="Borealis")
    for name, client in staff.items():
        html = client.get(customer_url(customer)).text
        assert "Borealis" in html, name
        assert "ContactsTab" in html, name


def test_the_menu_shows_what_opens(staff: dict[str, FlaskClient]) -> None:
    """Entries of the menu are those of pages that open; Setup is the administrator's."""
    for name, client in staff.items():
        html = client.get("/customer-contacts/").text
        for address, entry in (("/customer-contacts/", True),
                               ("/contacts-marketing-lists/", True),
                               ("/contacts-settings/", name == ADMIN),
                               ("/contacts-email-templates/", name == ADMIN),
                               ("/contacts-outgoing-mail/", name == ADMIN)):  # fmt: skip
            assert (f'href="{address}"' in html) is entry, (name, address)


def test_the_menus_names_are_documented() -> None:
    """Who makes a role of their own finds each name that ``menu_access`` is given on."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "roles.md").read_text("utf-8")
    for name in ("CRM", "Setup", *CRM_MENU, *SETUP_MENU):
        assert f"`{name}`" in page, name


@pytest.mark.own_only(reason="the bundled customers' entry is one of ours")
def test_a_hosts_customers_are_in_the_menu(
    app: Flask, staff: dict[str, FlaskClient], make_customer: Make
) -> None:
    """All four find the host's list of customers in the menu, in its section; of the host's other
    entries there they are given none."""
    make_customer(company="Borealis")
    for name, client in staff.items():
        html = client.get("/customer-contacts/").text
        assert 'href="/companyview/list/"' in html, name
        assert 'href="/hostinvoiceview/list/"' not in html, name
        assert client.get("/companyview/list/").status_code == 200, name
    with app.app_context():
        role = app.appbuilder.sm.find_role(SALES)  # type: ignore[attr-defined]
        held = [(one.permission.name, one.view_menu.name) for one in role.permissions]
    assert {("menu_access", "companies"), ("menu_access", "Sales")} <= set(held)
    assert len(held) == len(set(held))


def test_twice_is_no_error_and_nothing_is_taken_away(app: Flask, roles: None) -> None:
    """A right that somebody added stays, one that is missing comes back, and it says so."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.find_role(SALES)
        before = {(one.permission.name, one.view_menu.name) for one in role.permissions}
        sm.add_permission_role(role, sm.find_permission_view_menu("can_list", "RoleModelView"))
        gone = sm.find_permission_view_menu("can_comment", "Customer contacts")
        sm.del_permission_role(role, gone)
    result = app.test_cli_runner().invoke(args=["contacts", "create-roles"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert "crm_sales: is there already, 1 right added, 1 other kept" in lines
    assert "  + can_comment on Customer contacts" in lines
    assert "crm_manager: is there already, nothing to add" in lines
    with app.app_context():
        role = app.appbuilder.sm.find_role(SALES)  # type: ignore[attr-defined]
        now = {(one.permission.name, one.view_menu.name) for one in role.permissions}
        assert now == before | {("can_list", "RoleModelView")}


@pytest.mark.bundled_only(reason="the bundled view carries CustomerAdminFilter")
def test_a_limited_role(app: Flask, make_customer: Make, make_contact: Make) -> None:
    """With --limited a role sees only the customers that its holder looks after."""
    runner = app.test_cli_runner()
    bad = runner.invoke(args=["contacts", "create-roles", "--limited", "crm_sail"])
    assert bad.exit_code == 2
    assert "crm_sail" in bad.output
    assert runner.invoke(args=["contacts", "create-roles", "--limited", SALES]).exit_code == 0
    contact = make_contact(make_customer(company="Acme"))
    for name, status in ((SALES, 404), (MANAGER, 200)):
        add_staff(app, name, role=name)
        client = browser_of(app, name)
        assert client.get(f"/customer-contacts/show/{contact.id}").status_code == status


def test_every_permission_has_its_line(app: Flask) -> None:
    """A permission of a page of ours that the matrix does not decide fails here, with its name;
    and the matrix names none that there is not."""
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        pairs = {
            (one.permission.name, one.view_menu.name)
            for one in sm.session.query(sm.permissionview_model)
        }
        ours = {
            view.class_permission_name
            for view in app.appbuilder.baseviews  # type: ignore[attr-defined]
            if type(view).__module__.startswith("flask_contacts.")
        }
    there = {pair for pair in pairs if pair[1] in ours}
    decided = {(permission, view) for view, line in RIGHTS.items() for permission in line}
    menus = {("menu_access", name) for name in (*CRM_MENU, *SETUP_MENU)}
    own = {"contacts_customers", "Customer notes", "Contacts customers"} if LIMITS_STAFF else set()
    assert there - decided - NOBODYS == set(), "decide these in services/staff/roles.py"
    assert {pair for pair in (decided | menus) - pairs if pair[1] not in own} == set()
    in_menu = {pair for pair in pairs if pair[0] == "menu_access"}
    assert {pair for pair in in_menu if pair[1].startswith("contacts_")} - menus == set()


@pytest.mark.usefixtures("app_context")
def test_what_it_reports(app: Flask) -> None:
    """The service gives what it did: nothing the second time."""
    first, second = create_roles(), create_roles()
    assert all(role.is_new and role.given for role in first)
    assert not any(role.is_new or role.given for role in second)
    held = {(name, right) for name in ROLES for right in ("can_list", "can_show", "can_add")}
    given = {(role.name, right) for role in first for right, view in role.given
             if view == "Customer contacts"}  # fmt: skip
    assert held <= given
