"""Customer admins (BEHAVIOUR S7): who is assigned, and what staff limited by it see."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, Table, inspect, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, Customer, CustomerAdmin, CustomerNote
from flask_contacts.services.contacts.archive import archive_contact
from tests.host_app import customer_url, tab_url

Make = Callable[..., Any]
TAB = "CustomerAdminsTab"
bundled = pytest.mark.bundled_only(reason="the bundled view carries CustomerAdminFilter")
EVERYTHING = (
    *((f"can_{name}", "Contacts customers") for name in ("list", "show", "add", "edit", "delete")),
    *(
        (f"can_{name}", "Customer contacts")
        for name in ("show", "add", "edit", "delete", "reset_two_factor", "view_as", "comment")
    ),
    *((f"can_{name}", "Customer notes") for name in ("show", "add", "delete")),
    *((f"can_{name}", "Customer admins") for name in ("show", "edit")),
    *((f"can_{name}", "HostInvoiceView") for name in ("list", "show")),
)


@pytest.fixture
def add_staff(app: Flask) -> Callable[..., int]:
    """``add_staff("sam", *permissions)`` adds a staff user; the id."""

    def add(username: str, *permissions: tuple[str, str], active: bool = True) -> int:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role(f"Role of {username}")
            for permission, view in permissions:
                pair = sm.find_permission_view_menu(permission, view)
                assert pair is not None, (permission, view)
                sm.add_permission_role(role, pair)
            user = sm.add_user(username, username.title(), "Staff", f"{username}@example.com",
                               role, username)  # fmt: skip
            user.active = active
            sm.update_user(user)
            return int(user.id)

    return add


@pytest.fixture
def sam(app: Flask, add_staff: Callable[..., int]) -> FlaskClient:
    """A browser of sam, who may do everything, with the customers that sam looks after."""
    add_staff("sam", *EVERYTHING)
    client = app.test_client()
    assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
    return client


@pytest.fixture
def look_after(session: Session, app: Flask) -> Callable[..., None]:
    """``look_after(customer, "sam")`` makes a staff user the customer's admin."""

    def assign(customer: Any, username: str = "sam") -> None:
        with app.app_context():
            user = app.appbuilder.sm.find_user(username)  # type: ignore[attr-defined]
            session.add(CustomerAdmin(customer_id=customer.id, staff_id=user.id))
            session.commit()

    return assign


def post(client: FlaskClient, url: str, **fields: Any) -> Any:
    """Send a form with the token of that browser."""
    return client.post(url, data={**fields, "csrf_token": csrf_of(client)})


def csrf_of(client: FlaskClient) -> str:
    """The token of the browser's session, which the form of the sign-in put there."""
    from flask_wtf.csrf import generate_csrf

    with client.session_transaction() as session:
        raw = session.get("csrf_token")
    with client.application.test_request_context():
        from flask import session as inner

        inner["csrf_token"] = raw
        token: str = generate_csrf()
        return token


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but what a sign-in writes."""
    metadata = MetaData()
    with engine.connect() as connection:
        names = set(inspect(connection).get_table_names()) - {"ab_user"}
        tables = [Table(name, metadata, autoload_with=connection) for name in names]
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in tables
        }


def text_of(html: str) -> str:
    """The words of a page in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def admins(session: Session, customer: Any) -> list[int]:
    """The ids of a customer's admins."""
    session.expire_all()
    query = select(CustomerAdmin.staff_id).where(CustomerAdmin.customer_id == customer.id)
    return sorted(session.scalars(query))


def test_assign_and_remove(
    staff_client: FlaskClient, make_customer: Make, session: Session, add_staff: Make
) -> None:
    """A staff user is added by name, stands in the tab, and is removed by a button."""
    customer, other = make_customer(company="Acme"), make_customer()
    sam_id = add_staff("sam")
    url = f"/customeradmins/assign/{customer.id}"
    assert post(staff_client, url, username=" sam ").location == (f"{tab_url(customer, TAB)}#{TAB}")
    assert post(staff_client, url, username="sam").status_code == 302
    assert admins(session, customer) == [sam_id]
    assert admins(session, other) == []
    html = staff_client.get(tab_url(customer, TAB)).text
    assert "Sam Staff looks after this customer now." in html
    tab = html[html.index(f'id="{TAB}"') :]
    assert "<strong>Sam Staff</strong>" in tab
    assert "Sam Staff looks after this customer already." in html
    assert '<option value="admin">admin – Ada Min</option>' in tab
    removal = f"/customeradmins/remove/{customer.id}/{sam_id}"
    assert f'action="{removal}"' in tab
    assert "Remove Sam Staff?" in staff_client.get(removal).text
    assert admins(session, customer) == [sam_id]
    assert post(staff_client, removal).status_code == 302
    assert admins(session, customer) == []
    assert post(staff_client, removal).status_code == 404


