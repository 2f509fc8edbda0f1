"""What stands before every page of the admin: tokens, permissions, methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, Table, event, inspect, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, Customer, CustomerAdmin, CustomerNote, EmailTemplate
from tests.host_app import LIMITS_STAFF, customers

Make = Callable[..., Any]
VIEWS = {
    "CustomerView",
    "ContactsTab",
    "NotesTab",
    "CustomerAdminsTab",
    "ContactsSettingsView",
    "ContactsEmailTemplatesView",
    "ContactsDuplicatesView",
    "DataQualityView",
}
VIEW_ALL = ("can_view_all", "Contacts customers")
#: What it takes to see a customer's page, and a tab of it that is not ours to hide.
SEES_CUSTOMERS = [("can_show", "CompanyView")]
OTHER_TAB = [("can_list", "CardView")]
if not LIMITS_STAFF:
    SEES_CUSTOMERS = [VIEW_ALL, ("can_show", "Contacts customers")]
    OTHER_TAB = [("can_show", "Customer notes")]
VALUES = {
    "pk": 1, "customer_pk": "1", "name": "welcome", "problem": "no_active_contact",
}  # fmt: skip


def our_rules(app: Flask, method: str) -> list[Any]:
    """The rules of the admin's own views that take a method."""
    rules = app.url_map.iter_rules()
    return [
        rule
        for rule in rules
        if rule.endpoint.split(".")[0] in VIEWS and method in (rule.methods or ())
    ]


def address(app: Flask, rule: Any) -> str:
    """A URL for a rule."""
    with app.test_request_context():
        values = {name: VALUES[name] for name in rule.arguments}
        built: str = app.url_for(rule.endpoint, **values)
        return built


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables."""
    metadata = MetaData()
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        tables = [Table(name, metadata, autoload_with=connection) for name in names]
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in tables
        }


@pytest.fixture
def staff(app: Flask) -> Callable[..., FlaskClient]:
    """``staff((permission, view), …)`` is a browser signed in with exactly these permissions."""

    def sign_in(*permissions: tuple[str, str]) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("Limited")
            for permission, view in permissions:
                found = sm.find_permission_view_menu(permission, view)
                sm.add_permission_role(role, found)
            sm.add_user("limited", "Li", "Mited", "limited@example.com", role, "limited")
        client = app.test_client()
        assert testing.staff_sign_in(client, "limited", "limited").status_code == 302
        return client

    return sign_in


@pytest.fixture
def _one_contact(make_customer: Make, make_contact: Make, session: Session) -> None:
    """Customer 1 with contact 1, note 1 and staff user 1 as its admin; where keys are text, the
    customer is ``"1"``, and where staff have regions, in that of the role that ``staff`` makes."""
    columns: dict[str, Any] = {"region": "Limited"} if LIMITS_STAFF else {}
    key = Customer.__table__.c.id.type.python_type(1)
    make_contact(make_customer(company="Acme", id=key, **columns))
    session.add(CustomerAdmin(customer_id=key, staff_id=1))
    session.add(CustomerNote(customer_id=key, body="Called.", author="Ada Min"))
    session.commit()


@pytest.mark.usefixtures("_one_contact")
@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("token", [None, "", "nonsense", "of another session"])
def test_post_needs_a_token(
    app: Flask,
    engine: Engine,
    staff_client: FlaskClient,
    csrf: Make,
    token: str | None,
    enabled: bool,
) -> None:
    """3.5.1: every POST of ours without a valid token is 400 with a way back, whatever is set."""
    app.config["WTF_CSRF_ENABLED"] = enabled
    if token == "of another session":
        token = csrf(app.test_client(), "/login/") if enabled else "other"
    before = everything(engine)
    rules = our_rules(app, "POST")
    bundled = "CustomerView.edit" in app.view_functions
    assert len(rules) == (27 if bundled else 22)
    for rule in rules:
        data = {"firstname": "x"} if token is None else {"csrf_token": token}
        response = staff_client.post(address(app, rule), data=data)
        assert response.status_code == 400, rule
        assert "Go back" in response.text
    assert everything(engine) == before


@pytest.mark.usefixtures("_one_contact")
def test_get_and_head_change_nothing(app: Flask, engine: Engine, staff_client: FlaskClient) -> None:
    """3.5.3: no GET or HEAD of ours changes any row."""
    before = everything(engine)
    for rule in our_rules(app, "GET"):
        for method in ("get", "head"):
            response = getattr(staff_client, method)(address(app, rule))
            assert response.status_code == 200, rule
    assert everything(engine) == before


@pytest.mark.usefixtures("_one_contact")
def test_only_our_routes(app: Flask, staff_client: FlaskClient) -> None:
    """FAB's stock routes that skip base filters or map columns do not exist in our views."""
    for path in (
        "/customercontacts/list/",
        "/customercontacts/show/1",
        "/customercontacts/add",
        "/customercontacts/download/x",
        "/customercontacts/action/x/1",
        "/customercontacts/action_post",
        "/customers/action/x/1",
        "/customers/download/x",
        "/customernotes/list/",
        "/customeradmins/list/",
        "/customeradmins/add",
    ):
        assert staff_client.get(path).status_code == 404, path
    for path in (
        "/customercontacts/make-primary/1/1",
        "/customercontacts/reactivate/1/1",
        "/customercontacts/restore/1/1",
    ):
        assert staff_client.get(path).status_code == 405


