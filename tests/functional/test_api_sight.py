"""Who sees and does what through the REST API (BEHAVIOUR C6, S3, S7; security 8.2.1 to 8.2.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import MetaData, Table, func, inspect, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, CustomerAdmin, Link, Login, Mail, PortalSession
from flask_contacts.services.marketing.lists import create_list
from flask_contacts.services.marketing.members import add_members
from flask_contacts.services.staff.roles import RIGHTS, ROLES, create_roles
from tests import api_client
from tests.agent_pages import hidden_customer
from tests.api_client import errors
from tests.host_app import LIMITS_STAFF
from tests.staff_people import VIEW_ALL, add_staff

Make = Callable[..., Any]
Programs = Callable[..., api_client.Program]
program = api_client.program
SECRET = "Nobody-elses-business"
#: All rights of our names but to see every customer.
EVERYTHING = tuple(
    (right, name)
    for name in (
        "Customer contacts", "Contacts customers", "Contacts invitations",
        "Contacts outgoing mail", "Marketing lists",
    )
    for right in RIGHTS[name]
    if (right, name) != VIEW_ALL
    and not (LIMITS_STAFF and name == "Contacts customers")
)  # fmt: skip


@pytest.fixture
def sam(
    app: Flask, session: Session, make_customer: Make, program: Programs
) -> tuple[api_client.Program, Any]:
    """A program of staff who may do everything, for one customer only; and that customer."""
    staff_id = add_staff(app, "sam", *EVERYTHING)
    customer = make_customer(company="Seen Ltd")
    if not LIMITS_STAFF:
        session.add(CustomerAdmin(customer_id=customer.id, staff_id=staff_id))
        session.commit()
    return program("sam"), customer


@pytest.fixture
def hidden(app: Flask, session: Session, make_customer: Make, make_contact: Make) -> Any:
    """A contact of a customer that sam does not see, with a mail and on a marketing list."""
    customer = hidden_customer(make_customer, company=f"{SECRET} Ltd")
    contact = make_contact(
        customer,
        firstname=SECRET,
        lastname=SECRET,
        email=f"{SECRET}@example.com",
        password="",
        send_password_mail=True,
        no_welcome_mail=False,
        permissions=["invoices"],
        topics=["invoice"],
    )
    with app.app_context():
        made = create_list(session, {"name": "News"})
        add_members(session, made.id, [contact.id])
    return contact


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


def described(ours: api_client.Program) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each endpoint."""
    for path, operations in ours.get("/openapi.json").json["paths"].items():
        for method, operation in operations.items():
            yield path.removeprefix(api_client.ROOT), method.upper(), operation


def bodies(operation: dict[str, Any], contact: Any) -> dict[str, Any]:
    """A body that the endpoint takes, about a contact."""
    if "requestBody" not in operation:
        return {}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    values = {
        "firstname": "X", "lastname": "X", "company": "X", "name": "X", "position": "X",
        "city": "X", "permissions": [], "topics": [], "contacts": [contact.id],
        "silences": ["invoice"], "customer": contact.customer_id,
    }  # fmt: skip
    wanted = set(schema.get("required", ())) | ({"silences"} & set(schema["properties"]))
    if schema.get("minProperties"):
        wanted |= {"position", "city", "name"} & set(schema["properties"])
    body = {name: values[name] for name in wanted}
    items = schema["properties"].get("contacts", {}).get("items", {})
    if items.get("type") == "object":
        fields = {"id": contact.id, "firstname": "X", "lastname": "X"}
        body["contacts"] = [{name: fields[name] for name in fields if name in items["properties"]}]
    return body


def address_about(path: str, contact: Any, mail_id: int) -> str | None:
    """The path of an endpoint about a contact; None for a list's own, which is everybody's."""
    pk = contact.id
    if path.startswith("/outgoing-mail"):
        pk = mail_id
    elif path.startswith("/customers"):
        pk = contact.customer_id
    elif path.startswith("/marketing-lists/"):
        if "/members" not in path:
            return None
        pk = 1
    return path.format(pk=pk, contact=contact.id)


