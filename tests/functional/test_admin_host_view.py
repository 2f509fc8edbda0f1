"""A host's own customer view: our tab on it, its base filters obeyed, nothing else touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, Model, ModelRestApi, ModelView
from flask_appbuilder.actions import action as fab_action
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.filters import FilterStartsWith
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_mail import Mail
from flask_wtf import CSRFProtect
from sqlalchemy import func, select

from flask_contacts import Contacts, testing
from flask_contacts.models import Contact, Customer, CustomerNote, Mail as MailRow
from flask_contacts.services.contacts.states import deactivate_contact
from tests.first_state import keep_first_state
from tests.quick_hashes import QUICK_STAFF

#: FAB's stock tabs load the parent through a legacy call of SQLAlchemy.
pytestmark = [
    pytest.mark.bundled_only(reason="a host's own view of the bundled model"),
    pytest.mark.filterwarnings("ignore:The Query.get:sqlalchemy.exc.LegacyAPIWarning"),
]

ADMIN = ("admin", "admin")
Make = Callable[..., Any]


class OpenIssueView(ModelView):
    """A tab of the host's own, on a table that refers to the customer."""

    datamodel = SQLAInterface(CustomerNote)
    list_title = "Issues"
    list_columns = ["author"]
    show_columns = add_columns = edit_columns = search_columns = list_columns


class TimelineView(ModelView):
    """A tab that the host registers with us."""

    datamodel = SQLAInterface(CustomerNote)
    list_title = "Timeline"
    list_columns = ["author"]
    show_columns = add_columns = edit_columns = search_columns = list_columns


class CompanyView(ModelView):
    """The host's customers: staff see only those whose name starts with Visible."""

    datamodel = SQLAInterface(Customer)
    base_filters = [["company", FilterStartsWith, "Visible"]]
    list_columns = ["company"]
    show_columns = add_columns = edit_columns = search_columns = list_columns
    related_views = [OpenIssueView]

    @fab_action("muldelete", "Delete", "Really?", "fa-rocket", single=False)
    def muldelete(self, items: list[Any]) -> Any:
        """As Flask-AppBuilder's documentation has it."""
        self.datamodel.delete_all(items)
        self.update_redirect()
        return redirect(self.get_redirect())


class CompanyApi(ModelRestApi):
    """The host's customers for programs."""

    datamodel = SQLAInterface(Customer)
    resource_name = "company"
    allow_browser_login = True
    list_columns = show_columns = add_columns = edit_columns = ["company"]


class Host:
    """The application, and what its tests do with it."""

    def __init__(self, database: Path) -> None:
        self.db = SQLA(metadata=Model.metadata)
        self.app = Flask("own_view")
        self.app.config.from_mapping(
            SECRET_KEY="a secret key for tests only",
            SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}",
            TESTING=True,
            MAIL_DEFAULT_SENDER="host@example.com",
            CONTACTS_BASE_URL="http://localhost",
            CONTACTS_MAIL_DELIVERY="manual",
            FAB_PASSWORD_HASH_METHOD=QUICK_STAFF,
        )
        self.db.init_app(self.app)
        Mail(self.app)
        CSRFProtect(self.app)
        contacts = Contacts()
        contacts.add_customer_tab(TimelineView)
        with self.app.app_context():
            appbuilder = AppBuilder(self.app, self.db.session)
            self.view = appbuilder.add_view(CompanyView, "Companies", category="Sales")
            appbuilder.add_api(CompanyApi)
            appbuilder.add_view_no_menu(OpenIssueView)
            appbuilder.add_view_no_menu(TimelineView)
            contacts.init_app(self.app, appbuilder, customer_view=CompanyView)
            self.db.create_all()
            role = appbuilder.sm.find_role("Admin")
            appbuilder.sm.add_user(*ADMIN[:1], "Ada", "Min", "admin@example.com", role, ADMIN[1])

    def customer(self, company: str) -> int:
        """A customer's id."""
        with self.app.app_context():
            pk: int = testing.make_customer(self.db.session, company=company).id
            return pk

    def contact(self, customer: int, **fields: object) -> int:
        """A contact's id."""
        with self.app.app_context():
            return testing.make_contact(self.db.session, customer, **fields).id

    def scalar(self, statement: Any) -> Any:
        """One value from the database."""
        with self.app.app_context():
            return self.db.session.scalar(statement)


@pytest.fixture(scope="module")
def _host(tmp_path_factory: pytest.TempPathFactory) -> tuple[Host, Callable[[], None]]:
    """The application, and how to get its first state back."""
    host = Host(tmp_path_factory.mktemp("own_view") / "own_view.db")
    return host, keep_first_state(host.app)


@pytest.fixture
def host(_host: tuple[Host, Callable[[], None]]) -> Iterator[Host]:
    """An application with a customer view of its own, CSRFProtect included."""
    host, restore = _host
    restore()
    yield host
    with host.app.app_context():
        host.db.session.remove()
        host.db.engine.dispose()


@pytest.fixture
def client(host: Host) -> FlaskClient:
    """A browser with the staff user."""
    client = host.app.test_client()
    assert testing.staff_sign_in(client, *ADMIN).status_code == 302
    return client


