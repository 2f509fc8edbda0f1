"""Colleagues: what the primary contact does with them in the portal (BEHAVIOUR P5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import Model
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import (
    Activity,
    Contact,
    ContactPermission,
    Link,
    Login,
    Mail,
    PortalSession,
)
from flask_contacts.services import limits
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import make_primary
from flask_contacts.services.settings import save_settings
from flask_contacts.testing import csrf_token, links_in
from tests.portal_forms import hidden_fields

Make = Callable[..., Any]
Browser = Callable[..., FlaskClient]
LIST = "/portal/company-colleagues/"
INVITE = f"{LIST}invite"
FORM = {
    "firstname": "Eva", "lastname": "Sommer", "position": "Buyer", "email": "eva@aurora.example",
    "phone": "+49 30 1234567",
}  # fmt: skip


@pytest.fixture
def allowed(app: Flask, session: Session) -> None:
    """Staff let primary contacts look after their colleagues."""
    with app.app_context():
        save_settings(session, {"primary_may": ["colleagues"]})


@pytest.fixture
def anna(make_customer: Make, make_contact: Make) -> Any:
    """The primary contact of a customer."""
    return make_contact(
        make_customer(company="Aurora"),
        firstname="Anna",
        lastname="Berg",
        permissions=["invoices", "support", "email_notifications"],
        topics=["invoice"],
    )


@pytest.fixture
def bob(anna: Any, make_contact: Make) -> Any:
    """A colleague of hers, who holds a permission beyond her own."""
    return make_contact(
        anna.customer_id,
        firstname="Bob",
        lastname="Lind",
        permissions=["invoices", "contracts"],
        topics=["invoice", "contract"],
    )


def page_of(contact: Any) -> str:
    """The address of a colleague's page."""
    return f"{LIST}{contact.id}"


def post(client: FlaskClient, url: str, **form: object) -> Any:
    """Post a form with its token."""
    return client.post(url, data={**hidden_fields(client, "/portal/account/"), **form})


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Every row of the database, "last seen" aside."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(
                select(*(column for column in table.columns if column.name != "last_seen_at"))
            ).all()
            for table in Model.metadata.sorted_tables
        }


def ticked(page: str) -> set[str]:
    """The permissions that a page has ticked and open to change."""
    return set(re.findall(r'name="permissions" value="(\w+)" checked', page))


def activity_of(client: FlaskClient, contact: Any) -> str:
    """The words of the activity on the contact's page in the admin."""
    html = client.get(f"/customercontacts/edit/{contact.customer_id}/{contact.id}").text
    text = re.sub(r"<[^>]+>", " ", html[html.index('class="contacts-activity"') :])
    return re.sub(r"\s+", " ", text)


@pytest.mark.usefixtures("allowed")
def test_inviting_a_colleague(
    session: Session,
    anna: Any,
    portal_client: Browser,
    captured_mail: Callable[[], Any],
    staff_client: FlaskClient,
) -> None:
    """P5, C5, C9: the link to set a password goes out and no password is typed; topics follow
    the permissions; staff read which contact invited."""
    client = portal_client(anna)
    form = client.get(INVITE).text
    assert ticked(form) == {"invoices", "support", "email_notifications"}
    assert 'type="password"' not in form
    response = post(client, INVITE, **FORM, permissions=["invoices"])
    eva = session.scalars(select(Contact).where(Contact.firstname == "Eva")).one()
    assert (response.status_code, response.location) == (303, page_of(eva))
    assert "on its way to eva@aurora.example" in client.get(response.location).text
    assert (eva.customer_id, eva.is_primary, eva.active) == (anna.customer_id, False, True)
    assert eva.permission_names == {"invoices"}
    assert eva.topic_names == {"invoice", "credit_note"}
    assert eva.phone_e164 == "+49301234567"
    assert eva.created_by_id is None
    assert session.get_one(Login, eva.login_id).password_hash is None
    mails = captured_mail()
    assert {mail["To"] for mail in mails} == {"eva@aurora.example"}
    assert any("/set-password/" in link for mail in mails for link in links_in(mail))
    row = session.scalars(select(Activity).where(Activity.verb == "invited")).one()
    assert (row.contact_id, row.actor_kind, row.actor_contact_id) == (eva.id, "contact", anna.id)
    assert "Anna Berg (contact)" in activity_of(staff_client, eva)
    assert "Invited" in activity_of(staff_client, eva)


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("field", "value"),
    [("firstname", " "), ("lastname", "x" * 101), ("email", "eva@"), ("email", ""),
     ("phone", "call me"), ("position", "a\x00b")],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_at_its_field(
    engine: Engine, anna: Any, portal_client: Browser, field: str, value: str
) -> None:
    """Nothing is written or mailed, and nothing typed is lost."""
    client = portal_client(anna)
    before = contents(engine)
    response = post(client, INVITE, **{**FORM, field: value}, permissions=["support"])
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert "Eva" in response.text or field == "firstname"
    assert ticked(response.text) == {"support"}
    assert contents(engine) == before


