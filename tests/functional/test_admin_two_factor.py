"""Two-factor authentication for staff: required of everybody, seen and reset on a contact."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from flask_contacts import models, testing
from flask_contacts.admin.contacts.activity_words import ABOUT_THE_LOGIN
from flask_contacts.clock import utc_now
from flask_contacts.models import (
    Activity,
    CustomerAdmin,
    Login,
    PortalSession,
    RecoveryCode,
    TwoFactor,
)
from flask_contacts.services.two_factor import state as two_factor_state
from flask_contacts.testing import RecordingSmtp, csrf_token, portal_sign_in
from tests.authenticator import Phone, give_phone

Make = Callable[..., Any]
EMAIL = "grace@example.org"
EDIT = (("can_show", "Customer contacts"), ("can_edit", "Customer contacts"))
RESET = ("can_reset_two_factor", "Customer contacts")
VIEW_ALL = ("can_view_all", "Contacts customers")
SETTINGS = "/contacts-settings/"


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """Grace of a customer of her own."""
    return make_contact(make_customer("Aurora"), firstname="Grace", lastname="Hopper", email=EMAIL)


@pytest.fixture
def phone(app: Flask, session: Session, contact: Any) -> Phone:
    """Her phone: two-factor authentication is on."""
    session.rollback()
    with app.app_context():
        return give_phone(session, EMAIL)


@pytest.fixture
def add_staff(app: Flask) -> Callable[..., FlaskClient]:
    """``add_staff(name, *permissions, role=…)`` is a browser of staff who may do just these."""

    def add(name: str, *permissions: tuple[str, str], role: str = "") -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            made = sm.add_role(role or f"Role of {name}")
            for permission, view in permissions:
                pair = sm.find_permission_view_menu(permission, view)
                assert pair is not None, (permission, view)
                sm.add_permission_role(made, pair)
            sm.add_user(name, name.title(), "Staff", f"{name}@example.com", made, name)
        client = app.test_client()
        assert testing.staff_sign_in(client, name, name).status_code == 302
        return client

    return add


def url(contact: Any, page: str = "reset-two-factor") -> str:
    """A page of a contact."""
    return f"/customercontacts/{page}/{contact.customer_id}/{contact.id}"


def press(client: FlaskClient, contact: Any, **fields: str) -> Any:
    """Confirm the reset; the token is that of the edit page, which all of these may open."""
    token = csrf_token(client, url(contact, "edit"))
    return client.post(url(contact), data={"csrf_token": token, **fields})


def is_on(session: Session) -> bool:
    """Whether anybody has it."""
    session.expire_all()
    return bool(session.scalar(select(func.count()).select_from(TwoFactor)))


def words(page: str) -> str:
    """A page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_required_is_a_choice_of_staff(
    app: Flask, staff_client: FlaskClient, session: Session, contact: Any
) -> None:
    """Off by default; ticked, it counts, and the page shows it ticked."""
    box = re.compile(r'name="two_factor" value="required"( checked)?')
    [checked] = box.findall(staff_client.get(SETTINGS).text)
    assert not checked
    token = csrf_token(staff_client, SETTINGS)
    form = {"csrf_token": token, "permissions": ["invoices"]}
    assert staff_client.post(SETTINGS, data={**form, "two_factor": "required"}).status_code == 302
    [checked] = box.findall(staff_client.get(SETTINGS).text)
    assert checked
    assert two_factor_state.is_required(session)
    assert staff_client.post(SETTINGS, data={**form, "two_factor": "always"}).status_code == 422
    session.rollback()
    assert two_factor_state.is_required(session)
    assert staff_client.post(SETTINGS, data=form).status_code == 302
    session.rollback()
    assert not two_factor_state.is_required(session)


def test_the_state_on_the_contacts_page(
    app: Flask, staff_client: FlaskClient, session: Session, contact: Any
) -> None:
    """Off, then on since when and with how many codes left; no secret."""
    page = staff_client.get(url(contact, "edit")).text
    assert "Two-factor authentication is off." in words(page)
    assert "/reset-two-factor/" not in page
    with app.app_context():
        phone = give_phone(session, EMAIL)
    page = staff_client.get(url(contact, "edit")).text
    assert "Two-factor authentication is on since" in words(page)
    assert "10 recovery codes are left." in words(page)
    assert url(contact) in page
    assert phone.secret not in page


def test_reset(
    staff_client: FlaskClient, client: FlaskClient, session: Session, contact: Any, phone: Phone,
    smtp: RecordingSmtp, drain: Callable[[], None],
) -> None:  # fmt: skip
    """Asked first; then secret and codes are gone, sessions end, the person is told, and the
    activity says who did it."""
    portal_sign_in(client, EMAIL)
    form = {"csrf_token": csrf_token(client, "/portal/sign-in/code"), "code": phone.code()}
    assert client.post("/portal/sign-in/code", data=form).location == "/portal/"
    page = words(staff_client.get(url(contact)).text)
    assert f"A notice goes to {EMAIL}." in page
    assert is_on(session)
    answer = press(staff_client, contact)
    assert answer.location == url(contact, "edit")
    page = words(staff_client.get(answer.location).text)
    assert "The two-factor authentication of Grace Hopper is reset" in page
    assert not is_on(session)
    assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
    assert client.get("/portal/").status_code == 302
    open_ones = select(func.count()).where(PortalSession.ended_at.is_(None))
    assert session.scalar(open_ones) == 0
    [row] = session.scalars(select(Activity).where(Activity.verb == "two_factor_reset"))
    assert (row.actor_kind, row.actor_name) == ("staff", "Ada Min")
    drain()
    assert smtp.to(EMAIL)[-1]["Subject"] == "Your two-factor authentication was reset"
    assert portal_sign_in(client, EMAIL).location == "/portal/"