@pytest.fixture
def post(host: Host, client: FlaskClient) -> Make:
    """``post(url, **fields)`` with a token."""

    def send(url: str, **fields: Any) -> Any:
        token = testing.csrf_token(client, "/companyview/add")
        return client.post(url, data={**fields, "csrf_token": token})

    return send


def said(client: FlaskClient, customer: int) -> str:
    """The messages on the customer's page."""
    html = client.get(f"/companyview/show/{customer}").text
    found = re.findall(r'(?s)<div class="alert.*?</div>', html)
    return unescape(re.sub(r"\s+", " ", " ".join(re.sub(r"<[^>]+>", " ", one) for one in found)))


NEW = {
    "firstname": "Grace",
    "lastname": "Hopper",
    "email": "grace@example.com",
    "send_password_mail": "y",
    "is_user": "y",
}


def test_tab_joins_the_hosts_page(host: Host, client: FlaskClient) -> None:
    """The tab stands after the host's own, with badge and rows; the class stays as it was."""
    customer = host.customer("Visible Ltd")
    host.contact(customer, firstname="Ada", lastname="Lovelace")
    html = client.get(f"/companyview/show/{customer}").text
    assert re.findall(r'href="#(\w+)" data-toggle="tab"', html) == [
        "Home", "OpenIssueView", "ContactsTab", "TimelineView", "CustomerAdminsTab",
    ]  # fmt: skip
    assert 'Contacts <span class="badge">1</span>' in html
    assert "Ada Lovelace" in html
    assert client.get(f"/companyview/edit/{customer}").status_code == 200
    assert CompanyView.related_views == [OpenIssueView]


def test_only_the_tab_is_added(host: Host) -> None:
    """A host with its own customers gets neither our customer view nor our notes."""
    endpoints = {rule.endpoint.split(".")[0] for rule in host.app.url_map.iter_rules()}
    assert not {"CustomerView", "NotesTab", "CustomerVisibility"} & endpoints


def test_hidden_customer(host: Host, client: FlaskClient, post: Make) -> None:
    """C1: a customer that the host's base filters hide is 404 on every page of ours."""
    hidden = host.customer("Secret Inc")
    contact = host.contact(hidden)
    before = host.scalar(select(func.count()).select_from(Contact))
    for action in ("new", "edit", "deactivate", "delete"):
        suffix = "" if action == "new" else f"/{contact}"
        url = f"/customercontacts/{action}/{hidden}{suffix}"
        assert client.get(url).status_code == 404
        assert post(url, **NEW).status_code == 404
    for action in ("make-primary", "reactivate"):
        assert post(f"/customercontacts/{action}/{hidden}/{contact}").status_code == 404
    assert host.scalar(select(func.count()).select_from(Contact)) == before
    visible = host.customer("Visible Ltd")
    assert post(f"/customercontacts/edit/{visible}/{contact}", **NEW).status_code == 404


@pytest.mark.parametrize(
    "query", ["page_ContactsTab=abc", "psize_ContactsTab=abc", "page_ContactsTab=-1"]
)
def test_junk_for_our_tab_in_the_address(host: Host, client: FlaskClient, query: str) -> None:
    """On the host's own page too it is 404, where FAB alone would fail."""
    customer = host.customer("Visible Ltd")
    assert client.get(f"/companyview/show/{customer}").status_code == 200
    assert client.get(f"/companyview/show/{customer}?{query}").status_code == 404


def test_customer_is_not_a_field(host: Host, post: Make) -> None:
    """C1: the form's sender cannot move the contact to another customer."""
    visible, hidden = host.customer("Visible Ltd"), host.customer("Secret Inc")
    response = post(f"/customercontacts/new/{visible}", **NEW, customer_id=str(hidden))
    assert response.status_code == 422
    assert host.scalar(select(func.count()).select_from(Contact)) == 0


def test_filter_in_the_address_is_not_believed(host: Host, post: Make) -> None:
    """A filter in the address says nothing about whose contact it is."""
    visible, hidden = host.customer("Visible Ltd"), host.customer("Secret Inc")
    url = f"/customercontacts/new/{visible}?_flt_0_customer={hidden}"
    assert post(url, **NEW).status_code == 302
    assert host.scalar(select(Contact.customer_id)) == visible


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("link", [True, False])
def test_messages_tell_nothing_of_hidden_customers(
    host: Host, client: FlaskClient, post: Make, known: bool, link: bool
) -> None:
    """C6: whether the address exists at a hidden customer, staff read the same words."""
    visible, hidden = host.customer("Visible Ltd"), host.customer("Secret Inc")
    if known:
        host.contact(hidden, email="grace@example.com")
    fields: dict[str, Any] = dict(NEW)
    if not link:
        del fields["send_password_mail"]
        fields.update(password="a perfectly good password", no_welcome_mail="y")
    assert post(f"/customercontacts/new/{visible}", **fields).status_code == 302
    words = said(client, visible)
    assert "another customer" not in words
    assert "added company" not in words
    assert "was not used" not in words
    if link:
        assert "The emails you asked for: the welcome email, the link to set a password." in words
    else:
        assert "You asked for no email." in words
        assert "counts only as long as Grace Hopper has not chosen another" in words


