"""The REST API's contacts: listed, read, created, changed, by the rules of the forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, Login, Mail
from flask_contacts.services.rest.contact_columns import NAMES, USUAL
from tests import api_client
from tests.api_client import errors
from tests.host_app import LIMITS_STAFF

Make = Callable[..., Any]
Programs = Callable[..., api_client.Program]
program = api_client.program
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def acme(make_customer: Make) -> Any:
    """A customer."""
    return make_customer(company="Acme")


def row_of(session: Session, contact: Any) -> dict[str, Any]:
    """All columns of a contact, as they are now."""
    session.rollback()
    query = select(Contact.__table__).where(Contact.__table__.c.id == contact.id)
    return dict(session.execute(query).mappings().one())


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_nobody_without_a_token(app: Flask, method: str, staff_client: Any) -> None:
    """No token, a broken one, or only a staff user's cookie: 401, as JSON, and nothing else."""
    path = {"DELETE": "/marketing-lists/1/members/1", "PUT": "/1"}.get(method, "/")
    for client in (app.test_client(), staff_client):
        for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
            url = api_client.ROOT + path
            answer = client.open(url, method=method, headers=header, json={})
            assert answer.status_code == 401, (answer.status_code, answer.text)
            assert set(answer.json) == {"message"}
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_refresh_token_opens_nothing(app: Flask, program: Programs) -> None:
    """A token that only fetches other tokens is none here."""
    program()
    login = {"username": "admin", "password": "admin", "provider": "db", "refresh": True}
    client = app.test_client(use_cookies=False)
    tokens = client.post("/api/v1/security/login", json=login).json
    headers = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    assert client.get(f"{api_client.ROOT}/", headers=headers).status_code == 401


def test_a_contact_is_created_as_by_the_form(
    program: Programs, acme: Any, session: Session
) -> None:
    """C3, C5, C8: primary, with the usual permissions and topics, welcomed, with a link."""
    answer = program().post(
        customer=acme.id,
        firstname="Ada",
        lastname="Byron",
        email="ada@example.com",
        is_user=True,
        send_password_mail=True,
    )
    assert answer.status_code == 201, answer.text
    contact = session.scalars(select(Contact)).one()
    given = answer.json["result"]
    assert given["id"] == contact.id
    assert given["customer"] == acme.id
    assert given["is_primary"]
    assert given["is_user"]
    assert "invoices" in given["permissions"]
    assert "invoice" in given["topics"]
    assert MOMENT.fullmatch(given["created_at"])
    assert answer.json["promoted"] == contact.id
    assert answer.json["mails"] == (None if LIMITS_STAFF else ["set_password", "welcome"])
    assert sorted(session.scalars(select(Mail.template))) == ["set_password", "welcome"]
    assert contact.created_by_id == 1


def test_without_a_customer(program: Programs, session: Session) -> None:
    """S1, S2, S4: no login unless asked for, no address needed, no permission."""
    answer = program().post(firstname="Ada", lastname="Byron")
    assert answer.status_code == 201, answer.text
    given = answer.json["result"]
    assert (given["customer"], given["is_user"], given["permissions"]) == (None, False, [])
    assert session.scalar(select(Login.id)) is None


def test_problems_are_at_their_fields(program: Programs, acme: Any, make_contact: Make) -> None:
    """The words of the forms, by the fields' names, and nothing is created."""
    make_contact(acme, email="ada@example.com")
    ours = program()
    typed = {"customer": acme.id, "firstname": "A", "lastname": "B"}
    refused = ours.post(**{**typed, "email": "ada@example.com"})
    assert errors(refused) == {"email": ["Another contact of this customer has this address."]}
    refused = ours.post(**{**typed, "email": "x", "phone": "?", "birthday": "2999-01-01"})
    assert set(errors(refused)) == {"email", "phone", "birthday"}
    refused = ours.post(**{**typed, "is_user": True})
    assert set(errors(refused)) == {"email", "password"}
    refused = ours.post(**{**typed, "firstname": " "})
    assert set(errors(refused)) == {"firstname"}
    refused = ours.post(**{**typed, "permissions": ["root"]})
    assert set(errors(refused)) == {"permissions"}
    assert len(ours.get(state="all").json["result"]) == 1