@pytest.mark.usefixtures("_one_contact")
def test_anonymous(app: Flask, engine: Engine, client: FlaskClient, csrf: Make) -> None:
    """Nobody who is not signed in sees or changes anything: the way is the sign-in page."""
    token = csrf(client, "/login/")
    before = everything(engine)
    for rule in our_rules(app, "GET"):
        assert "/login/" in client.get(address(app, rule)).location
    for rule in our_rules(app, "POST"):
        response = client.post(address(app, rule), data={"csrf_token": token})
        assert "/login/" in response.location
    assert everything(engine) == before


@pytest.mark.usefixtures("_one_contact")
def test_staff_without_permissions(
    app: Flask, engine: Engine, staff: Callable[..., FlaskClient]
) -> None:
    """Every page and every change answers 403 with a way back to staff without permission."""
    client = staff(("can_list", "HostInvoiceView"))
    token = _token(client)
    before = everything(engine)
    for method in ("GET", "POST"):
        for rule in our_rules(app, method):
            data = {"csrf_token": token} if method == "POST" else None
            response = client.open(address(app, rule), method=method, data=data)
            assert response.status_code == 403, rule
            assert "Go back" in response.text
    after = everything(engine)
    assert {name for name in after if after[name] != before.get(name)} <= {"ab_user"}


def _token(client: FlaskClient) -> str:
    """A token of a signed-in client that may open no form of ours: the session's own."""
    from flask_wtf.csrf import generate_csrf

    with client.session_transaction() as session:
        raw = session.get("csrf_token")
    with client.application.test_request_context():
        from flask import session as inner

        inner["csrf_token"] = raw
        token: str = generate_csrf()
        return token


@pytest.mark.usefixtures("_one_contact")
@pytest.mark.parametrize(
    ("permission", "opens", "closed"),
    [
        ("can_add", ["/customercontacts/new/1"], ["/customercontacts/edit/1/1"]),
        (
            "can_edit",
            [
                "/customercontacts/edit/1/1",
                "/customercontacts/deactivate/1/1",
                "/customercontacts/archive/1/1",
                "/customercontacts/move/1/1",
            ],
            [
                "/customercontacts/new/1",
                "/customercontacts/delete/1/1",
                "/customercontacts/anonymise/1/1",
                "/customercontacts/activity/1/1",
            ],
        ),
        (
            "can_delete",
            ["/customercontacts/delete/1/1", "/customercontacts/anonymise/1/1"],
            ["/customercontacts/deactivate/1/1", "/customercontacts/archive/1/1"],
        ),
        ("can_show", ["/customercontacts/activity/1/1"], ["/customercontacts/edit/1/1"]),
    ],
)
def test_permissions_of_the_tab(
    staff: Callable[..., FlaskClient], permission: str, opens: list[str], closed: list[str]
) -> None:
    """Each permission on "Customer contacts" opens its pages and no others."""
    client = staff((permission, "Customer contacts"), *SEES_CUSTOMERS)
    assert [client.get(url).status_code for url in opens] == [200] * len(opens)
    assert [client.get(url).status_code for url in closed] == [403] * len(closed)