def test_message_about_a_visible_customer(host: Host, client: FlaskClient, post: Make) -> None:
    """C6: where the other contact may be seen, the page says that the login is shared."""
    here, there = host.customer("Visible Ltd"), host.customer("Visible Sisters")
    host.contact(there, email="grace@example.com")
    post(f"/customercontacts/new/{here}", **NEW)
    words = said(client, here)
    assert "Grace Hopper already signs in at another customer" in words
    assert "the notice of an added company" in words
    assert host.scalar(select(func.count()).select_from(MailRow)) > 0


def test_missing_token_under_csrfprotect(host: Host, client: FlaskClient) -> None:
    """Where the host protects everything itself, the refusal is still our page."""
    customer = host.customer("Visible Ltd")
    response = client.post(f"/customercontacts/new/{customer}", data=NEW)
    assert response.status_code == 400
    assert "Nothing was saved" in response.text
    assert f'href="/companyview/show/{customer}#ContactsTab"' in response.text


def test_deleting_a_customer_with_contacts(host: Host, client: FlaskClient, post: Make) -> None:
    """FAB's own delete of the host's view says how many contacts stand in the way."""
    customer = host.customer("Visible Ltd")
    contact = host.contact(customer)
    post(f"/companyview/delete/{customer}")
    assert host.scalar(select(func.count()).select_from(Customer)) == 1
    assert "This customer has 1 contact. Delete it first, then the customer." in said(
        client, customer
    )
    post(f"/customercontacts/delete/{customer}/{contact}")
    post(f"/companyview/delete/{customer}")
    assert host.scalar(select(func.count()).select_from(Customer)) == 0


def test_an_action_that_deletes_customers(host: Host, client: FlaskClient, post: Make) -> None:
    """FAB's action "Delete" on several rows deletes nothing where one has contacts, and says
    which and why; without contacts they go."""
    free, taken = host.customer("Visible & free"), host.customer("Visible Ltd")
    contact = host.contact(taken)
    chosen = {"action": "muldelete", "rowid": [str(free), str(taken)]}
    assert post("/companyview/action_post", **chosen).status_code == 302
    assert host.scalar(select(func.count()).select_from(Customer)) == 2
    words = said(client, taken)
    assert "Visible Ltd: This customer has 1 contact. Delete it first, then the customer." in words
    post(f"/customercontacts/delete/{taken}/{contact}")
    assert post("/companyview/action_post", **chosen).status_code == 302
    assert host.scalar(select(func.count()).select_from(Customer)) == 0


def test_an_interface_for_programs_that_deletes_customers(host: Host, client: FlaskClient) -> None:
    """FAB's REST interface answers 422 with the count, and the customer stays."""
    customer = host.customer("Visible Ltd")
    host.contact(customer)
    token = testing.csrf_token(client, "/companyview/add")
    answer = client.delete(f"/api/v1/company/{customer}", headers={"X-CSRFToken": token})
    assert answer.status_code == 422
    assert "The customer has 1 contact." in answer.text
    assert host.scalar(select(func.count()).select_from(Customer)) == 1


def test_tab_is_hidden_without_permission(host: Host) -> None:
    """On the host's own page too, staff without permission see neither label nor rows."""
    customer = host.customer("Visible Ltd")
    host.contact(customer, firstname="Ada", lastname="Lovelace")
    with host.app.app_context():
        sm = host.app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.add_role("Limited")
        sm.add_permission_role(role, sm.find_permission_view_menu("can_show", "CompanyView"))
        sm.add_user("limited", "Li", "Mited", "limited@example.com", role, "limited")
    client = host.app.test_client()
    testing.staff_sign_in(client, "limited", "limited")
    html = client.get(f"/companyview/show/{customer}").text
    assert "ContactsTab" not in html
    assert "Lovelace" not in html
    assert "TimelineView" not in html
    assert 'href="#OpenIssueView"' in html


def test_second_application(host: Host, tmp_path: Path) -> None:
    """A second application of the same process has the tab once."""
    second = Host(tmp_path / "second.db")
    customer = second.customer("Visible Ltd")
    client = second.app.test_client()
    testing.staff_sign_in(client, *ADMIN)
    html = client.get(f"/companyview/show/{customer}").text
    assert html.count('href="#ContactsTab" data-toggle="tab"') == 1
    with second.app.app_context():
        second.db.session.remove()
        second.db.engine.dispose()


def test_inactive_row_on_the_hosts_page(host: Host, client: FlaskClient) -> None:
    """The tab is the same as on our own page."""
    customer = host.customer("Visible Ltd")
    contact = host.contact(customer)
    with host.app.app_context():
        deactivate_contact(host.db.session, customer, contact)
    html = client.get(f"/companyview/show/{customer}").text
    assert "Inactive" in html
    assert "Reactivate" in html
    assert "contacts-assets/admin/admin.js" in html
