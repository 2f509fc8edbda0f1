"""A host's own portal pages while staff look at them as a contact (BEHAVIOUR P8)."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, jsonify, redirect, render_template_string, send_file
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, Model
from flask_mail import Mail

from flask_contacts import Contacts, PortalModule
from flask_contacts.portal import is_read_only, portal_page
from flask_contacts.testing import csrf_token, make_contact, portal_sign_in, staff_sign_in
from tests.host_app import add_customer, customers

STATIC = Path(__file__).parent / "desk_static"
desk = Blueprint("desk", __name__, url_prefix="/desk", static_folder=STATIC)
read: list[str] = []
closed: list[str] = []
AWAY = [
    "https://files.example/scan.pdf?sig=abc", "//files.example/scan.pdf?sig=abc",
    "http://localhost:8080/scan.pdf?sig=abc",
]  # fmt: skip
FRAMED = '{% extends "flask_contacts/portal/base.html" %}{% block content %}news{% endblock %}'


@desk.get("/")
@portal_page()
def news() -> str:
    """A page that notes that it was read, unless staff look."""
    if not is_read_only():
        read.append("news")
    return render_template_string(FRAMED)


@desk.post("/")
@portal_page()
def answer() -> str:
    """A form of the host's."""
    read.append("answered")
    return "answered"


@desk.get("/bare")
@portal_page()
def bare() -> str:
    """A page without our frame."""
    return "<p>bare</p>"


@desk.get("/moved")
@portal_page()
def moved() -> Any:
    """A redirect."""
    return redirect("/portal/desk/")


@desk.get("/away/<int:number>")
@portal_page()
def away(number: int) -> Any:
    """A redirect off this origin."""
    response = redirect("/")
    response.headers["Location"] = AWAY[number]
    return response


@desk.get("/by-server/<header>")
@portal_page()
def by_server(header: str) -> Any:
    """A file that the web server in front sends."""
    return "", 200, {header: "/files/scan.pdf"}


@desk.get("/file/<kind>")
@portal_page()
def file(kind: str) -> Any:
    """Files of several kinds, and what is none."""
    if kind == "json":
        return jsonify(secret="of the contact")
    types = {
        "pdf": "application/pdf",
        "page": "text/html",
        "picture": "image/png",
        "csv": "text/csv",
    }
    attached = kind == "page"
    response = send_file(
        BytesIO(b"of the contact"), types[kind], as_attachment=attached, download_name=kind
    )
    response.call_on_close(lambda: closed.append(kind))
    return response