TYPED = {"firstname", "lastname", "position", "email", "phone"}
FOREIGN = [
    *sorted({column.name for column in Contact.__table__.columns} - TYPED),
    *("password", "topics", "is_user", "send_password_mail", "no_welcome_mail", "customer"),
]


@pytest.mark.bundled_only(reason="the names are those of a contact's columns; once is enough")
@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("field", FOREIGN)
def test_no_other_field_can_be_sent(
    engine: Engine, anna: Any, bob: Any, portal_client: Browser, field: str
) -> None:
    """ASVS 8.2.3: each other column and name is refused on each page; no row changes."""
    client = portal_client(anna)
    before = contents(engine)
    assert post(client, INVITE, **FORM, **{field: "1"}).status_code == 422
    for action in ("", "/deactivate", "/reactivate", "/invite-again"):
        assert post(client, page_of(bob) + action, **{field: "1"}).status_code == 422, action
    assert contents(engine) == before


@pytest.mark.usefixtures("allowed")
def test_an_address_known_elsewhere_is_told_nowhere(
    session: Session,
    anna: Any,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
    captured_mail: Callable[[], Any],
) -> None:
    """C6: the new contact joins the person's login; the page, the colleague's page and the
    list say the same as for a stranger's address."""
    make_contact(make_customer(company="Borealis"), email="known@example.com", lastname="Secret")
    client = portal_client(anna)
    pages = {}
    for name in ("known", "fresh"):
        form = {**FORM, "email": f"{name}@example.com"}
        where = post(client, INVITE, **form, permissions=["invoices"]).location
        pages[name] = [client.get(url).text for url in (where, where, LIST)]
    key = re.compile(r"known|fresh|/company-colleagues/\d+|\d+:\d\d(?::\d\d)?|value=\"[^\"]+\"")
    for known, fresh in zip(pages["known"][:2], pages["fresh"][:2], strict=True):
        assert key.sub("", known) == key.sub("", fresh)
        assert "Borealis" not in known
        assert "Secret" not in known
    rows = session.scalars(select(Contact).where(Contact.email == "known@example.com")).all()
    assert len(rows) == 2
    assert len({row.login_id for row in rows}) == 1
    assert "Borealis" not in pages["known"][2]
    assert {mail["To"] for mail in captured_mail()} == {"known@example.com", "fresh@example.com"}