def test_hidden_contacts_are_not_there(
    sam: tuple[api_client.Program, Any], hidden: Any, engine: Engine, session: Session
) -> None:
    """S7: no endpoint tells of a hidden customer's contact, and none changes anything of it.

    Every endpoint is called with its key, and every list read in every column: 404, or an
    answer without a word of it; what is asked of many says that it is gone.
    """
    ours, _seen = sam
    mail_id = session.scalar(select(Mail.id).where(Mail.contact_id == hidden.id))
    assert mail_id is not None
    before = everything(engine)
    for path, method, operation in described(ours):
        url = address_about(path, hidden, mail_id)
        if url is None or (method == "POST" and url in {"/", "/customers/"}):
            continue
        asked = {"customer": hidden.customer_id, "topic": "invoice"}
        answer = ours.client.open(
            api_client.ROOT + url,
            method=method,
            headers=ours.headers,
            query_string=asked if url == "/recipients" else None,
            **({"json": bodies(operation, hidden)} if "requestBody" in operation else {}),
        )
        assert SECRET.lower() not in answer.text.lower(), (method, url)
        if url == "/recipients" or ("{" in path and not path.endswith("/members")):
            assert answer.status_code == 404, (method, url, answer.text)
        elif method != "GET" and url != "/bulk":
            assert [one["refusal"] for one in answer.json["result"]] == ["gone"]
        elif method == "PUT":
            assert [one["status"] for one in answer.json["result"]] == [404]
    after = everything(engine)
    made = {"contacts_contact", "contacts_activity"}  # POST /bulk makes one of nobody's
    assert {name: rows for name, rows in after.items() if name not in made} == {
        name: rows for name, rows in before.items() if name not in made
    }


def test_lists_of_the_limited(
    sam: tuple[api_client.Program, Any], hidden: Any, make_contact: Make, program: Programs
) -> None:
    """S7: in every list, order, filter and search only what one sees; and own ones of nobody."""
    ours, seen = sam
    mine = make_contact(seen, firstname="Mine", permissions=["invoices"], topics=["invoice"])
    own = ours.post(firstname="Own", lastname="alone").json["result"]["id"]
    program().post(firstname="Others", lastname="alone")
    for asked in (
        {}, {"state": "all"}, {"order": "company"}, {"order": "created", "direction": "desc"},
        {"order": "signed_in"}, {"limit": 1},
    ):  # fmt: skip
        found = ours.get(**asked)
        assert {row["id"] for row in found.json["result"]} <= {mine.id, own}
        assert SECRET not in found.text
    assert {row["id"] for row in ours.get().json["result"]} == {mine.id, own}
    for search in (SECRET, SECRET[:5], f"{SECRET}@example.com"):
        assert ours.get(search=search).json["result"] == []
    assert ours.get(customer=hidden.customer_id).json["result"] == []
    assert [row["id"] for row in ours.get(topic="invoice").json["result"]] == [mine.id]
    assert ours.get("/outgoing-mail/", to=hidden.email).json["result"] == []
    found = program("admin").get("/outgoing-mail/", to=hidden.email).json["result"]
    assert {one["contact"] for one in found} == {hidden.id}
    assert ours.get("/marketing-lists/").json["result"][0]["members"] == 0


def test_a_hidden_customer_is_unknown(
    sam: tuple[api_client.Program, Any], hidden: Any, program: Programs
) -> None:
    """S7: naming it is answered as naming one that does not exist; so is a hidden contact."""
    ours, seen = sam
    unknown = type(hidden.customer_id)("99999" if LIMITS_STAFF else 99999)
    person = {"firstname": "A", "lastname": "B"}
    answers = [ours.post(**person, customer=key) for key in (hidden.customer_id, unknown)]
    assert errors(answers[0]) == errors(answers[1])
    assert set(errors(answers[0])) == {"customer"}
    answers = [ours.post(**person, customer=seen.id, manager=key) for key in (hidden.id, 99999)]
    assert errors(answers[0]) == errors(answers[1])
    assert set(errors(answers[0])) == {"manager"}
    others = program().post(**person).json["result"]["id"]
    answers = [ours.post(**person, manager=key) for key in (others, 99999)]
    assert errors(answers[0]) == errors(answers[1])
    assert set(errors(answers[0])) == {"manager"}


def test_a_hidden_contact_is_unknown_to_a_merge(
    sam: tuple[api_client.Program, Any], hidden: Any, make_contact: Make, engine: Engine
) -> None:
    """Among the contacts to merge a hidden one is answered like none, and stays as it is."""
    program_of_sam, customer = sam
    mine = make_contact(customer)
    before = everything(engine)
    answers = [
        errors(program_of_sam.post(f"/{mine.id}/merge", contacts=[pk])) for pk in (hidden.id, 9_999)
    ]
    assert answers[0] == answers[1]
    assert set(answers[0]) == {"contacts"}
    assert everything(engine) == before


