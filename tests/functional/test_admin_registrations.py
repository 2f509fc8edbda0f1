"""CRM → Registrations: who registered, approving, refusing (BEHAVIOUR P6)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.clock import utc_now
from flask_contacts.errors import InvalidInput
from flask_contacts.models import Activity, Contact, Customer, CustomerAdmin, Mail, Registration
from flask_contacts.services.accounts import passwords
from flask_contacts.services.contacts import archive, states as contact_states
from flask_contacts.services.mailing import email_templates
from flask_contacts.signals import (
    contact_created,
    registration_approved,
    registration_proven,
    registration_refused,
)
from flask_contacts.testing import PASSWORD, RecordingSmtp, csrf_token, portal_sign_in
from tests.host_app import CUSTOMER_NAME, customer_url, new_customer
from tests.registrations import SECRET, TYPED, WHO, allow, confirm, post, proof_link

Make = Callable[..., Any]
Drain = Callable[[], None]
LIST = "/contacts-registrations/"
VIEW = "Contacts registrations"


@pytest.fixture
def opened(app: Flask, session: Session) -> None:
    """People may register, and staff approve."""
    with app.app_context():
        allow(session)


@pytest.fixture
def waiting(session: Session) -> Callable[..., int]:
    """``waiting(company="Acme")`` is the id of a registration that waits for an answer."""

    def add(state: str = "waiting", **columns: Any) -> int:
        number = session.scalar(select(func.count()).select_from(Registration))
        typed = {name: value for name, value in TYPED.items() if name != "password"}
        values = {**typed, "email": f"p{number}@aurora.example", **columns}
        row = Registration(
            **values,
            email_key=values["email"],
            state=state,
            open_as=state if state in {"waiting", "pending"} else None,
            password_hash=passwords.hash_password(SECRET) if state == "waiting" else None,
            proven_at=None if state == "pending" else utc_now(),
        )
        session.add(row)
        session.commit()
        return row.id

    return add


@pytest.fixture
def send(staff_client: FlaskClient) -> Make:
    """``send("approve", key, **fields)`` posts an answer."""

    def answer(what: str, key: int, **fields: str) -> Any:
        token = csrf_token(staff_client, "/contacts-settings/")
        return staff_client.post(f"{LIST}{what}/{key}", data={**fields, "csrf_token": token})

    return answer


@pytest.fixture
def limited(app: Flask) -> Callable[..., FlaskClient]:
    """``limited((permission, view), …)`` is a browser of staff who may just that."""

    def sign_in(*permissions: tuple[str, str], role_name: str = "Clerk") -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role(role_name)
            for permission, view in permissions:
                sm.add_permission_role(role, sm.find_permission_view_menu(permission, view))
            sm.add_user("clerk", "Cleo", "Clerk", "clerk@example.com", role, "clerk")
        client = app.test_client()
        assert testing.staff_sign_in(client, "clerk", "clerk").status_code == 302
        return client

    return sign_in


def fresh(session: Session, key: int) -> Registration:
    """A registration as it is now."""
    session.rollback()
    return session.get_one(Registration, key, populate_existing=True)


@pytest.mark.usefixtures("opened")
def test_the_whole_way_with_approval(
    client: FlaskClient,
    staff_client: FlaskClient,
    session: Session,
    send: Make,
    smtp: RecordingSmtp,
    drain: Drain,
) -> None:
    """Registered, confirmed, seen, approved: a customer with its primary contact, who signs in
    with the password of the form; the welcome mail goes out."""
    post(client)
    drain()
    confirm(client, proof_link(smtp))
    page = staff_client.get(LIST).text
    assert "Aurora Coffee" in page
    key = session.scalars(select(Registration.id)).one()
    shown = staff_client.get(f"{LIST}show/{key}").text
    for text in ("Aurora Coffee", "Mara Lind", WHO, "+1 212 555 0123", "Address confirmed"):
        assert text in shown
    smtp.clear()
    done = send("approve", key)
    session.rollback()
    contact = session.scalars(select(Contact)).one()
    assert done.location.startswith(customer_url(contact.customer))
    assert "Mara Lind is the primary contact of Aurora Coffee now." in staff_client.get(LIST).text
    assert contact.is_primary
    found = fresh(session, key)
    assert (found.state, found.decided_by, found.password_hash) == ("approved", "Ada Min", None)
    verbs = session.scalars(select(Activity.verb).order_by(Activity.id)).all()
    assert verbs == ["created", "made_primary", "login_created"]
    drain()
    assert [str(mail["Subject"]) for mail in smtp.to(WHO)] == ["Welcome aboard, Mara"]
    assert portal_sign_in(client, WHO, SECRET).status_code == 303
    approved = staff_client.get(f"{LIST}show/{key}").text
    assert "Mara Lind · Aurora Coffee" in approved
    assert "Approve as" not in approved


def test_without_the_welcome_mail_the_person_is_told(
    app: Flask, session: Session, waiting: Make, send: Make, smtp: RecordingSmtp, drain: Drain
) -> None:
    """C8: a disabled template wins, and who waited for an answer gets one all the same."""
    with app.app_context():
        email_templates.set_template_enabled(session, "welcome", False)
    send("approve", waiting(email=WHO))
    drain()
    assert [str(mail["Subject"]) for mail in smtp.to(WHO)] == [
        "Your registration at Test Host is approved"
    ]


def test_a_contact_of_a_customer_that_is_there(
    session: Session, make_customer: Make, make_contact: Make, waiting: Make, send: Make
) -> None:
    """Chosen by its name: the person is a plain contact there, and nothing else is made."""
    customer = make_customer(company="Aurora Coffee Ltd")
    first = make_contact(customer)
    key = waiting()
    done = send("attach", key, customer=f"Aurora Coffee Ltd (#{customer.id})")
    assert done.location.startswith(customer_url(customer))
    session.rollback()
    contact = session.scalars(select(Contact).where(Contact.id != first.id)).one()
    assert (contact.customer_id, contact.is_primary) == (customer.id, False)
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
    assert fresh(session, key).contact_id == contact.id


@pytest.mark.parametrize("typed", ["", "Nobody Ltd", "Aurora (#99)", "x" * 400, "a\0b"])
def test_an_unknown_customer_is_refused_at_its_field(
    session: Session, make_customer: Make, waiting: Make, send: Make, typed: str
) -> None:
    """Nothing happens, and what was typed is there again."""
    make_customer(company="Aurora")
    key = waiting()
    refused = send("attach", key, customer=typed)
    assert refused.status_code == 422
    assert 'id="customer-error"' in refused.text
    if typed.startswith("Aurora"):
        assert f'value="{typed}"' in refused.text
    assert fresh(session, key).state == "waiting"


def test_a_customer_that_has_the_address_already(
    session: Session, make_customer: Make, make_contact: Make, waiting: Make, send: Make
) -> None:
    """C6: it cannot have it twice; the page says so, and everything else stays possible."""
    customer = make_customer(company="Aurora")
    make_contact(customer, email=WHO)
    key = waiting(email=WHO)
    refused = send("attach", key, customer="Aurora")
    assert refused.status_code == 422
    assert "has a contact with this address already" in refused.text
    assert fresh(session, key).state == "waiting"
    assert fresh(session, key).password_hash


def test_an_address_that_signs_in_by_now_joins_its_login(
    session: Session,
    client: FlaskClient,
    make_customer: Make,
    make_contact: Make,
    waiting: Make,
    send: Make,
    smtp: RecordingSmtp,
    drain: Drain,
) -> None:
    """C6, C7: approved later than the address became a contact's elsewhere: one login for
    both, the password of that one stays, and the person is told of the company."""
    other = make_contact(make_customer(company="Borealis"), email=WHO)
    login = other.login
    login.held, login.proven_at = True, utc_now()
    session.commit()
    key = waiting(email=WHO)
    send("approve", key)
    session.rollback()
    both = session.scalars(select(Contact).where(Contact.email_key == WHO)).all()
    assert [one.login_id for one in both] == [other.login_id, other.login_id]
    new = next(one for one in both if one.id != other.id)
    assert (new.accepted_at, new.invited_at) == (fresh(session, key).proven_at, None), (
        "as of one whose address has no other login: it must not tell"
    )
    drain()
    assert [str(mail["Subject"]) for mail in smtp.to(WHO)] == [
        "Aurora Coffee was added to your account"
    ]
    assert portal_sign_in(client, WHO, SECRET).status_code == 422
    assert portal_sign_in(client, WHO, PASSWORD).status_code == 303


def test_the_page_warns_of_what_is_like_it(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make, waiting: Make
) -> None:
    """Customers of a similar name, and contacts with the address, each with its link."""
    alike = make_customer(company="AURORA Coffee, Ltd.")
    make_customer(company="Borealis Coffee")
    known = make_contact(make_customer(company="Zeta"), email=WHO)
    page = staff_client.get(f"{LIST}show/{waiting(email=WHO)}").text
    assert "customers of a similar name" in page
    assert f'href="{customer_url(alike)}' in page
    assert page.count("Borealis Coffee") == 1, "offered in the list, and no warning"
    assert "There is a contact with this address already" in page
    assert f"{known.name} · Zeta" in page
    plain = staff_client.get(f"{LIST}show/{waiting(company='Nothing like it')}").text
    assert "customers of a similar name" not in plain
    assert "contact with this address" not in plain


def test_refusing_mails_the_reason(
    staff_client: FlaskClient,
    session: Session,
    waiting: Make,
    send: Make,
    smtp: RecordingSmtp,
    drain: Drain,
) -> None:
    """With a reason, escaped, or without; the row is kept without the password."""
    key = waiting(email=WHO)
    assert send("refuse", key, reason="We sell to <b>bakeries</b> only.").location == LIST
    assert "refused; an e-mail says so" in staff_client.get(LIST).text
    found = fresh(session, key)
    assert (found.state, found.password_hash) == ("refused", None)
    assert (found.reason, found.decided_by) == ("We sell to <b>bakeries</b> only.", "Ada Min")
    drain()
    [mail] = smtp.to(WHO)
    html = mail.get_body(("html",)).get_content()
    assert "&lt;b&gt;bakeries&lt;/b&gt;" in html
    assert "We sell to &lt;b&gt;bakeries" in staff_client.get(f"{LIST}show/{key}").text
    send("refuse", waiting(email="two@example.com"))
    drain()
    [plain] = smtp.to("two@example.com")
    assert "refusal_reason" not in plain.as_string()
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_a_refusal_without_its_mail(
    app: Flask, staff_client: FlaskClient, session: Session, waiting: Make, send: Make
) -> None:
    """A host that switches the template off mails nothing, and staff read that."""
    with app.app_context():
        email_templates.set_template_enabled(session, "registration_refused", False)
    send("refuse", waiting())
    assert "No e-mail was sent" in staff_client.get(LIST).text
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


@pytest.mark.parametrize("reason", ["x" * 1001, "a\0b", "a\x1bb"])
def test_a_reason_that_cannot_be_taken(
    session: Session, waiting: Make, send: Make, reason: str
) -> None:
    """Said at its field; nothing is refused and nothing mailed."""
    key = waiting()
    refused = send("refuse", key, reason=reason)
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.text
    assert fresh(session, key).state == "waiting"


@pytest.mark.parametrize("state", ["pending", "approved", "refused"])
@pytest.mark.parametrize("what", ["approve", "attach", "refuse"])
def test_what_does_not_wait_is_not_decided(
    staff_client: FlaskClient,
    session: Session,
    make_customer: Make,
    waiting: Make,
    send: Make,
    what: str,
    state: str,
) -> None:
    """Not before the address is proven, and not twice: the page says so, nothing changes."""
    make_customer(company="Acme")
    key = waiting(state)
    fields = {"customer": "Acme"} if what == "attach" else {}
    done = send(what, key, **fields)
    assert done.location == f"{LIST}show/{key}"
    assert "answered this registration meanwhile" in staff_client.get(done.location).text
    assert fresh(session, key).state == state
    assert session.scalar(select(func.count()).select_from(Contact)) == 0
    page = staff_client.get(f"{LIST}show/{key}").text
    assert "Approve as" not in page


def test_states_and_pages(
    staff_client: FlaskClient,
    session: Session,
    waiting: Make,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    """Those that wait first; each state has its number; pages go by key, at the same cost."""
    empty = staff_client.get(LIST).text
    assert "Nobody waits for your answer" in empty
    assert "Nobody can register at present" in empty
    one = waiting(company="Company 0")
    with statements() as seen:
        staff_client.get(LIST)
    few = len(seen)
    for number in range(1, 30):
        waiting(company=f"Company {number}")
    waiting("refused", company="Refused Ltd")
    with statements() as seen:
        first = staff_client.get(LIST).text
    assert len(seen) == few
    assert "Company 29<" in first
    assert "Company 4<" not in first
    assert ">30</span>" in first
    assert "Refused Ltd" not in first
    second = staff_client.get(f"{LIST}?state=waiting&before={one + 5}").text
    assert "Company 4<" in second
    assert "First page" in second
    assert "Refused Ltd" in staff_client.get(f"{LIST}?state=refused").text
    assert "Refused Ltd" in staff_client.get(f"{LIST}?state=").text
    assert "No registration is in this state" in staff_client.get(f"{LIST}?state=approved").text
    for bad in ("state=no", "before=x", "before=-1e9", f"before={2**40}", "before=01"):
        assert staff_client.get(f"{LIST}?{bad}").status_code == 404
    assert staff_client.get(f"{LIST}show/{2**31 - 1}").status_code == 404
    assert staff_client.get(f"{LIST}show/{2**33}").status_code == 404


def test_a_page_costs_the_same_among_many(
    staff_client: FlaskClient, make_customer: Make, waiting: Make, statements: Any
) -> None:
    """No statement for each of the similar customers or of those that are offered."""
    key = waiting()
    make_customer(company="Aurora Coffee")
    with statements() as seen:
        staff_client.get(f"{LIST}show/{key}")
    few = len(seen)
    for number in range(60):
        make_customer(company=f"Aurora Coffee {number}")
    with statements() as seen:
        page = staff_client.get(f"{LIST}show/{key}").text
    assert len(seen) == few
    assert page.count("<option") <= 60
    assert page.count('class="alert-link"') <= 5


@pytest.mark.parametrize("what", ["approve", "attach", "refuse"])
def test_only_by_a_form_of_ours(
    staff_client: FlaskClient, session: Session, waiting: Make, send: Make, what: str
) -> None:
    """3.5.1, 8.2.3: no GET, no post without a token, no field that the page does not have."""
    key = waiting()
    url = f"{LIST}{what}/{key}"
    assert staff_client.get(url).status_code in {404, 405}
    assert staff_client.post(url).status_code == 400
    assert send(what, key, state="approved").status_code == 422
    assert fresh(session, key).state == "waiting"


def test_the_permissions_are_its_own(
    limited: Callable[..., FlaskClient], session: Session, waiting: Make
) -> None:
    """S7: with can_show the pages open; answering needs can_edit; without them nothing."""
    key = waiting()
    client = limited(("can_show", VIEW), ("can_show", "Contacts settings"))
    assert client.get(LIST).status_code == 200
    page = client.get(f"{LIST}show/{key}").text
    assert "Approve as" not in page
    assert "waits for somebody who may answer it" in page
    token = csrf_token(client, "/contacts-settings/")
    for what in ("approve", "attach", "refuse"):
        answer = client.post(f"{LIST}{what}/{key}", data={"csrf_token": token})
        assert answer.status_code in {302, 403}
        assert not (answer.location or "").startswith(LIST)
    assert fresh(session, key).state == "waiting"


def test_without_the_permission_nothing_is_seen(
    limited: Callable[..., FlaskClient], waiting: Make
) -> None:
    """S7: registrations belong to nobody, so who looks after customers does not see them."""
    key = waiting()
    client = limited(("can_list", "Contacts outgoing mail"), ("can_show", "Contacts outgoing mail"))
    for path in (LIST, f"{LIST}show/{key}"):
        answer = client.get(path)
        assert answer.status_code in {302, 403}
        assert "Aurora" not in answer.text


@pytest.mark.bundled_only(reason="the bundled view carries CustomerAdminFilter")
def test_limited_staff_keep_the_customer_that_they_approve(
    limited: Callable[..., FlaskClient],
    session: Session,
    make_customer: Make,
    make_contact: Make,
    waiting: Make,
) -> None:
    """S7: they look after it then; hidden customers are neither named nor offered nor taken."""
    hidden = make_customer(company="Aurora Coffee Roasters")
    make_contact(hidden, email="p0@aurora.example")
    key = waiting()
    seen = ("can_show", "can_list")
    client = limited(
        ("can_show", VIEW), ("can_edit", VIEW), *((one, "Contacts customers") for one in seen)
    )
    page = client.get(f"{LIST}show/{key}").text
    assert "Roasters" not in page
    token = csrf_token(client, f"{LIST}show/{key}")
    form = {"csrf_token": token, "customer": f"Aurora Coffee Roasters (#{hidden.id})"}
    assert client.post(f"{LIST}attach/{key}", data=form).status_code == 422
    done = client.post(f"{LIST}approve/{key}", data={"csrf_token": token})
    assert done.location.startswith("/customers/show/")
    assert client.get(done.location.partition("#")[0]).status_code == 200
    contact = session.get_one(Contact, fresh(session, key).contact_id)
    assert session.scalars(select(CustomerAdmin.customer_id)).all() == [contact.customer_id]


@pytest.mark.own_only(reason="a host with customers of its own needs its function")
def test_without_a_function_of_the_host(
    app: Flask,
    client: FlaskClient,
    staff_client: FlaskClient,
    session: Session,
    make_customer: Make,
    waiting: Make,
    send: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody can register, Settings say why and refuse to allow it; what waits already can
    be added to a customer that is there."""
    with app.app_context():
        allow(session)
    monkeypatch.setattr(app.extensions["contacts"].registry, "register_customer", None)
    assert client.get("/portal/register").status_code == 404
    assert "Register" not in client.get("/portal/sign-in").text
    assert "register_customer=" in staff_client.get("/contacts-settings/").text
    listed = staff_client.get(LIST).text
    assert "register_customer=" in listed
    assert "Allow it under Setup" not in listed, "it cannot be allowed there"
    token = csrf_token(staff_client, "/contacts-settings/")
    chosen = {"registration": ["allowed"], "csrf_token": token}
    refused = staff_client.post("/contacts-settings/", data=chosen)
    assert refused.status_code == 422
    assert "customers of its own" in refused.text
    customer, key = make_customer(company="Acme"), waiting()
    assert send("approve", key).status_code == 422
    assert "Approve as a new customer" not in staff_client.get(f"{LIST}show/{key}").text
    assert send("attach", key, customer="Acme").location.startswith(customer_url(customer))