@pytest.mark.usefixtures("allowed")
def test_who_signs_in_elsewhere_is_only_told_of_the_company(
    app: Flask,
    session: Session,
    anna: Any,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
    captured_mail: Callable[[], Any],
) -> None:
    """C6, N8: who has a proven login gets the mail that a company was added and no link, in the
    own language; also when invited again. The inviter's pages say the same as for a stranger."""
    there = make_contact(make_customer(company="Borealis"), email="known@example.com")
    anna.language, there.language = "en", "pt_BR"
    there.login.held, there.login.proven_at = True, utc_now()
    session.commit()
    client = portal_client(anna)
    key = re.compile(r"known|fresh|/company-colleagues/\d+|\d+:\d\d(?::\d\d)?|value=\"[^\"]+\"")

    def invite_both(press: Callable[[str], str]) -> None:
        pages = {}
        for name in ("known", "fresh"):
            before, where = len(captured_mail()), press(name)
            waiting = client.get(where).text
            mails = captured_mail()[before:]
            pages[name] = [key.sub("", page) for page in (waiting, client.get(where).text)]
            assert {mail["To"] for mail in mails} == {f"{name}@example.com"}
            links = [link for mail in mails for link in links_in(mail) if "set-password" in link]
            assert len(links) == (name == "fresh")
            if name == "known":
                assert [str(mail["Subject"]) for mail in mails] == [
                    "Aurora foi adicionado à sua conta"
                ]
        assert pages["known"] == pages["fresh"]

    def first(name: str) -> str:
        form = {**FORM, "email": f"{name}@example.com"}
        return str(post(client, INVITE, **form, permissions=["invoices"]).location)

    invite_both(first)
    rows = session.scalars(select(Contact).where(Contact.customer_id == anna.customer_id)).all()
    here = {row.email: row for row in rows}
    assert here["known@example.com"].language == "pt_BR"
    assert here["fresh@example.com"].language == "en"
    for row in rows:
        if row.invited_at is not None:
            row.invited_at -= timedelta(minutes=6)
    session.commit()

    def again(name: str) -> str:
        where = page_of(here[f"{name}@example.com"])
        assert post(client, f"{where}/invite-again").status_code == 303
        return where

    invite_both(again)


@pytest.mark.usefixtures("allowed")
def test_an_own_colleagues_address_is_said(anna: Any, bob: Any, portal_client: Browser) -> None:
    """An address twice at the own customer is an error at its field."""
    response = post(portal_client(anna), INVITE, **{**FORM, "email": bob.email.upper()})
    assert response.status_code == 422
    assert "One of your colleagues has this address" in response.text


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("name", ["contracts", "projects", "nothing", "<b>"])
def test_nobody_gives_what_they_do_not_have(
    engine: Engine, anna: Any, bob: Any, portal_client: Browser, name: str
) -> None:
    """P5: never beyond the own permissions, neither inviting nor later, neither given nor
    taken, whatever the form says was shown."""
    client = portal_client(anna)
    before = contents(engine)
    assert post(client, INVITE, **FORM, permissions=[name]).status_code == 422
    assert post(client, page_of(bob), permissions=[name]).status_code == 422
    assert post(client, page_of(bob), shown=[name]).status_code == 422
    assert contents(engine) == before


@pytest.mark.usefixtures("allowed")
def test_giving_and_taking_permissions(
    session: Session, anna: Any, bob: Any, portal_client: Browser, staff_client: FlaskClient
) -> None:
    """What is beyond the own permissions is shown, cannot be ticked, and stays; what staff
    changed meanwhile stays too; it counts with the colleague's next request."""
    client, his = portal_client(anna), portal_client(bob)
    page = client.get(page_of(bob)).text
    assert ticked(page) == {"invoices"}
    assert "Given by Test Host" in page
    assert 'id="permission-contracts"' not in page
    assert 'id="permission-projects"' not in page
    assert his.get("/portal/support/").status_code == 403
    session.get_one(Contact, bob.id).permissions.append(ContactPermission(name="proposals"))
    session.commit()
    response = post(client, page_of(bob), shown=["invoices"], permissions=["support", "invoices"])
    assert (response.status_code, response.location) == (303, page_of(bob))
    session.expire_all()
    held = {"contracts", "proposals", "invoices", "support"}
    assert session.get_one(Contact, bob.id).permission_names == held
    assert session.get_one(Contact, bob.id).topic_names == {"invoice", "contract"}
    assert his.get("/portal/support/").status_code == 200
    row = session.scalars(select(Activity).order_by(Activity.id.desc())).first()
    assert row is not None
    assert (row.verb, row.actor_kind, row.actor_name) == ("edited", "contact", "Anna Berg")
    assert "Permissions" in activity_of(staff_client, bob)
    assert post(client, page_of(bob), shown=["support"], permissions=[]).status_code == 303
    assert his.get("/portal/support/").status_code == 403


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("door", ["permissions", "deactivate"])
def test_the_last_recipient_of_a_topic(
    engine: Engine,
    session: Session,
    anna: Any,
    make_contact: Make,
    portal_client: Browser,
    door: str,
) -> None:
    """N6: before nobody gets a topic any more it is said, nothing is changed, and what was
    ticked is kept; confirmed, it is done."""
    bob = make_contact(anna.customer_id, permissions=["support"], topics=["tickets"])
    client = portal_client(anna)
    url = page_of(bob) if door == "permissions" else f"{page_of(bob)}/deactivate"
    form: dict[str, Any] = {}
    if door == "permissions":
        form = {"shown": ["support"], "permissions": ["invoices"]}
    before = contents(engine)
    response = post(client, url, **form)
    assert response.status_code == 422
    assert "<li>Tickets</li>" in response.text
    assert "all the same" in response.text
    assert '<input type="hidden" name="silences" value="tickets">' in response.text
    if door == "permissions":
        assert ticked(response.text) == {"invoices"}
    assert contents(engine) == before
    assert post(client, url, **form, silences=["project"]).status_code == 422
    assert contents(engine) == before
    assert post(client, url, **form, silences=["tickets"]).status_code == 303
    session.expire_all()
    row = session.get_one(Contact, bob.id)
    assert (row.active, row.permission_names) == (
        (True, {"invoices"}) if door == "permissions" else (False, {"support"})
    )