@pytest.mark.parametrize(
    "username", ["", " ", "nobody", "gone", "x" * 5000, "a\x00b", "' OR 1=1--", "<b>x</b>", "%"]
)
def test_bad_name(
    staff_client: FlaskClient, make_customer: Make, session: Session,
    add_staff: Make, username: str,
) -> None:  # fmt: skip
    """A name that no active staff user has is told at the field, and nothing is kept."""
    add_staff("gone", active=False)
    customer = make_customer()
    response = post(staff_client, f"/customeradmins/assign/{customer.id}", username=username)
    assert response.status_code == 422
    assert "There is no staff user of this name." in response.text
    assert "<b>x" not in response.text
    assert admins(session, customer) == []


def test_full_name(
    staff_client: FlaskClient, make_customer: Make, session: Session, add_staff: Make
) -> None:
    """A first and last name will do where one active user has it; else the page says why not."""
    customer = make_customer()
    add_staff("gone", active=False)
    sam_id = add_staff("sam")
    url = f"/customeradmins/assign/{customer.id}"
    assert post(staff_client, url, username="Sam staff").status_code == 302
    assert admins(session, customer) == [sam_id]
    assert post(staff_client, url, username="Gone Staff").status_code == 422
    with staff_client.application.app_context():
        user = staff_client.application.appbuilder.sm.user_model  # type: ignore[attr-defined]
        session.add(
            user(username="sam2", first_name="Sam", last_name="Staff", active=True, email="2@x")
        )
        session.commit()
    refused = post(staff_client, url, username="Sam Staff")
    assert refused.status_code == 422
    assert "Several staff users are called so. Type the user name." in refused.text


def test_foreign_input(staff_client: FlaskClient, make_customer: Make, session: Session) -> None:
    """Unknown customers, unknown staff and foreign fields are refused."""
    customer = make_customer()
    assign, remove = "/customeradmins/assign", f"/customeradmins/remove/{customer.id}"
    for pk in ("999", "abc", "0"):
        assert staff_client.get(f"{assign}/{pk}").status_code == 404
        assert post(staff_client, f"{assign}/{pk}", username="admin").status_code == 404
    for pk in ("999", "abc", "-1", "9" * 30):
        assert post(staff_client, f"{remove}/{pk}").status_code == 404
    url = f"{assign}/{customer.id}"
    assert post(staff_client, url, username="admin", staff_id="1").status_code == 422
    assert admins(session, customer) == []
    post(staff_client, url, username="admin")
    assert post(staff_client, f"{remove}/1", customer_id="2").status_code == 422
    assert admins(session, customer) == [1]


def test_offered_names(
    app: Flask, staff_client: FlaskClient, make_customer: Make, session: Session
) -> None:
    """At most 50 active staff are offered while typing."""
    customer = make_customer()
    with app.app_context():
        user = app.appbuilder.sm.user_model  # type: ignore[attr-defined]
        session.add_all(
            user(username=f"u{number:03}", first_name="U", last_name="X", active=number != 1,
                 email=f"u{number}@example.com")
            for number in range(80)
        )  # fmt: skip
        session.commit()
    html = staff_client.get(f"/customeradmins/assign/{customer.id}").text
    offered = re.findall(r'<option value="(\w+)">', html)
    assert len(offered) == 50
    assert "u001" not in offered


def test_former_staff(
    staff_client: FlaskClient, make_customer: Make, session: Session, add_staff: Make
) -> None:
    """Who left or was switched off still stands in the tab, as what they are."""
    customer = make_customer()
    gone = add_staff("gone", active=False)
    session.add_all(
        CustomerAdmin(customer_id=customer.id, staff_id=staff_id) for staff_id in (gone, 9999)
    )
    session.commit()
    html = staff_client.get(tab_url(customer, TAB)).text
    words = text_of(html[html.index(f'id="{TAB}"') :])
    assert "Gone Staff gone Inactive" in words
    assert "Former staff user Inactive" in words