def test_addresses_typed_teach_nothing(
    sam: tuple[api_client.Program, Any],
    hidden: Any,
    make_contact: Make,
    session: Session,
) -> None:
    """C6: joining a login of a hidden customer's contact is answered as making a new one.

    Passwords are not typed by staff who could learn by signing in with them.
    """
    ours, seen = sam
    answers = []
    for number, email in enumerate((hidden.email, "new@example.com")):
        answer = ours.post(
            customer=seen.id,
            firstname="A",
            lastname="B",
            position=str(number),
            email=email,
            is_user=True,
            send_password_mail=True,
        )
        assert answer.status_code == 201, answer.text
        body = answer.json
        row = body.pop("result")
        personal = {"id", "email", "position", "is_primary"}
        moments = {name for name in row if name.endswith("_at")}
        kept = {name: value for name, value in row.items() if name not in personal | moments}
        shown = {name: row[name] is None for name in moments}
        answers.append((kept, shown, body["mails"], body["password_ignored"]))
    assert session.scalar(select(func.count(Login.id))) == 2
    assert answers[0] == answers[1]
    refused = ours.post(
        customer=seen.id, firstname="A", lastname="B", email="b@example.com", is_user=True,
        password=testing.PASSWORD,
    )  # fmt: skip
    assert set(errors(refused)) == {"password"}
    contact = make_contact(seen)
    assert set(errors(ours.put(f"/{contact.id}", password=testing.PASSWORD))) == {"password"}


def test_each_endpoint_asks_for_its_right(
    app: Flask, program: Programs, make_customer: Make, make_contact: Make, engine: Engine
) -> None:
    """8.2.1: without its permission each endpoint is 403 before all else; nothing changes."""
    contact = make_contact(make_customer())
    add_staff(app, "nina")
    nobody, ours = program("nina"), program()
    before = everything(engine)
    count = 0
    for path, method, operation in described(ours):
        url = path.format(pk=contact.id, contact=contact.id)
        for body in (bodies(operation, contact), {"x": 1}):
            answer = nobody.client.open(
                api_client.ROOT + url,
                method=method,
                headers=nobody.headers,
                **({"json": body} if "requestBody" in operation else {}),
            )
            assert answer.status_code == 403, (method, url, answer.text)
            assert set(answer.json) == {"message"}
        count += 1
    assert count == (37 if LIMITS_STAFF else 41)
    assert everything(engine) == before


def test_rights_of_the_seeds_roles(app: Flask, program: Programs, make_customer: Make) -> None:
    """S3: all four create; only sales and managers add to a list; leaders work on many at once."""
    customer = make_customer()
    with app.app_context():
        create_roles()
    program().post("/marketing-lists/", name="News")
    for role in ROLES:
        add_staff(app, role, role=role)
        ours = program(role)
        made = ours.post(customer=customer.id, firstname="A", lastname="B")
        assert made.status_code == 201, (role, made.text)
        pk = made.json["result"]["id"]
        selling, leading = (
            role in {"crm_sales", "crm_manager"},
            role in {"crm_admin", "crm_manager"},
        )
        added = ours.post("/marketing-lists/1/members", contacts=[pk])
        assert added.status_code == (200 if selling else 403), role
        many = ours.put("/bulk", contacts=[{"id": pk, "position": "X"}])
        assert many.status_code == (200 if leading else 403), role
        mail = ours.get("/outgoing-mail/")
        assert mail.status_code == (200 if role == "crm_admin" else 403), role


def test_two_worlds(app: Flask, contact_client: Make, program: Programs) -> None:
    """A contact's cookie opens nothing here, beside no token and as a token."""
    program()
    browser = contact_client()
    cookies = [cookie.value for cookie in browser._cookies.values()]
    assert cookies
    for headers in ({}, *({"Authorization": f"Bearer {value}"} for value in cookies)):
        assert browser.get(f"{api_client.ROOT}/", headers=headers).status_code == 401