def test_forms_are_known(program: Programs, acme: Any, session: Session) -> None:
    """8.2.3: an unknown or privileged field, or one of another type, is refused by its name."""
    ours, good = program(), {"firstname": "A", "lastname": "B"}
    privileged = ("id", "uuid", "login_id", "email_key", "primary_of", "created_by_id",
                  "password_hash", "active", "archived_at", "created_at")  # fmt: skip
    for name in privileged:
        assert errors(ours.post(**good, **{name: 1})) == {name: ["There is no such field."]}
    kinds = {"firstname": 1, "is_user": "yes", "manager": "1", "topics": "invoice", "notes": []}
    for name, value in kinds.items():
        assert set(errors(ours.post(**{**good, name: value}))) == {name}
    assert set(errors(ours.post(firstname="A"))) == {"lastname"}
    assert errors(ours.send("POST", "/", [])) == {"body": ["This must be an object."]}
    assert session.scalar(select(Contact.id)) is None


def test_every_column_of_the_tables_is_refused(
    program: Programs, acme: Any, make_contact: Make, session: Session
) -> None:
    """8.2.3: each column of a contact and of a login, posted: taken as a field, or refused."""
    contact = make_contact(acme)
    ours = program()
    taken = set(ours.get("/openapi.json").json["paths"]["/api/v1/contacts/{pk}"]["put"][
        "requestBody"]["content"]["application/json"]["schema"]["properties"])  # fmt: skip
    before = row_of(session, contact)
    for table in (Contact.__table__, Login.__table__):
        for column in table.columns:
            if column.name not in taken:
                assert set(errors(ours.put(f"/{contact.id}", **{column.name: "1"}))) == {
                    column.name
                }
    assert row_of(session, contact) == before


def test_bodies_that_are_none(app: Flask, program: Programs) -> None:
    """Broken JSON 400, another type 415, too much 413; nothing is a server's error."""
    ours = program()
    url, client = f"{api_client.ROOT}/", ours.client
    for text in ("", "{", "nul", '{"a": NaN}', "[" * 100_000, '{"a": 1' + "0" * 5000 + "}", "\xff"):
        answer = client.post(url, data=text, headers=ours.headers, content_type="application/json")
        assert answer.status_code == 400, text[:20]
        assert answer.json["message"] == "This is no JSON."
    for kind in ("text/plain", "application/x-www-form-urlencoded", None):
        answer = client.post(url, data="{}", headers=ours.headers, content_type=kind)
        assert answer.status_code == 415
    big = b'{"notes": "' + b"x" * (1 << 20) + b'"}'
    answer = client.post(url, data=big, headers=ours.headers, content_type="application/json")
    assert answer.status_code == 413
    assert set(answer.json) == {"message"}


def test_other_methods(program: Programs) -> None:
    """An unknown method is 405, HEAD is as GET, OPTIONS says what there is."""
    ours = program()
    url, client = f"{api_client.ROOT}/", ours.client
    assert client.delete(url, headers=ours.headers).status_code == 405
    assert client.get(f"{url}bulk", headers=ours.headers).status_code == 405
    assert client.head(url, headers=ours.headers).status_code == 200
    assert set(client.options(url).headers["Allow"].split(", ")) == {
        "GET", "HEAD", "OPTIONS", "POST",
    }  # fmt: skip


def test_addresses_of_nothing(program: Programs) -> None:
    """A key that no row has, or can have, is 404 as JSON."""
    ours = program()
    for key in ("1", "0", "-1", "01", "abc", "99999999999999999999", "1.0", "%00"):
        answer = ours.get(f"/{key}")
        assert answer.status_code == 404, key
        assert set(answer.json) == {"message"}


