"""CustomerAdminFilter on a host's own customer view, and what else that view gets from us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.actions import action
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_mail import Mail
from sqlalchemy import select

from flask_contacts import Contacts, testing
from flask_contacts.admin import CustomerAdminFilter
from flask_contacts.errors import ConfigError
from flask_contacts.models import Customer, CustomerAdmin
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import delete_contact
from tests.first_state import keep_first_state
from tests.functional.test_admin_customer_admins import post
from tests.quick_hashes import QUICK_STAFF

#: FAB's stock pages load the parent through a legacy call of SQLAlchemy.
pytestmark = [
    pytest.mark.bundled_only(reason="a host's own view of the bundled model"),
    pytest.mark.filterwarnings("ignore:The Query.get:sqlalchemy.exc.LegacyAPIWarning"),
]

Make = Callable[..., Any]
OWN = tuple((f"can_{name}", "LimitedView") for name in ("list", "show", "add", "edit", "delete"))


class LimitedView(ModelView):
    """The host's customers: staff see those whose customer admin they are."""

    datamodel = SQLAInterface(Customer)
    base_filters = [["id", CustomerAdminFilter, None]]
    list_columns = ["company"]
    show_columns = add_columns = edit_columns = search_columns = list_columns

    @action("shout", "Shout", "Really?", "fa-bullhorn")
    def shout(self, items: Any) -> Any:
        """Change what FAB hands over."""
        for one in items if isinstance(items, list) else [items]:
            one.company = one.company.upper()
        self.datamodel.session.commit()
        return redirect("/")


class PagelessView(ModelView):
    """A view without a page for one customer."""

    datamodel = SQLAInterface(Customer)
    include_route_methods = {"list", "add"}
    list_columns = ["company"]
    show_columns = add_columns = edit_columns = search_columns = list_columns


class Host:
    """The application, and what its tests do with it."""

    def __init__(self, database: Path, view: type[ModelView] = LimitedView) -> None:
        self.db = SQLA(metadata=Model.metadata)
        self.app = Flask("limited_view")
        self.app.config.from_mapping(
            SECRET_KEY="a secret key for tests only",
            SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}",
            TESTING=True,
            WTF_CSRF_ENABLED=True,
            MAIL_DEFAULT_SENDER="host@example.com",
            CONTACTS_BASE_URL="http://localhost",
            CONTACTS_MAIL_DELIVERY="manual",
            FAB_PASSWORD_HASH_METHOD=QUICK_STAFF,
        )
        self.db.init_app(self.app)
        Mail(self.app)
        with self.app.app_context():
            self.appbuilder = AppBuilder(self.app, self.db.session)
            self.appbuilder.add_view(view, "Companies", category="Sales")
            Contacts().init_app(self.app, self.appbuilder, customer_view=view)
            self.db.create_all()

    def staff(self, username: str, *permissions: tuple[str, str]) -> FlaskClient:
        """A browser of a new staff user, who also holds all permissions on the tabs."""
        tabs = [(f"can_{name}", view) for view in ("Customer contacts", "Customer admins")
                for name in ("show", "add", "edit", "delete")]  # fmt: skip
        with self.app.app_context():
            sm = self.appbuilder.sm
            role = sm.add_role(username)
            for permission, view in (*tabs, *permissions):
                found = sm.find_permission_view_menu(permission, view)
                if found is not None:
                    sm.add_permission_role(role, found)
            sm.add_user(username, username, "X", f"{username}@example.com", role, username)
        client = self.app.test_client()
        assert testing.staff_sign_in(client, username, username).status_code == 302
        return client

    def customer(self, company: str, *admins: int) -> int:
        """A customer's id."""
        with self.app.app_context():
            pk: int = testing.make_customer(self.db.session, company=company).id
            for staff_id in admins:
                self.db.session.add(CustomerAdmin(customer_id=pk, staff_id=staff_id))
            self.db.session.commit()
            return pk

    def all(self, statement: Any) -> list[Any]:
        """The first column of all rows."""
        with self.app.app_context():
            return list(self.db.session.scalars(statement))


@pytest.fixture(scope="module")
def _host(tmp_path_factory: pytest.TempPathFactory) -> tuple[Host, Callable[[], None]]:
    """The application, and how to get its first state back."""
    host = Host(tmp_path_factory.mktemp("limited") / "limited.db")
    return host, keep_first_state(host.app)


@pytest.fixture
def host(_host: tuple[Host, Callable[[], None]]) -> Iterator[Host]:
    """An application with a limited customer view of its own."""
    host, restore = _host
    restore()
    yield host
    with host.app.app_context():
        host.db.session.remove()
        host.db.engine.dispose()


@pytest.fixture
def sam(host: Host) -> FlaskClient:
    """A browser of sam, staff user 1, who sees only own customers."""
    return host.staff("sam", *OWN, ("shout", "LimitedView"))