def test_statements_do_not_grow(
    staff_client: FlaskClient, make_customer: Make, session: Session, statements: Make
) -> None:
    """The profile takes as many statements for 20 admins as for 2."""
    customer, counts, number = make_customer(), [], 0
    for more in (2, 18):
        session.add_all(
            CustomerAdmin(customer_id=customer.id, staff_id=(number := number + 1))
            for _one in range(more)
        )
        session.commit()
        staff_client.get(customer_url(customer))
        with statements() as seen:
            assert staff_client.get(customer_url(customer)).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


@bundled
def test_permissions_of_the_tab(
    app: Flask, add_staff: Make, make_customer: Make, look_after: Make
) -> None:
    """can_show shows the names, and only can_edit the form and the buttons."""
    customer = make_customer()
    add_staff("looker", ("can_show", "Contacts customers"), ("can_show", "Customer admins"))
    look_after(customer, "looker")
    client = app.test_client()
    testing.staff_sign_in(client, "looker", "looker")
    html = client.get(customer_url(customer)).text
    assert "Looker Staff" in html
    assert "/customeradmins/" not in html
    assert client.get(f"/customeradmins/assign/{customer.id}").status_code == 403


@bundled
def test_lists_show_own_customers(
    sam: FlaskClient, make_customer: Make, look_after: Make, make_contact: Make
) -> None:
    """List, search, count and profile hold the customers of the staff user and no others."""
    mine, other = make_customer(company="Mine Ltd"), make_customer(company="Other Ltd")
    look_after(mine)
    make_contact(mine)
    make_contact(other)
    for query in ("", "?_flt_2_company=Ltd", "?_oc_CustomerView=city&_od_CustomerView=asc",
                  "?_flt_0_company=O", "?psize_CustomerView=100"):  # fmt: skip
        html = sam.get(f"/customers/list/{query}").text
        assert "Other Ltd" not in html
        assert "Mine Ltd" in html or "_flt_0" in query
    assert "1 customer<" in sam.get("/customers/list/").text
    assert sam.get(customer_url(mine)).status_code == 200
    assert sam.get(customer_url(other)).status_code == 404


@bundled
def test_nobody_is_seen_without_being_assigned(
    sam: FlaskClient, staff_client: FlaskClient, make_customer: Make, look_after: Make
) -> None:
    """Staff without customers have an empty list, which says what has to happen first; nobody
    else reads that."""
    hint = "Ask an administrator to add you"
    assert hint not in staff_client.get("/customers/list/").text
    customer = make_customer(company="Other Ltd")
    html = sam.get("/customers/list/").text
    assert "No customers here" in html
    assert hint in html
    look_after(customer)
    found = sam.get("/customers/list/?_flt_2_company=nothing").text
    assert "No customers here" in found
    assert hint not in found


@bundled
def test_view_all(
    app: Flask, add_staff: Make, make_customer: Make, staff_client: FlaskClient
) -> None:
    """With can_view_all every customer is seen; the role Admin has it from the start."""
    other = make_customer(company="Other Ltd")
    add_staff("all", *EVERYTHING, ("can_view_all", "Contacts customers"))
    client = app.test_client()
    testing.staff_sign_in(client, "all", "all")
    for browser in (client, staff_client):
        assert "Other Ltd" in browser.get("/customers/list/").text
        assert browser.get(customer_url(other)).status_code == 200


@bundled
def test_every_route_of_a_hidden_customer(
    app: Flask, engine: Engine, sam: FlaskClient, make_customer: Make, make_contact: Make,
    session: Session, look_after: Make,
) -> None:  # fmt: skip
    """8.2.1: every route of ours with another's ids is 404, and the database is as before."""
    mine, other = make_customer(), make_customer(company="Other Ltd")
    look_after(mine)
    look_after(other, "admin")
    make_contact(mine)
    stranger, archived = make_contact(other, lastname="Secret"), make_contact(other)
    with app.app_context():
        archive_contact(session, other.id, archived.id)
    session.add(CustomerNote(customer_id=other.id, body="x", author="y"))
    session.commit()
    note = session.scalars(select(CustomerNote.id)).one()
    token, before, tried = csrf_of(sam), everything(engine), 0
    for rule in app.url_map.iter_rules():
        view = rule.endpoint.split(".")[0]
        if view not in {"CustomerView", "ContactsTab", "NotesTab", "CustomerAdminsTab"}:
            continue
        pks = {"CustomerView": [other.id], "NotesTab": [note], "CustomerAdminsTab": [1]}.get(
            view, [stranger.id, archived.id]
        )
        for address in _addresses(app, rule, other.id, pks):
            for method in sorted((rule.methods or set()) & {"GET", "POST", "HEAD"}):
                data = {"csrf_token": token} if method == "POST" else None
                response = sam.open(address, method=method, data=data)
                assert response.status_code == 404, (method, address)
                assert "Secret" not in response.text
                tried += 1
    assert tried > 50
    for contact in (stranger, archived):  # through a customer of sam's own
        url = f"/customercontacts/edit/{mine.id}/{contact.id}"
        assert sam.get(url).status_code == 404
        assert sam.post(url, data={"csrf_token": token}).status_code == 404
    assert everything(engine) == before