def test_fields_are_changed_one_by_one(
    program: Programs, acme: Any, make_contact: Make, session: Session
) -> None:
    """C10: what is not named stays, also what the form always sends."""
    boss = make_contact(acme)
    contact = make_contact(
        acme,
        firstname="Ada",
        phone="+12125550123",
        birthday="1985-06-30",
        manager=boss.email,
        account_manager="admin",
        do_not_call=True,
        permissions=["invoices"],
        topics=["invoice"],
        notes="Tea",
    )
    before = row_of(session, contact)
    answer = program().put(f"/{contact.id}", position="Countess")
    assert answer.status_code == 200, answer.text
    after = row_of(session, contact)
    changed = {name for name, value in after.items() if value != before[name]}
    assert changed == {"position", "updated_at"}
    given = answer.json["result"]
    assert (given["manager"], given["account_manager"]) == (boss.id, "admin")
    assert (given["permissions"], given["topics"]) == (["invoices"], ["invoice"])
    assert program().put(f"/{contact.id}", notes=None, birthday=None).status_code == 200
    session.expire_all()
    found = session.get(Contact, contact.id)
    assert found is not None
    assert (found.notes, found.birthday, found.phone) == (None, None, "+12125550123")


def test_passwords_are_nobodys_but_the_holders(
    app: Flask, program: Programs, acme: Any, make_contact: Make, portal_client: Make
) -> None:
    """C7, C10: a weak one is refused, a good one opens the portal, and none is ever given."""
    contact = make_contact(acme, password="", send_password_mail=True)
    ours = program()
    assert set(errors(ours.put(f"/{contact.id}", password="short"))) == {"password"}
    both = ours.put(f"/{contact.id}", password=testing.PASSWORD, send_password_mail=True)
    assert set(errors(both)) == {"password"}
    answer = ours.put(f"/{contact.id}", password=testing.PASSWORD)
    assert answer.status_code == 200
    assert answer.json["password_ignored"] is (None if LIMITS_STAFF else False)
    assert testing.PASSWORD not in answer.text
    portal_client(contact)


def test_primary_steps_down_for_a_successor(
    program: Programs, acme: Any, make_contact: Make
) -> None:
    """C4: who leaves names a successor; making another primary says who was it before."""
    first, second = make_contact(acme), make_contact(acme)
    ours = program()
    assert set(errors(ours.post(f"/{first.id}/deactivate"))) == {"successor"}
    refused = ours.post(f"/{first.id}/archive", successor=first.id)
    assert set(errors(refused)) == {"successor"}
    answer = ours.post(f"/{second.id}/primary")
    assert (answer.json["promoted"], answer.json["demoted"]) == (second.id, first.id)
    answer = ours.post(f"/{second.id}/deactivate", successor=first.id)
    assert answer.json["promoted"] == first.id
    assert not answer.json["result"]["active"]
    assert set(errors(ours.post(f"/{second.id}/primary"))) == {"is_primary"}
    assert ours.post(f"/{second.id}/reactivate").json["result"]["active"]


def test_archive_and_back(program: Programs, acme: Any, make_contact: Make) -> None:
    """An archived contact is changed only by restoring it."""
    contact = make_contact(acme)
    ours = program()
    answer = ours.post(f"/{contact.id}/archive")
    assert answer.json["result"]["archived_at"] is not None
    for path in ("archive", "deactivate"):
        assert set(errors(ours.post(f"/{contact.id}/{path}"))) == {"contact"}
    assert set(errors(ours.post(f"/{contact.id}/reactivate"))) == {"contact"}
    assert set(errors(ours.put(f"/{contact.id}", position="x"))) == {"contact"}
    assert set(errors(ours.put(f"/{contact.id}/topics", topics=[]))) == {"contact"}
    assert [row["id"] for row in ours.get(state="archived").json["result"]] == [contact.id]
    assert ours.post(f"/{contact.id}/restore").json["result"]["archived_at"] is None
    assert set(errors(ours.post(f"/{contact.id}/restore"))) == {"contact"}


def test_contact_without_customer_is_not_primary(program: Programs) -> None:
    """Nobody is primary of no customer."""
    ours = program()
    key = ours.post(firstname="A", lastname="B").json["result"]["id"]
    assert set(errors(ours.post(f"/{key}/primary"))) == {"is_primary"}