@pytest.mark.usefixtures("allowed")
def test_deactivating_and_reactivating(
    session: Session, anna: Any, bob: Any, portal_client: Browser, staff_client: FlaskClient
) -> None:
    """P7: asked first; the colleague is out with the next request, and can be let in again
    with the permissions of before."""
    client, his = portal_client(anna), portal_client(bob)
    assert his.get("/portal/invoices/").status_code == 200
    url = f"{page_of(bob)}/deactivate"
    assert "Deactivate Bob Lind?" in client.get(url).text
    assert his.get("/portal/invoices/").status_code == 200
    assert post(client, url, silences=["contract"]).location == page_of(bob)
    assert his.get("/portal/invoices/").status_code == 302
    session.expire_all()
    assert not session.get_one(Contact, bob.id).active
    ends = session.scalars(select(PortalSession.ended_at).where(
        PortalSession.contact_id == bob.id)).all()  # fmt: skip
    assert None not in ends
    assert "Bob Lind is deactivated" in client.get(page_of(bob)).text
    assert "Bob Lind" not in client.get(LIST).text
    assert "Bob Lind" in client.get(f"{LIST}deactivated").text
    page = client.get(page_of(bob)).text
    assert "Reactivate" in page
    assert "Send invitation again" not in page
    assert post(client, f"{page_of(bob)}/invite-again").status_code == 422
    assert post(client, f"{page_of(bob)}/reactivate").status_code == 303
    session.expire_all()
    row = session.get_one(Contact, bob.id)
    assert (row.active, row.is_primary, row.permission_names) == (
        True,
        False,
        {"invoices", "contracts"},
    )
    words = activity_of(staff_client, bob)
    assert words.index("Reactivated") < words.index("Deactivated")
    assert words.count("Anna Berg (contact)") == 2
    assert portal_client(bob).get("/portal/invoices/").status_code == 200


@pytest.mark.usefixtures("allowed")
def test_inviting_again(
    session: Session, anna: Any, bob: Any, portal_client: Browser, captured_mail: Callable[[], Any]
) -> None:
    """A fresh link, and the one before is void; not twice within five minutes, and not for
    who has been here or has no access."""
    client = portal_client(anna)
    post(client, INVITE, **FORM)
    eva = session.scalars(select(Contact).where(Contact.firstname == "Eva")).one()
    captured_mail()
    assert post(client, f"{page_of(eva)}/invite-again").status_code == 422
    eva.invited_at = None
    session.commit()
    assert "Send invitation again" in client.get(page_of(eva)).text
    assert post(client, f"{page_of(eva)}/invite-again").status_code == 303
    mails = captured_mail()
    links = [link for mail in mails for link in links_in(mail) if "/set-pass" in link]
    assert len(set(links)) == 2
    assert {mail["To"] for mail in mails} == {"eva@aurora.example"}
    assert session.scalars(select(Link.void_reason).order_by(Link.created_at)).first() is not None
    session.get_one(Contact, bob.id).last_signed_in_at = eva.created_at
    session.commit()
    assert "Send invitation again" not in client.get(page_of(bob)).text
    response = post(client, f"{page_of(bob)}/invite-again")
    assert response.status_code == 422
    assert "has been here already" in response.text