def _addresses(app: Flask, rule: Any, customer_id: Any, pks: list[int]) -> list[str]:
    if not rule.arguments:
        return []
    with app.test_request_context():
        if "customer_pk" not in rule.arguments:
            return [app.url_for(rule.endpoint, pk=customer_id)]
        if "pk" not in rule.arguments:
            return [app.url_for(rule.endpoint, customer_pk=customer_id)]
        return [app.url_for(rule.endpoint, customer_pk=customer_id, pk=pk) for pk in pks]


@bundled
def test_own_customers_work(
    engine: Engine, sam: FlaskClient, make_customer: Make, make_contact: Make,
    look_after: Make, session: Session,
) -> None:  # fmt: skip
    """Everything works with the own customer, moving to another own one as well."""
    mine, second = make_customer(company="Mine Ltd"), make_customer(company="Second Ltd")
    look_after(mine)
    look_after(second)
    make_contact(mine)
    grace = make_contact(mine, firstname="Grace")
    base = f"/customercontacts/{{}}/{mine.id}/{grace.id}"
    for action in ("edit", "deactivate", "archive", "move", "delete", "activity"):
        assert sam.get(base.format(action)).status_code == 200
    assert post(sam, base.format("move"), customer="Second Ltd").status_code == 302
    session.expire_all()
    assert session.get_one(Contact, grace.id).customer_id == second.id


@bundled
def test_move_to_a_hidden_customer(
    sam: FlaskClient, make_customer: Make, make_contact: Make, look_after: Make,
    session: Session,
) -> None:  # fmt: skip
    """A hidden target is answered exactly like one that does not exist, and never offered."""
    mine, hidden = make_customer(company="Mine Ltd"), make_customer(company="Hidden Ltd")
    look_after(mine)
    make_contact(hidden)
    make_contact(mine)
    grace = make_contact(mine)
    url = f"/customercontacts/move/{mine.id}/{grace.id}"
    assert "Hidden" not in sam.get(url).text
    pages = []
    for typed in ("Hidden Ltd", "Unknown Co"), (f"Hidden Ltd (#{hidden.id})", "Unknown Co (#999)"):
        for one in typed:
            response = post(sam, url, customer=one)
            assert response.status_code == 422
            page = re.sub(r'value="[\w.-]{60,}"', "", response.text).replace(one, "TYPED")
            pages.append(page)
    assert len(set(pages)) == 1
    session.expire_all()
    assert session.get_one(Contact, grace.id).customer_id == mine.id


@bundled
def test_new_customer_stays_visible(
    sam: FlaskClient, staff_client: FlaskClient, session: Session
) -> None:
    """Whoever sees only own customers becomes the admin of a new one; others do not."""
    response = post(sam, "/customers/add", company="New Ltd")
    assert response.status_code == 302
    assert sam.get(response.location).status_code == 200
    post(staff_client, "/customers/add", company="Of the admin")
    rows = session.execute(select(CustomerAdmin.customer_id, CustomerAdmin.staff_id)).all()
    new = session.scalars(select(Customer.id).where(Customer.company == "New Ltd")).one()
    assert [tuple(row) for row in rows] == [(new, 2)]


@bundled
def test_removing_oneself(
    sam: FlaskClient, make_customer: Make, look_after: Make, session: Session
) -> None:
    """Who takes himself off is asked first, loses the page, and is led to the list with a word."""
    mine = make_customer(company="Mine Ltd")
    look_after(mine)
    removal = f"/customeradmins/remove/{mine.id}/2"
    tab = sam.get(tab_url(mine, TAB)).text
    assert f'href="{removal}"' in tab
    assert f'action="{removal}"' not in tab
    assert "You see Mine Ltd only because you look after this customer" in sam.get(removal).text
    assert admins(session, mine) == [2]
    response = post(sam, f"/customeradmins/remove/{mine.id}/2")
    assert response.location == "/customers/list/"
    html = sam.get("/customers/list/").text
    assert "You do not look after this customer any more." in html
    assert "Mine Ltd" not in html
    assert sam.get(customer_url(mine)).status_code == 404