def test_silence_is_said_before(program: Programs, acme: Any, make_contact: Make) -> None:
    """N6: who takes the last recipient of a topic is told, and then says it is known."""
    contact = make_contact(acme, permissions=["invoices"], topics=["invoice"])
    ours = program()
    refused = ours.put(f"/{contact.id}/topics", topics=[])
    assert set(errors(refused)) == {"silences"}
    assert refused.json["silences"] == ["invoice"]
    assert ours.get(f"/{contact.id}/topics").json == {"result": ["invoice"]}
    assert ours.put(f"/{contact.id}/topics", topics=[], silences=["invoice"]).json == {"result": []}


def test_permissions_are_set(program: Programs, acme: Any, make_contact: Make) -> None:
    """These and no others; an unknown one is refused at its field."""
    contact = make_contact(acme, permissions=["invoices"], topics=[])
    ours, path = program(), f"/{contact.id}/permissions"
    assert ours.get(path).json == {"result": ["invoices"]}
    assert ours.put(path, permissions=["support"]).json == {"result": ["support"]}
    assert set(errors(ours.put(path, permissions=["root"]))) == {"permissions"}
    assert set(errors(ours.put(path))) == {"permissions"}


def test_columns_are_chosen(program: Programs, acme: Any, make_contact: Make) -> None:
    """The usual columns, others by name, and nothing else."""
    contact = make_contact(acme, permissions=["invoices"], topics=[])
    ours = program()
    [row] = ours.get().json["result"]
    assert set(row) == set(USUAL)
    [row] = ours.get(columns="email,permissions,topics").json["result"]
    assert row == {"email": contact.email, "permissions": ["invoices"], "topics": []}
    [row] = ours.get(columns=",".join(NAMES)).json["result"]
    assert set(row) == set(NAMES)
    assert set(ours.get(f"/{contact.id}").json["result"]) == {*NAMES, "account_manager"}


@pytest.mark.parametrize("size", [1, 2, 100])
def test_pages_have_every_row_once(
    program: Programs, acme: Any, make_contact: Make, size: int
) -> None:
    """A cursor leads on from where the page ended, in each order, both ways."""
    ids = {make_contact(acme, lastname=name).id for name in ("B", "a", "C", "b", "Ä")}
    ids.add(program().post(firstname="No", lastname="company").json["result"]["id"])
    ours = program()
    for order in ("name", "company", "signed_in", "created"):
        for direction in ("asc", "desc"):
            seen: list[int] = []
            cursor = None
            while True:
                asked = {"order": order, "direction": direction, "limit": size, "columns": "id"}
                page = ours.get(**asked, **({"cursor": cursor} if cursor else {})).json
                seen += [row["id"] for row in page["result"]]
                cursor = page["next"]
                if cursor is None:
                    break
            assert len(seen) == len(ids) == len(set(seen)), (order, direction)
    other = ours.get(order="name", limit=1).json["next"]
    assert set(errors(ours.get(order="created", cursor=other), 400)) == {"cursor"}


def test_a_cursor_of_another_search(program: Programs, acme: Any, make_contact: Make) -> None:
    """A cursor belongs to its search: with another it is refused, and both lead on still."""
    for number in range(3):
        make_contact(acme, firstname="Q", lastname="Q", email=f"zulu{number}@example.com")
        make_contact(acme, firstname="Yankee", lastname="F")
    ours = program()
    searches = ("zulu", "f yankee", "")
    nexts = {typed: ours.get(search=typed, limit=2).json["next"] for typed in searches}
    for typed in searches:
        for other in set(searches) - {typed}:
            refused = ours.get(search=typed, limit=2, cursor=nexts[other])
            assert set(errors(refused, 400)) == {"cursor"}
        assert ours.get(search=typed, limit=2, cursor=nexts[typed]).json["result"]