def test_a_customer_that_the_host_refuses(
    app: Flask, session: Session, waiting: Make, send: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the host's function says stands on the page, what its database refuses too; the
    registration waits as before."""
    key = waiting()

    def refuses(_values: object) -> Any:
        raise InvalidInput({"company": ["We know this company too well."]})

    def nameless(_values: object) -> Any:
        customer = new_customer("x")
        setattr(customer, CUSTOMER_NAME, None)
        return customer

    def validates(_values: object) -> Any:
        raise ValueError("Too short for a company.")

    registry = app.extensions["contacts"].registry
    for made, words in (
        (refuses, "too well"),
        (validates, "Too short for a company"),
        (nameless, "did not take this customer"),
    ):
        monkeypatch.setattr(registry, "register_customer", made)
        answer = send("approve", key)
        assert answer.status_code == 422
        assert words in answer.text
        assert fresh(session, key).state == "waiting"
        assert session.scalar(select(func.count()).select_from(Customer)) == 0


@pytest.mark.usefixtures("opened")
def test_signals(
    app: Flask, client: FlaskClient, session: Session, waiting: Make, send: Make,
    smtp: RecordingSmtp, drain: Drain,
) -> None:  # fmt: skip
    """Proven, approved, refused: told once each, after the commit, with ids."""
    told: list[tuple[str, dict[str, int]]] = []

    def receiver(name: str) -> Callable[..., None]:
        return lambda _app, **payload: told.append((name, payload))

    kept = {
        signal: receiver(name)
        for signal, name in (
            (registration_proven, "proven"), (registration_approved, "approved"),
            (registration_refused, "refused"), (contact_created, "created"),
        )
    }  # fmt: skip
    for signal, one in kept.items():
        signal.connect(one, app)
    try:
        post(client)
        drain()
        confirm(client, proof_link(smtp))
        key = session.scalars(select(Registration.id)).one()
        session.rollback()
        send("approve", key)
        contact_id = fresh(session, key).contact_id
        other = waiting(email="other@example.com")
        send("refuse", other)
    finally:
        for signal, one in kept.items():
            signal.disconnect(one, app)
    assert told == [
        ("proven", {"registration_id": key}),
        ("created", {"contact_id": contact_id}),
        ("approved", {"registration_id": key, "contact_id": contact_id}),
        ("refused", {"registration_id": other}),
    ]


@pytest.mark.parametrize("how", ["anonymise", "delete"])
def test_it_is_forgotten_with_the_person(
    app: Flask, session: Session, waiting: Make, send: Make, how: str
) -> None:
    """What was typed goes with the contact that it became, and what waits at its address."""
    key = waiting(email=WHO)
    send("approve", key)
    contact = session.scalars(select(Contact)).one()
    customer_id, contact_id = contact.customer_id, contact.id
    waiting("refused", email=WHO)
    stays = waiting(email="other@example.com")
    with app.app_context():
        if how == "delete":
            contact_states.delete_contact(session, customer_id, contact_id)
        else:
            archive.archive_contact(session, customer_id, contact_id)
            archive.anonymise_contact(session, customer_id, contact_id)
    session.rollback()
    assert session.scalars(select(Registration.id)).all() == [stays]


def test_decided_ones_are_purged(app: Flask, session: Session, waiting: Make, send: Make) -> None:
    """As long as mail is kept; those that wait stay."""
    key, stays = waiting(), waiting()
    send("refuse", key)
    days = app.config["CONTACTS_KEEP_MAIL_DAYS"]
    runner = app.test_cli_runner()
    assert "registrations that are over: 0" in runner.invoke(args=["contacts", "purge"]).output
    fresh(session, key).decided_at = utc_now() - timedelta(days=days, minutes=1)
    session.commit()
    assert "registrations that are over: 1" in runner.invoke(args=["contacts", "purge"]).output
    session.rollback()
    assert session.scalars(select(Registration.id)).all() == [stays]


def test_the_own_data_hold_it(client: FlaskClient, waiting: Make, send: Make) -> None:
    """P5: what the person typed is in the download, and no word of staff."""
    send("approve", waiting(email=WHO))
    portal_sign_in(client, WHO, SECRET)
    token = csrf_token(client, "/portal/account/data")
    data = client.post("/portal/account/data", data={"csrf_token": token}).get_json()
    [row] = data["registrations"]
    assert (row["company"], row["email"], row["phone"]) == ("Aurora Coffee", WHO, TYPED["phone"])
    assert "Ada Min" not in str(row)


def test_nothing_is_half_done(
    app: Flask, session: Session, waiting: Make, send: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2.3.3: a fault in the middle leaves no customer, no contact and no mail."""
    key = waiting()

    def fails(*_arguments: object) -> None:
        raise RuntimeError("in the middle")

    event.listen(Mail, "before_insert", fails)
    try:
        with pytest.raises(RuntimeError):
            send("approve", key)
    finally:
        event.remove(Mail, "before_insert", fails)
    assert fresh(session, key).state == "waiting"
    for table in (Contact, Customer, Mail):
        assert session.scalar(select(func.count()).select_from(table)) == 0