@pytest.mark.usefixtures("_one_contact")
def test_tab_without_permission(staff: Callable[..., FlaskClient]) -> None:
    """Staff who may not see contacts see neither the tab's label nor its rows."""
    client = staff(*SEES_CUSTOMERS, *OTHER_TAB)
    html = client.get(f"{customers.CUSTOMER_PAGE}/1").text
    assert "ContactsTab" not in html
    assert "Ada Number" not in html
    assert ("CardView" if LIMITS_STAFF else "NotesTab") in html
    assert "CustomerAdminsTab" not in html


@pytest.mark.usefixtures("_one_contact")
def test_tab_read_only(staff: Callable[..., FlaskClient]) -> None:
    """Staff who may only look have no buttons."""
    client = staff(*SEES_CUSTOMERS, ("can_show", "Customer contacts"))
    html = client.get(f"{customers.CUSTOMER_PAGE}/1").text
    assert "Ada Number" in html
    for word in (
        "New Contact",
        "Make primary",
        "Deactivate",
        "/customercontacts/edit",
        "Edit",
        "Archive",
    ):
        assert word not in html


@pytest.mark.bundled_only(reason="names the views of the bundled customers too")
def test_fixed_permission_names(app: Flask) -> None:
    """The permissions have names of their own, which no renamed class loses."""
    with app.app_context():
        names = {view.class_permission_name for view in app.appbuilder.baseviews}  # type: ignore[attr-defined]
    assert {
        "Contacts customers",
        "Customer contacts",
        "Customer notes",
        "Customer admins",
        "Contacts settings",
        "Contacts email templates",
        "Contacts silent topics",
    } <= names


def test_switch_needs_edit(staff: Callable[..., FlaskClient], session: Session) -> None:
    """Who may only look at the templates and settings has no forms there, and cannot post."""
    client = staff(("can_show", "Contacts email templates"), ("can_show", "Contacts settings"))
    assert "<form" not in client.get("/contacts-email-templates/").text
    settings = client.get("/contacts-settings/").text
    assert 'type="submit"' not in settings
    token = testing.csrf_token(client, "/contacts-settings/")
    url = "/contacts-email-templates/switch/welcome"
    assert client.post(url, data={"csrf_token": token, "enabled": "0"}).status_code == 403
    assert session.scalars(select(EmailTemplate)).all() == []
    assert session.scalars(select(Contact)).all() == []


@pytest.fixture
def _impatient(engine: Engine) -> Iterator[None]:
    """Connections that do not wait for a locked file."""

    def set_timeout(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 1")

    event.listen(engine, "connect", set_timeout)
    engine.dispose()
    yield
    event.remove(engine, "connect", set_timeout)
    engine.dispose()


@pytest.mark.usefixtures("_one_contact", "_impatient")
def test_database_busy(engine: Engine, staff_client: FlaskClient, csrf: Make) -> None:
    """While the database stays locked, the answer is a page that says to try again."""
    token = csrf(staff_client, "/contacts-settings/")
    with engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        url = "/customercontacts/make-primary/1/1"
        response = staff_client.post(url, data={"csrf_token": token})
        other.rollback()
    assert response.status_code == 503
    assert "The database is busy." in response.text
    assert "Go back" in response.text