@pytest.mark.parametrize("state", ["active", "inactive", "archived", "all"])
def test_a_plain_list_is_the_walk_of_the_others(
    program: Programs, acme: Any, make_contact: Make, state: str
) -> None:
    """A list that nothing but a state narrows has the same rows and order as any other, and
    the cursors of both lead on in either."""
    ours = program()
    ids = [make_contact(acme, lastname=name).id for name in ("B", "a", "b", "Ä", "c", "d", "d")]
    for pk in ids[1:]:
        ours.post(f"/{pk}/deactivate", successor=ids[0])
    for pk in ids[1:3]:
        ours.post(f"/{pk}/archive")
    for pk in ids[-2:]:
        ours.post(f"/{pk}/reactivate")
    for order in ("name", "created"):
        for direction in ("asc", "desc"):
            asked = {"state": state, "order": order, "direction": direction, "limit": 1}
            narrowed = {**asked, "created_from": "1999-12-31"}
            one, other = ours.get(**asked).json, ours.get(**narrowed).json
            while True:
                assert one["result"] == other["result"]
                assert one["result"]
                assert (one["next"] is None) == (other["next"] is None)
                if one["next"] is None:
                    break
                one, other = (
                    ours.get(**asked, cursor=other["next"]).json,
                    ours.get(**narrowed, cursor=one["next"]).json,
                )


def test_lists_are_narrowed(program: Programs, make_customer: Make, make_contact: Make) -> None:
    """By words, state, customer, and what else there is."""
    acme, other = make_customer(company="Acme"), make_customer(company="Zebra")
    ada = make_contact(acme, firstname="Ada", lastname="Byron", permissions=["invoices"], topics=[])
    bob = make_contact(acme, firstname="Bob", lastname="Stone", permissions=["support"], topics=[])
    make_contact(other, firstname="Eve", lastname="Byron", permissions=[], topics=[])
    ours = program()

    def found(**asked: object) -> list[str]:
        answer = ours.get(columns="firstname", **asked)
        assert answer.status_code == 200, answer.text
        return sorted(row["firstname"] for row in answer.json["result"])

    assert found(search="byron") == ["Ada", "Eve"]
    assert found(customer=acme.id) == ["Ada", "Bob"]
    assert found(customer=acme.id, search="byron") == ["Ada"]
    assert found(permission="invoices") == ["Ada"]
    assert found(primary="false") == ["Bob"]
    assert found(state="inactive") == []
    assert ours.post(f"/{bob.id}/deactivate").status_code == 200
    assert found(state="inactive") == ["Bob"]
    assert found(state="all", language="pt_BR") == []
    assert found(created_until="1999-12-31") == []
    assert found(has_email="true", customer=acme.id) == ["Ada"]
    assert found(invitation="never_invited") == ["Ada", "Eve"]
    assert ada.id


def test_unknown_parameters_are_refused(program: Programs) -> None:
    """CVE-2022-31177: no filter, order or column but those that there are."""
    ours = program()
    hostile = [
        ("password_hash", "a"), ("columns", "password_hash"), ("columns", "id,login_id"),
        ("columns", ""), ("order", "password_hash"), ("order", "login.password_hash"),
        ("direction", "up"), ("limit", "0"), ("limit", "101"), ("limit", "x"), ("limit", "1e1"),
        ("cursor", "x"), ("cursor", "W10.x"), ("state", "gone"), ("primary", "1"),
        ("created_from", "yesterday"), ("created_from", "2026-13-01"), ("search", "x\x00"),
        ("q", "(columns:!(password_hash))"), ("page", "2"), ("invitation", "no_login"),
        ("permission", "invoice"), ("permission", ""), ("topic", "invoices"), ("language", "xx"),
    ]  # fmt: skip
    for name, value in hostile:
        assert set(errors(ours.get(**{name: value}), 400)) == {name}, (name, value)
    answer = ours.client.get(f"{api_client.ROOT}/?limit=1&limit=2", headers=ours.headers)
    assert set(errors(answer, 400)) == {"limit"}