@pytest.fixture(scope="module")
def own_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A host with a portal blueprint and a module that is one of its pages."""
    from tests.host_app import db

    contacts = Contacts()
    contacts.add_module(PortalModule("desk", "Desk", view="desk.news"))
    contacts.add_portal_blueprint(desk)
    app = Flask("desk_host")
    database: Path = tmp_path_factory.mktemp("desk") / "desk.db"
    app.config.from_mapping(
        SECRET_KEY="a secret key for tests only",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}",
        TESTING=True,
        MAIL_DEFAULT_SENDER="host@example.com",
        CONTACTS_BASE_URL="http://localhost",
        CONTACTS_MAIL_DELIVERY="manual",
        WTF_CSRF_ENABLED=True,
    )
    db.init_app(app)
    Mail(app)
    with app.app_context():
        appbuilder = AppBuilder(app, db.session)
        customers.add_customer_views(appbuilder)
        contacts.init_app(app, appbuilder, customer_view=customers.CUSTOMER_VIEW)
        Model.metadata.create_all(db.engine)
        role = appbuilder.sm.find_role(appbuilder.sm.auth_role_admin)
        appbuilder.sm.add_user("admin", "Ada", "Min", "admin@example.com", role, "admin")
    return app


@pytest.fixture
def browsers(own_app: Flask) -> tuple[FlaskClient, FlaskClient, str]:
    """A contact's browser, that of staff who look as this contact, and the doctor's address."""
    from tests.host_app import db

    with own_app.app_context():
        contact = make_contact(db.session, add_customer(db.session), permissions=["desk"])
        email, pages = contact.email, f"{contact.customer_id}/{contact.id}"
    own, staff = own_app.test_client(), own_app.test_client()
    assert portal_sign_in(own, email).status_code == 303
    assert staff_sign_in(staff, "admin", "admin").status_code == 302
    form = f"/customercontacts/view-as/{pages}"
    fields = {"reason": "a test", "csrf_token": csrf_token(staff, form)}
    assert staff.post(form, data=fields).status_code == 303
    return own, staff, f"/customercontacts/access/{pages}"


Browsers = tuple[FlaskClient, FlaskClient, str]


def test_pages_open_with_the_banner(browsers: Browsers) -> None:
    """A page in our frame has the banner; one without it, and a redirect, are answered."""
    _own, staff, _access = browsers
    assert "You see the portal as" in staff.get("/portal/desk/").text
    assert staff.get("/portal/desk/bare").text == "<p>bare</p>"
    assert staff.get("/portal/desk/moved").location == "/portal/desk/"


def test_a_page_can_ask_who_looks(browsers: Browsers) -> None:
    """What is noted for the contact is not noted for staff."""
    own, staff, _access = browsers
    read.clear()
    staff.get("/portal/desk/")
    assert read == []
    own.get("/portal/desk/")
    assert read == ["news"]


def test_a_hosts_form_is_refused(browsers: Browsers) -> None:
    """With a valid token too; the view function does not run."""
    own, staff, _access = browsers
    read.clear()
    for browser, status in ((staff, 403), (own, 200)):
        fields = {"csrf_token": csrf_token(browser, "/portal/")}
        assert browser.post("/portal/desk/", data=fields).status_code == status
    assert read == ["answered"]


@pytest.mark.parametrize("kind", ["pdf", "csv", "page", "json"])
def test_files_are_kept_back(browsers: Browsers, kind: str) -> None:
    """By their kind, or by being sent as an attachment; the file itself is closed."""
    own, staff, _access = browsers
    assert "of the contact" in own.get(f"/portal/desk/file/{kind}").text
    closed.clear()
    response = staff.get(f"/portal/desk/file/{kind}")
    assert response.status_code == 403
    assert "of the contact" not in response.text
    assert "Files cannot be downloaded" in response.text
    assert response.mimetype == "text/html"
    assert closed == ([] if kind == "json" else [kind])


def test_static_pictures_are_no_files(browsers: Browsers) -> None:
    """Those of a page open; one that a view gives may be a scan of the contact's: it does not."""
    own, staff, _access = browsers
    assert own.get("/portal/desk/file/picture").data == b"of the contact"
    response = staff.get("/portal/desk/file/picture")
    assert (response.status_code, b"of the contact" in response.data) == (403, False)
    static: Any = staff.get("/portal/desk/desk_static/dot.svg")
    assert (static.status_code, static.mimetype) == (200, "image/svg+xml")
    static.close()


@pytest.mark.parametrize("there", AWAY)
def test_no_redirect_leads_to_a_file_elsewhere(browsers: Browsers, there: str) -> None:
    """A signed address of a file store would hand the file to staff past the view."""
    own, staff, _access = browsers
    assert own.get(f"/portal/desk/away/{AWAY.index(there)}").status_code == 302
    response = staff.get(f"/portal/desk/away/{AWAY.index(there)}")
    assert (response.status_code, response.location) == (403, None)
    assert "sig=abc" not in response.text


@pytest.mark.parametrize("header", ["X-Accel-Redirect", "X-Sendfile"])
def test_no_file_is_sent_by_the_web_server(browsers: Browsers, header: str) -> None:
    """The answer that names a file to the server in front never gets there."""
    own, staff, _access = browsers
    assert own.get(f"/portal/desk/by-server/{header}").headers[header] == "/files/scan.pdf"
    response = staff.get(f"/portal/desk/by-server/{header}")
    assert response.status_code == 403
    assert header not in response.headers


def test_the_doctor_knows_no_records_of_a_hosts_page(browsers: Browsers) -> None:
    """The module is seen, and of its records nobody can tell."""
    _own, staff, access = browsers
    page: Callable[..., Any] = staff.get
    html = page(access, query_string={"module": "desk", "record": "1"}).text
    assert "The application has pages of its own for this module" in html
