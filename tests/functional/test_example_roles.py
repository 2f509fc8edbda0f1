"""The demo's users of the four roles: what each may do with contacts, leads and opportunities."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from example_app.database import db
from example_app.demo_staff import OF_ROLES, add_staff
from example_app.models import Lead
from flask_contacts.models import Contact
from flask_contacts.testing import csrf_token, staff_sign_in
from tests.example import filled_example, post_form
from tests.first_state import keep_first_state
from tests.staff_people import words

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

USERS = {
    "marketeer": "crm_marketeer",
    "sales": "crm_sales",
    "manager": "crm_manager",
    "crmadmin": "crm_admin",
}
SELLERS = ("sales", "manager", "crmadmin")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The example with its demo data, and what puts it back to that."""
    app = filled_example(tmp_path_factory.mktemp("roles"))
    return app, keep_first_state(app)


@pytest.fixture
def example(filled: tuple[Flask, Callable[[], None]]) -> Flask:
    """The example as it is at first."""
    app, put_back = filled
    put_back()
    return app


@pytest.fixture(params=USERS)
def user(request: pytest.FixtureRequest) -> str:
    """Each of the users."""
    return str(request.param)


@pytest.fixture
def client(example: Flask, user: str) -> FlaskClient:
    """A browser in which the user has signed in: the password is the name."""
    browser = example.test_client()
    assert staff_sign_in(browser, user, user).status_code == 302
    return browser


def test_each_has_its_role(example: Flask, user: str) -> None:
    """One user for each role that create-roles makes; a second start changes nothing."""
    with example.app_context():
        manager = example.extensions["appbuilder"].sm
        add_staff(manager)
        assert [role.name for role in manager.find_user(username=user).roles] == [USERS[user]]
        assert {name for name, *_rest in OF_ROLES.values()} == set(USERS)


def test_leads_and_opportunities(client: FlaskClient, user: str) -> None:
    """Every role finds and reads them from the menu; who sells writes and converts them too."""
    menu = client.get("/").text
    for room in ("leadview", "opportunityview"):
        assert f'href="/{room}/list/"' in menu
        listed = client.get(f"/{room}/list/")
        assert listed.status_code == 200
        [number, *_others] = re.findall(rf'href="/{room}/show/(\d+)', listed.text)
        assert client.get(f"/{room}/show/{number}").status_code == 200
        for page in ("add", f"edit/{number}"):
            expected = 200 if user in SELLERS else 403
            assert client.get(f"/{room}/{page}").status_code == expected, page


def test_a_lead_is_written_and_converted(example: Flask, client: FlaskClient, user: str) -> None:
    """By who sells, with the forms as they come; the marketeer sees no such button."""
    fields = {"firstname": "Nia", "lastname": "Obi", "company": "Obi & Co"}
    with example.app_context():
        lead = Lead(source="fair", **fields)
        db.session.add(lead)
        db.session.commit()
        key = lead.id
    page = f"/leadview/convert/{key}"
    assert (page in client.get(f"/leadview/show/{key}").text) == (user in SELLERS)
    if user in SELLERS:
        assert post_form(client, page).status_code == 303
        shown = words(client.get(f"/leadview/show/{key}").text)
        assert "Obi & Co is a customer now, Nia Obi its primary contact." in shown
        offer = {"customer": "Obi & Co", "title": "Van", "amount": "12"}
        assert post_form(client, "/opportunityview/add", **offer).status_code == 302
    else:
        assert client.get(page).status_code == 403


def test_a_contact_is_linked_to_a_lead(example: Flask, client: FlaskClient) -> None:
    """Every role may connect contacts with leads (seed 002), and reads it on the lead's page."""
    with example.app_context():
        olivia = db.session.scalars(select(Contact.id).where(Contact.lastname == "Hart")).one()
        lead = db.session.scalars(select(Lead).where(Lead.lastname == "de Wit")).one()
        label, key = f"{lead} (#{lead.id})", lead.id
    page = f"/customer-contacts/show/{olivia}"
    data = {"record": label, "csrf_token": csrf_token(client, page)}
    assert client.post(f"/customer-contacts/link/{olivia}/leads", data=data).status_code == 302
    assert f'href="/leadview/show/{key}"' in client.get(page).text
    assert "Olivia Hart" in words(client.get(f"/leadview/show/{key}").text)


def test_they_are_named(example: Flask) -> None:
    """The first page names the users."""
    page = words(example.test_client().get("/").text)
    for name, role in USERS.items():
        assert re.search(rf"{name} \({role}\)", page)