def test_a_page_costs_the_same_wherever_it_is(
    program: Programs, acme: Any, make_contact: Make, engine: Engine
) -> None:
    """As many statements for one row as for ten, on the first page and on the next."""
    ours = program()
    make_contact(acme)

    def statements(**asked: object) -> int:
        with testing.count_statements(engine) as counted:
            assert ours.get(**asked).status_code == 200
        return len(counted)

    statements()
    few, few_wide = statements(), statements(columns=",".join(NAMES))
    for _number in range(9):
        make_contact(acme)
    assert statements() == few
    assert statements(columns=",".join(NAMES)) == few_wide <= few + 2
    cursor = ours.get(limit=5).json["next"]
    assert statements(limit=5, cursor=cursor) == few
    assert few <= (5 if LIMITS_STAFF else 2)  # user with rights, rows; and what is in sight


def test_moving(program: Programs, make_customer: Make, make_contact: Make) -> None:
    """To another customer, with a successor where the primary one goes; from none to one."""
    acme, other = make_customer(), make_customer()
    first, second = (make_contact(acme, topics=[]) for _number in range(2))
    ours = program()
    there = {"customer": other.id}
    assert set(errors(ours.post(f"/{first.id}/move", **there))) == {"successor"}
    moved = ours.post(f"/{first.id}/move", **there, successor=second.id)
    assert moved.status_code == 200, moved.text
    assert moved.json["promoted"] == second.id
    assert moved.json["result"]["customer"] == other.id
    assert moved.json["result"]["is_primary"] is True
    assert set(errors(ours.post(f"/{first.id}/move", customer=other.id))) == {"customer"}
    unknown = ours.post(f"/{first.id}/move", customer=type(acme.id)(999_999))
    assert set(errors(unknown)) == {"customer"}
    alone = ours.post(firstname="No", lastname="Company").json["result"]
    joined = ours.post(f"/{alone['id']}/move", customer=acme.id)
    assert joined.status_code == 200, joined.text
    assert joined.json["result"]["customer"] == acme.id
    assert joined.json["result"]["lastname"] == "Company"


def test_anonymising_and_deleting(
    program: Programs, acme: Any, make_contact: Make, session: Session
) -> None:
    """An archived contact loses the person; a primary one is deleted with a successor named."""
    first = make_contact(acme, permissions=["invoices"], topics=["invoice", "credit_note"])
    second, third = (make_contact(acme, topics=[]) for _number in range(2))
    ours = program()
    assert set(errors(ours.post(f"/{third.id}/anonymise"))) == {"contact"}
    assert ours.post(f"/{third.id}/archive").status_code == 200
    gone = ours.post(f"/{third.id}/anonymise").json["result"]
    assert (gone["firstname"], gone["email"]) == ("Anonymised", None)
    assert gone["anonymised_at"]
    assert ours.delete(f"/{third.id}").json == {"promoted": None}
    assert ours.get(f"/{third.id}").status_code == 404
    assert set(errors(ours.delete(f"/{first.id}"))) == {"successor"}
    leave = f"/{first.id}?successor={second.id}"
    assert ours.delete(leave).json["silences"] == ["invoice", "credit_note"]
    done = ours.delete(f"{leave}&silences=invoice,credit_note")
    assert done.status_code == 200, done.text
    assert done.json == {"promoted": second.id}
    assert set(errors(ours.delete(f"/{second.id}?successor=x"), 400)) == {"successor"}
    assert session.scalar(select(func.count()).select_from(Contact)) == 1


def test_a_merged_contact_leads_on(program: Programs, acme: Any, make_contact: Make) -> None:
    """Its address answers 308 with where it is now, as the pages do; nothing is changed there."""
    stays, goes = (make_contact(acme, topics=[]) for _number in range(2))
    ours = program()
    merged = ours.post(f"/{stays.id}/merge", contacts=[goes.id])
    assert merged.status_code == 200, merged.text
    for path in ("", "/permissions", "/topics"):
        answer = ours.get(f"/{goes.id}{path}")
        assert answer.status_code == 308, answer.text
        assert answer.location == f"{api_client.ROOT}/{stays.id}{path}"
        assert answer.json["merged_into"] == stays.id
    assert ours.put(f"/{goes.id}", position="X").status_code == 404
    assert ours.delete(f"/{stays.id}").status_code == 200
    assert ours.get(f"/{goes.id}").status_code == 404