def test_a_link_needs_the_right_to_send(
    app: Flask, program: Programs, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """Who may change contacts and not send links sends none by changing one."""
    contact = make_contact(make_customer(), email="ada@example.com")
    changes = [("can_edit", "Customer contacts"), ("can_view_all", "Contacts customers")]
    add_staff(app, "lou", ("can_show", "Customer contacts"), *changes)
    body = {"firstname": "Ada", "send_password_mail": True}
    answer = program("lou").put(f"/{contact.id}", **body)
    assert api_client.errors(answer) == {
        "send_password_mail": [
            "Your role does not allow this. Ask an administrator if you need it."
        ]
    }
    assert session.scalar(select(func.count()).select_from(Link)) == 0
    assert program("lou").put(f"/{contact.id}", firstname="Ada").status_code == 200
    add_staff(app, "nina", *changes, ("can_send", "Contacts invitations"))
    assert program("nina").put(f"/{contact.id}", **body).status_code == 200
    assert session.scalar(select(func.count()).select_from(Link)) == 1


def test_the_token_decides(
    app: Flask, staff_client: Any, program: Programs, make_customer: Make, make_contact: Make
) -> None:
    """A browser's cookie of one user beside a token of another: the token's user is who asks."""
    make_contact(make_customer())
    add_staff(app, "nina")
    nobody = program("nina")
    url = f"{api_client.ROOT}/"
    assert staff_client.get(url, headers=nobody.headers).status_code == 403
    add_staff(app, "lou", ("can_list", "Customer contacts"))
    lou = program("lou")
    assert staff_client.get(url, headers=lou.headers).json["result"] == [] or LIMITS_STAFF
    assert staff_client.get("/customer-contacts/").status_code == 200


def test_a_right_taken_away_ends_at_once(app: Flask, program: Programs) -> None:
    """8.3.2: what a role lost, and a user who was switched off, counts from the next request."""
    add_staff(app, "lou", ("can_list", "Customer contacts"))
    lou = program("lou")
    assert lou.get().status_code == 200
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        pair = sm.find_permission_view_menu("can_list", "Customer contacts")
        sm.del_permission_role(sm.find_role("Role of lou"), pair)
    assert lou.get().status_code == 403
    with app.app_context():
        user = sm.find_user("lou")
        user.active = False
        sm.update_user(user)
    assert lou.get().status_code == 401


def test_a_token_that_was_known_is_checked_again(app: Flask, program: Programs) -> None:
    """That a token was good says nothing of now: its key may have changed."""
    ours = program()
    assert ours.get().status_code == ours.get().status_code == 200
    app.config["JWT_SECRET_KEY"] = "another secret of more than thirty-two bytes, for tests only"
    assert ours.get().status_code == 401


def test_a_role_of_the_configuration(
    app: Flask, program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A role that stands in FAB_ROLES alone opens what its patterns say, and nothing else."""
    add_staff(app, "lou")
    lou = program("lou")
    assert lou.get().status_code == lou.get().status_code == 403
    sm = app.appbuilder.sm  # type: ignore[attr-defined]
    monkeypatch.setitem(sm._builtin_roles, "Role of lou", [["Customer.*", "can_list"]])
    assert lou.get().status_code == 200
    assert lou.get("/invitations/").status_code == 403


@pytest.fixture
def secrets(
    app: Flask, session: Session, make_customer: Make, make_contact: Make, portal_client: Make
) -> list[str]:
    """Texts of credentials in the database: hashes, tokens, links, keys; staff's too."""
    customer = make_customer()
    portal_client(make_contact(customer))
    make_contact(customer, password="", send_password_mail=True)
    found = [*session.scalars(select(Login.password_hash)), *session.scalars(select(Link.uuid))]
    found += [*session.scalars(select(PortalSession.token_hash))]
    found += [*session.scalars(select(Contact.uuid)), *session.scalars(select(Mail.message_id))]
    with app.app_context():
        user = app.appbuilder.sm.find_user("admin")  # type: ignore[attr-defined]
        found += [user.password, user.email]
    texts = [one for one in found if one]
    assert len(texts) > 6
    return texts


def column_names(engine: Engine) -> set[str]:
    """The names of all columns of all tables, the host's and Flask-AppBuilder's too."""
    with engine.connect() as connection:
        inspector = inspect(connection)
        names = {
            column["name"]
            for table in inspector.get_table_names()
            for column in inspector.get_columns(table)
        }
    assert {"password_hash", "token_hash", "password", "secret", "email_key"} <= names
    return names


def test_no_credential_is_reachable(
    program: Programs, secrets: list[str], make_customer: Make, engine: Engine
) -> None:
    """Each endpoint × each column of each table as a column, an order, a filter: refused by name.

    No answer, and no refusal, holds a credential; no answer has a field of that name.
    """
    ours = program()
    names = column_names(engine)
    answers, refusals = [], []
    for path, method, operation in described(ours):
        if method != "GET" or path == "/openapi.json":
            continue
        url = path.format(pk=1, contact=1)
        allowed = {one["name"]: one["schema"] for one in operation["parameters"]}
        columns = allowed.get("columns", {}).get("items", {}).get("enum", [])
        orders = allowed.get("order", {}).get("enum", [])
        answers.append(ours.get(url).text)
        if columns:
            answers.append(ours.get(url, columns=",".join(columns)).text)
        asked = [("columns", name) for name in names.difference(columns) if columns]
        asked += [("order", name) for name in names.difference(orders) if orders]
        for name, value in asked:
            refused = ours.get(url, **{name: value})
            assert set(errors(refused, 400)) == {name}, (url, name, value)
            refusals.append(refused.text)
        unknown = dict.fromkeys(names.difference(allowed), "x")
        refused = ours.get(url, **unknown)
        assert set(errors(refused, 400)) >= set(unknown), url
        refusals.append(refused.text)
    for secret in secrets:
        assert secret not in json.dumps([*answers, *refusals])
    fields = r'"(\w*(?:password|hash|token|login_id|uuid|secret|_key)\w*)":'
    assert re.findall(fields, "".join(answers)) == []