def test_only_own_customers(host: Host, sam: FlaskClient) -> None:
    """FAB's own list, profile and forms, and our tabs, hold the own customers only."""
    mine, other = host.customer("Mine Ltd", 1), host.customer("Other Ltd", 2)
    html = sam.get("/limitedview/list/").text
    assert "Mine Ltd" in html
    assert "Other Ltd" not in html
    profile = sam.get(f"/limitedview/show/{mine}").text
    assert "ContactsTab" in profile
    assert "CustomerAdminsTab" in profile
    for url in (
        f"/limitedview/show/{other}", f"/limitedview/edit/{other}",
        f"/customercontacts/new/{other}", f"/customeradmins/assign/{other}",
    ):  # fmt: skip
        assert sam.get(url).status_code == 404
    assert post(sam, f"/limitedview/delete/{other}").status_code == 404
    assert sam.get(f"/customercontacts/new/{mine}").status_code == 200


def test_view_all_exists_without_the_bundled_view(host: Host) -> None:
    """The permission that opens every customer is there for a host's view too."""
    host.customer("Other Ltd")
    everyone = host.staff("all", *OWN, ("can_view_all", "Contacts customers"))
    assert "Other Ltd" in everyone.get("/limitedview/list/").text


def test_new_customer_stays_visible(host: Host, sam: FlaskClient) -> None:
    """A customer that sam makes through FAB's own form is sam's; one of view-all staff nobody's."""
    everyone = host.staff("all", *OWN, ("can_view_all", "Contacts customers"))
    assert post(sam, "/limitedview/add", company="New Ltd").status_code == 302
    assert post(everyone, "/limitedview/add", company="Free Ltd").status_code == 302
    html = sam.get("/limitedview/list/").text
    assert "New Ltd" in html
    assert "Free Ltd" not in html
    assert host.all(select(CustomerAdmin.staff_id)) == [1]


def test_actions_obey_the_base_filters(host: Host, sam: FlaskClient) -> None:
    """FAB's actions, which skip base filters, are 404 with a hidden customer among the rows."""
    mine, other = host.customer("Mine Ltd", 1), host.customer("Other Ltd", 2)
    url = "/limitedview/action_post"
    for rows in ([other], [mine, other], ["abc"], [999]):
        assert post(sam, url, action="shout", rowid=rows).status_code == 404
    assert post(sam, f"/limitedview/action/shout/{other}").status_code == 404
    assert post(sam, url, action="nothing", rowid=[mine]).status_code == 404
    assert sorted(host.all(select(Customer.company))) == ["Mine Ltd", "Other Ltd"]
    assert post(sam, url, action="shout", rowid=[mine]).status_code == 302
    assert sorted(host.all(select(Customer.company))) == ["MINE LTD", "Other Ltd"]


def test_actions_without_permission(host: Host) -> None:
    """Who may not act is refused by FAB itself, whatever row was named."""
    other = host.customer("Other Ltd", 2)
    client = host.staff("sam", *OWN)
    response = post(client, "/limitedview/action_post", action="shout", rowid=[other])
    assert response.status_code == 302
    assert host.app.test_client().post("/limitedview/action_post", data={}).status_code in {
        302,
        404,
    }
    assert host.all(select(Customer.company)) == ["Other Ltd"]


def test_removing_oneself(host: Host, sam: FlaskClient) -> None:
    """Who takes himself off is led to the host's list."""
    mine = host.customer("Mine Ltd", 1)
    response = post(sam, f"/customeradmins/remove/{mine}/1")
    assert response.location == "/limitedview/list/"
    assert sam.get(f"/limitedview/show/{mine}").status_code == 404


def test_deletion(host: Host, sam: FlaskClient) -> None:
    """Archived contacts keep a host's customer; then it goes with its admins."""
    mine = host.customer("Mine Ltd", 1)
    with host.app.app_context():
        session = host.db.session
        contact = testing.make_contact(session, mine).id
        archive_contact(session, mine, contact)
    post(sam, f"/limitedview/delete/{mine}")
    assert host.all(select(Customer.id)) == [mine]
    assert host.all(select(CustomerAdmin.staff_id)) == [1]
    words = sam.get(f"/limitedview/show/{mine}").text
    assert "This customer has 1 contact. Delete it first" in words
    assert "It is archived" in words
    with host.app.app_context():
        delete_contact(host.db.session, mine, contact)
    post(sam, f"/limitedview/delete/{mine}")
    assert host.all(select(Customer.id)) == []
    assert host.all(select(CustomerAdmin.staff_id)) == []


def test_nobody_is_seen_outside_a_request(host: Host) -> None:
    """Without a staff user the filter hides everything: it fails closed."""
    host.customer("Mine Ltd", 1)
    with host.app.app_context():
        view = host.app.extensions["contacts"].customer_view
        query = host.db.session.query(Customer)
        assert view._base_filters.apply_all(query).all() == []


def test_view_without_a_profile(tmp_path: Path) -> None:
    """C009: a customer view without a page for one customer is refused at start."""
    with pytest.raises(ConfigError) as error:
        Host(tmp_path / "pageless.db", PagelessView)
    assert error.value.code == "contacts.C009"
    assert "show" in error.value.hint