@pytest.mark.usefixtures("allowed")
def test_invitations_are_limited(
    app: Flask,
    session: Session,
    anna: Any,
    portal_client: Browser,
    monkeypatch: pytest.MonkeyPatch,
    captured_mail: Callable[[], Any],
) -> None:
    """2.4.1: so many in an hour for a customer, and nothing typed is lost; refused attempts
    write and mail nothing."""
    monkeypatch.setattr(limits, "INVITATIONS_PER_HOUR", 3)
    client = portal_client(anna)
    statuses = [
        post(client, INVITE, **{**FORM, "email": f"e{number}@example.com"}).status_code
        for number in range(5)
    ]
    assert statuses == [303, 303, 303, 429, 429]
    response = post(client, INVITE, **{**FORM, "email": "last@example.com"})
    assert "Too many attempts" in response.text
    assert 'value="last@example.com"' in response.text
    assert 0 < int(response.headers["Retry-After"]) <= 3600
    assert len(session.scalars(select(Contact)).all()) == 4
    assert {mail["To"] for mail in captured_mail()} == {
        f"e{number}@example.com" for number in range(3)
    }


@pytest.mark.usefixtures("allowed")
def test_one_address_is_invited_so_often(
    session: Session,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """2.4.1: primary contacts of many customers together mail an address no more than that."""
    monkeypatch.setattr(limits, "INVITATIONS_PER_ADDRESS", 2)
    statuses = []
    for _number in range(4):
        client = portal_client(make_contact(make_customer()))
        statuses.append(post(client, INVITE, **{**FORM, "email": "Prey@Example.com"}).status_code)
    assert statuses == [303, 303, 429, 429]
    to_prey = select(Mail.id).where(
        Mail.recipient == "prey@example.com", Mail.link_uuid.is_not(None)
    )
    assert len(session.scalars(to_prey).all()) == 2


DOORS = [
    ("GET", LIST), ("GET", f"{LIST}deactivated"), ("GET", INVITE), ("POST", INVITE),
    ("GET", f"{LIST}%s"), ("POST", f"{LIST}%s"), ("GET", f"{LIST}%s/deactivate"),
    ("POST", f"{LIST}%s/deactivate"), ("POST", f"{LIST}%s/reactivate"),
    ("POST", f"{LIST}%s/invite-again"),
]  # fmt: skip


@pytest.mark.parametrize("who", ["not allowed", "not primary", "not signed in"])
def test_who_may_not(
    app: Flask,
    engine: Engine,
    session: Session,
    anna: Any,
    bob: Any,
    make_contact: Make,
    portal_client: Browser,
    who: str,
) -> None:
    """8.2.1: without the setting, or for who is not the primary contact: 403 and no entry in
    the navigation; signed out: the sign-in page. No row changes."""
    cara = make_contact(anna.customer_id, permissions=["invoices"])
    client = app.test_client()
    if who == "not primary":
        with app.app_context():
            save_settings(session, {"primary_may": ["colleagues"]})
        client = portal_client(bob)
    elif who == "not allowed":
        client = portal_client(anna)
    if who != "not signed in":
        assert LIST not in client.get("/portal/").text
    token = csrf_token(client, "/portal/sign-in" if who == "not signed in" else "/portal/account/")
    expected = {302, 303} if who == "not signed in" else {403}
    before = contents(engine)
    for method, path in DOORS:
        url = path % cara.id if "%" in path else path
        data = {**FORM, "csrf_token": token} if url == INVITE else {"csrf_token": token}
        response = client.open(url, method=method, data=data if method == "POST" else None)
        kept = {403} if method == "POST" and url == INVITE else expected  # it shows what was typed
        assert response.status_code in kept, (method, url)
    assert contents(engine) == before


@pytest.mark.usefixtures("allowed")
def test_foreign_ids_are_404(
    engine: Engine,
    session: Session,
    anna: Any,
    make_customer: Make,
    make_contact: Make,
    portal_client: Browser,
    app: Flask,
) -> None:
    """8.2.1: contacts of another customer, of none, archived ones and junk are not there; the
    database is the same afterwards. About itself the primary contact decides nothing."""
    customer = make_customer(company="Borealis")
    foreign, archived = make_contact(customer), make_contact(anna.customer_id)
    make_contact(customer)
    with app.app_context():
        archive_contact(session, anna.customer_id, archived.id)
    client = portal_client(anna)
    token = csrf_token(client, "/portal/account/")
    before = contents(engine)
    ids = (foreign.id, archived.id, 0, -1, 999_999, 2**40, "abc", "1e3", "٣", "9" * 5000)
    for method, path in [(method, path) for method, path in DOORS if "%" in path]:
        for key in ids:
            data = {"csrf_token": token} if method == "POST" else None
            response = client.open(path % key, method=method, data=data)
            assert response.status_code == 404, (method, path, key)
            assert "Borealis" not in response.text
        own = client.open(
            path % anna.id, method=method, data={"csrf_token": token} if method == "POST" else None
        )
        assert own.status_code == 403, (method, path)
    assert contents(engine) == before


@pytest.mark.usefixtures("allowed")
def test_the_setting_counts_at_the_next_request(
    app: Flask, session: Session, anna: Any, bob: Any, portal_client: Browser
) -> None:
    """8.3.2: switched off, or with another primary contact, the pages are closed."""
    client = portal_client(anna)
    assert f'href="{LIST}"' in client.get("/portal/").text
    assert client.get(page_of(bob)).status_code == 200
    with app.app_context():
        make_primary(session, anna.customer_id, bob.id)
    assert client.get(LIST).status_code == 403
    his = portal_client(bob)
    assert his.get(page_of(anna)).status_code == 200
    with app.app_context():
        save_settings(session, {"primary_may": []})
    assert his.get(page_of(anna)).status_code == 403


@pytest.mark.usefixtures("allowed")
def test_searching_and_pages(
    session: Session, anna: Any, bob: Any, make_customer: Make, portal_client: Browser
) -> None:
    """By name or e-mail, each word; 25 a page; nobody of another customer; junk is 404."""
    add_people(session, anna.customer_id, 60)
    add_people(session, make_customer().id, 3, "Stranger")
    client = portal_client(anna)
    page = client.get(LIST).text
    assert "Stranger" not in page
    assert page.count('role="row"') == 26
    assert f'href="{LIST}?page=2"' in page
    assert 'rel="next"' not in client.get(f"{LIST}?page=3").text
    assert "Bob Lind" in client.get(f"{LIST}?q=lind+bo").text
    assert client.get(f"{LIST}?q={bob.email}").text.count('role="row"') == 2
    for nothing in ("stranger", "%25", "_", "' OR 1=1 --", "bob anna", "\x00"):
        assert "Nothing found" in client.get(LIST, query_string={"q": nothing}).text or (
            nothing == "\x00"
        )
    for junk in ("0", "-1", "abc", "1000", "401", "%D9%A3"):
        assert client.get(f"{LIST}?page={junk}").status_code == 404


def add_people(session: Session, customer_id: Any, count: int, lastname: str = "Person") -> None:
    """Contacts without logins, straight into the table."""
    session.add_all(
        Contact(
            customer_id=customer_id, email_scope=str(customer_id), firstname=f"F{number:04}",
            lastname=lastname, email=f"{lastname}{number}@example.com",
            email_key=f"{lastname.lower()}{number}@example.com",
        )
        for number in range(count)
    )  # fmt: skip
    session.commit()


@pytest.mark.usefixtures("allowed")
def test_statements_are_few_and_flat(
    session: Session, anna: Any, bob: Any, portal_client: Browser, statements: Callable[[], Any]
) -> None:
    """At most six a page, as many for two colleagues as for two thousand."""
    client = portal_client(anna)
    paths = [LIST, f"{LIST}?q=person", f"{LIST}deactivated", INVITE, page_of(bob),
             f"{page_of(bob)}/deactivate"]  # fmt: skip
    counts = []
    for people in (0, 2000):
        add_people(session, anna.customer_id, people)
        row = []
        for path in paths:
            with statements() as seen:
                assert client.get(path).status_code == 200
            assert len(seen) <= 6, (path, seen)
            row.append(len(seen))
        counts.append(row)
    few, many = counts
    assert few[0] == many[0]
    assert few[3:] == many[3:]


@pytest.mark.usefixtures("allowed")
def test_states_tell_of_this_customer_alone(
    app: Flask, session: Session, anna: Any, make_contact: Make, portal_client: Browser
) -> None:
    """Invited, expired, come back, active: from what happened here. A mail that was cancelled,
    which the person's other customers may be the reason of, looks like one that was sent."""
    client = portal_client(anna)
    post(client, INVITE, **FORM)
    eva = session.scalars(select(Contact).where(Contact.firstname == "Eva")).one()
    mail = session.scalars(select(Mail).where(Mail.link_uuid.is_not(None))).one()
    page = page_of(eva)
    seen = []
    for state in ("waiting", "sent", "cancelled", "failed"):
        mail.state = state
        session.commit()
        seen.append(re.findall(r"text-bg-\w+\">([^<]+)<", client.get(page).text)[-1])
    assert seen == ["Invited", "Invited", "Invited", "Invitation came back"]
    eva.accepted_at = eva.created_at
    session.commit()
    assert "Active" in client.get(page).text
    assert (
        "No access to the portal"
        in client.get(page_of(make_contact(anna.customer_id, is_user=False, password=""))).text
    )


@pytest.mark.usefixtures("allowed")
def test_markup_in_names_is_text(anna: Any, make_contact: Make, portal_client: Browser) -> None:
    """1.2.1: on each page."""
    evil = make_contact(
        anna.customer_id, firstname="<script>alert(1)</script>", position="<img src=x>",
        permissions=["support"], topics=["tickets"],
    )  # fmt: skip
    client = portal_client(anna)
    for path in (LIST, page_of(evil), f"{page_of(evil)}/deactivate"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;" in text


def test_staff_choose_it(
    app: Flask, staff_client: FlaskClient, session: Session, anna: Any, portal_client: Browser
) -> None:
    """Off until staff tick it in Setup → Settings → Customers."""
    url = "/contacts-settings/"
    page = staff_client.get(url).text
    assert re.search(r'name="primary_may" value="colleagues"(?! checked)', page)
    client = portal_client(anna)
    assert client.get(LIST).status_code == 403
    token = csrf_token(staff_client, url)
    form = {"csrf_token": token, "primary_may": ["colleagues"], "permissions": ["invoices"]}
    assert staff_client.post(url, data=form).status_code == 302
    assert re.search(r'name="primary_may" value="colleagues" checked', staff_client.get(url).text)
    assert client.get(LIST).status_code == 200


@pytest.mark.usefixtures("allowed")
def test_an_invitation_waits_before_it_is_sent_again(
    session: Session, anna: Any, portal_client: Browser
) -> None:
    """Right after the invitation the page says from when, and has no button that would refuse."""
    client = portal_client(anna)
    where = post(client, INVITE, **FORM, permissions=["invoices"]).location
    page = client.get(where).text
    assert "You can send the invitation again from" in page
    assert "Send invitation again" not in page
    row = session.scalars(select(Contact).where(Contact.email == FORM["email"])).one()
    assert row.invited_at is not None
    row.invited_at -= timedelta(minutes=6)
    session.commit()
    assert "Send invitation again" in client.get(where).text