@pytest.mark.bundled_only(reason="filters of the host's own hide what is about logins")
def test_the_activity_tells_of_it(staff_client: FlaskClient, contact: Any, phone: Phone) -> None:
    """Who turned it on, and who reset it."""
    press(staff_client, contact)
    page = words(staff_client.get(url(contact, "activity")).text)
    assert "Turned two-factor authentication on · Grace Hopper (contact)" in page
    assert "Two-factor authentication reset by staff · Ada Min" in page
    assert phone.secret not in page


def test_where_there_is_nothing_to_reset(staff_client: FlaskClient, contact: Any) -> None:
    """The page says so, and a second click is no fault."""
    assert "there is nothing to reset" in staff_client.get(url(contact)).text
    answer = press(staff_client, contact)
    assert answer.status_code == 422
    assert "there is nothing to reset" in answer.text


def test_what_is_refused(
    staff_client: FlaskClient, session: Session, contact: Any, phone: Phone, make_customer: Make
) -> None:
    """Without a token, with a field too many, at another customer, for nobody: nothing changes."""
    assert staff_client.post(url(contact)).status_code == 400
    assert press(staff_client, contact, password="x").status_code == 422
    other = make_customer().id
    for path in (f"{other}/{contact.id}", f"{contact.customer_id}/999999", f"x'/{contact.id}"):
        page = f"/customercontacts/reset-two-factor/{path}"
        assert staff_client.get(page).status_code == 404, path
    assert is_on(session)


def test_it_has_a_permission_of_its_own(
    add_staff: Callable[..., FlaskClient], session: Session, contact: Any, phone: Phone
) -> None:
    """Whoever edits contacts does not reset by that; the button and the page ask for it."""
    reach = [(f"can_{one}", _customer_view()) for one in ("list", "show")]
    editor = add_staff("ed", *EDIT, *reach, VIEW_ALL, role="North")
    page = editor.get(url(contact, "edit")).text
    assert "/reset-two-factor/" not in page
    assert editor.get(url(contact)).status_code in {302, 403}
    assert press(editor, contact).status_code in {302, 403}
    assert is_on(session)


def _customer_view() -> str:
    """The permission name of this host's customer view."""
    return (
        "CompanyView" if models.Customer.__tablename__ == "host_company" else "Contacts customers"
    )


@pytest.mark.bundled_only(reason="the bundled view carries CustomerAdminFilter")
def test_customer_admins_learn_nothing_of_it(
    app: Flask, add_staff: Callable[..., FlaskClient], session: Session, contact: Any,
    phone: Phone, make_contact: Make,
) -> None:  # fmt: skip
    """C6, S7: whether a person has set it up may come from another customer. Who has, and who
    has not, looks the same; nobody resets it, and another's customer is not there at all."""
    plain = make_contact(contact.customer_id, firstname="Grace", lastname="Murray")
    sam = add_staff("sam", *EDIT, RESET, ("can_show", "Contacts customers"))
    assert sam.get(url(contact, "edit")).status_code == 404
    with app.app_context():
        sam_id = app.appbuilder.sm.find_user("sam").id  # type: ignore[attr-defined]
    session.add(CustomerAdmin(customer_id=contact.customer_id, staff_id=sam_id))
    session.commit()
    for one in (contact, plain):
        page = sam.get(url(one, "edit")).text
        assert "wo-factor" not in page
        assert sam.get(url(one)).status_code == 404
        assert press(sam, one).status_code == 404
    assert is_on(session)


@pytest.mark.own_only(reason="filters of the host's own hide customers")
def test_who_does_not_see_all_of_the_person_does_not_reset(
    add_staff: Callable[..., FlaskClient], session: Session, contact: Any, phone: Phone,
    make_customer: Make, make_contact: Make,
) -> None:  # fmt: skip
    """With can_view_all staff may know of logins elsewhere; they reset where they see each
    contact of the person, and no further."""
    reach = [(f"can_{one}", "CompanyView") for one in ("list", "show")]
    ed = add_staff("ed", *EDIT, RESET, *reach, VIEW_ALL, role="North")
    assert url(contact) in ed.get(url(contact, "edit")).text
    session.execute(update(Login).values(held=True, proven_at=utc_now()))
    session.commit()
    make_contact(make_customer("Hidden", region="South"), email=EMAIL)
    page = ed.get(url(contact, "edit")).text
    assert "Two-factor authentication is on" in page
    assert url(contact) not in page
    assert ed.get(url(contact)).status_code == 404
    assert press(ed, contact).status_code == 404


def test_all_of_it_is_about_the_login() -> None:
    """So staff from whom customers are hidden read none of it in the activity."""
    ours = {
        "two_factor_on", "two_factor_replaced", "two_factor_off", "two_factor_reset",
        "recovery_code_used", "recovery_codes_renewed",
    }  # fmt: skip
    assert ours <= set(ABOUT_THE_LOGIN)


def test_no_view_maps_the_secrets(app: Flask) -> None:
    """Credentials: no view and no API of Flask-AppBuilder has these tables as its model."""
    views = app.appbuilder.baseviews  # type: ignore[attr-defined]
    mapped = {getattr(getattr(view, "datamodel", None), "obj", None) for view in views}
    assert not mapped & {TwoFactor, RecoveryCode}