@bundled
def test_removing_oneself_with_view_all(
    staff_client: FlaskClient, make_customer: Make, look_after: Make
) -> None:
    """Who sees every customer stays on its page."""
    customer = make_customer()
    look_after(customer, "admin")
    response = post(staff_client, f"/customeradmins/remove/{customer.id}/1")
    assert response.location == f"{tab_url(customer, TAB)}#{TAB}"


@bundled
def test_deleting_a_customer_takes_its_admins(
    sam: FlaskClient, make_customer: Make, look_after: Make, session: Session
) -> None:
    """A customer is deleted with its admins, so that no later one inherits them."""
    mine = make_customer()
    look_after(mine)
    assert post(sam, f"/customers/delete/{mine.id}").status_code == 302
    session.expire_all()
    assert session.scalars(select(CustomerAdmin)).all() == []


@bundled
@pytest.mark.parametrize("known", [True, False])
def test_nothing_is_told_of_hidden_contacts(
    sam: FlaskClient, make_customer: Make, make_contact: Make, look_after: Make,
    session: Session, known: bool,
) -> None:  # fmt: skip
    """C6: message, activity and preview read the same, whether the person is known elsewhere."""
    mine, hidden = make_customer(company="Mine Ltd"), make_customer(company="Hidden Ltd")
    look_after(mine)
    if known:
        make_contact(hidden, email="grace@example.com")
    post(sam, f"/customercontacts/new/{mine.id}", firstname="Grace", lastname="Hopper",
         email="grace@example.com", is_user="y", send_password_mail="y")  # fmt: skip
    query = select(Contact.id).where(Contact.customer_id == mine.id)
    grace = session.scalars(query).one()
    said = text_of(sam.get(customer_url(mine)).text)
    assert "already signs in at another customer" not in said
    words = text_of(sam.get(f"/customercontacts/edit/{mine.id}/{grace}").text)
    words = words[words.index("Activity") :]
    assert "login" not in words.lower()
    preview = text_of(sam.get(f"/customercontacts/delete/{mine.id}/{grace}").text)
    assert "The login and its sessions, unless it serves another contact too" in preview


@bundled
def test_a_typed_password_is_no_question(
    sam: FlaskClient, make_customer: Make, look_after: Make, session: Session
) -> None:
    """Who does not see every customer types no password: signing in with it would tell
    whether the person has a login elsewhere."""
    mine = make_customer(company="Mine Ltd")
    look_after(mine)
    url = f"/customercontacts/new/{mine.id}"
    page = sam.get(url).text
    assert 'type="password"' not in page
    assert "by the link that is mailed to them" in page
    answer = post(sam, url, firstname="Grace", lastname="Hopper", email="grace@example.com",
                  is_user="y", password="a perfectly good password")  # fmt: skip
    assert answer.status_code == 422
    assert session.scalars(select(Contact)).all() == []


@bundled
def test_former_customer_is_not_named(
    app: Flask, sam: FlaskClient, staff_client: FlaskClient, make_customer: Make,
    make_contact: Make, look_after: Make,
) -> None:  # fmt: skip
    """The history of a contact that moved names no customer that is hidden."""
    mine, hidden = make_customer(company="Mine Ltd"), make_customer(company="Hidden Ltd")
    look_after(mine)
    grace = make_contact(hidden)
    url = f"/customercontacts/move/{hidden.id}/{grace.id}"
    assert post(staff_client, url, customer="Mine Ltd").status_code == 302
    page = f"/customercontacts/edit/{mine.id}/{grace.id}"
    assert "Hidden Ltd" in staff_client.get(page).text
    words = text_of(sam.get(page).text)
    assert "Another customer → Mine Ltd" in words
    assert "Hidden" not in words


@bundled
def test_statements_of_the_list_stay_flat(
    sam: FlaskClient, make_customer: Make, look_after: Make, statements: Make
) -> None:
    """The list takes as many statements with 20 own customers as with 2."""
    counts = []
    for more in (2, 18):
        for _number in range(more):
            look_after(make_customer())
        sam.get("/customers/list/")
        with statements() as seen:
            assert sam.get("/customers/list/").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
