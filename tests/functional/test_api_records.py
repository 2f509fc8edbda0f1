"""The rest of the REST API: many at once, customers, lists, invitations, recipients, mail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.clock import utc_now
from flask_contacts.models import Contact, Customer, CustomerAdmin, Mail, MarketingMember
from tests import api_client
from tests.api_client import errors
from tests.host_app import LIMITS_STAFF
from tests.staff_people import add_staff

Make = Callable[..., Any]
Programs = Callable[..., api_client.Program]
program = api_client.program
bundled = pytest.mark.bundled_only(reason="a host's own customers have an API of the host's")


def test_many_are_created(
    program: Programs, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """Each in a transaction of its own: one that is refused says why and stops no other."""
    acme = make_customer()
    make_contact(acme, email="ada@example.com")
    rows = [
        {"firstname": "A", "lastname": "A", "email": "a@example.com", "customer": acme.id},
        {"firstname": "B", "lastname": "B", "email": "ada@example.com", "customer": acme.id},
        {"firstname": "C", "lastname": "C"},
    ]
    answer = program().post("/bulk", contacts=rows)
    assert answer.status_code == 200, answer.text
    first, second, third = answer.json["result"]
    assert (first["status"], second["status"], third["status"]) == (201, 422, 201)
    assert set(second["errors"]) == {"email"}
    assert second["id"] is None
    names = {session.get(Contact, one["id"]).firstname for one in (first, third)}  # type: ignore[union-attr]
    assert names == {"A", "C"}


def test_a_call_that_does_not_fit_changes_nothing(program: Programs, session: Session) -> None:
    """What no contact can be is told by its place, and then none of the others is created."""
    ours, good = program(), {"firstname": "A", "lastname": "B"}
    refused = ours.post("/bulk", contacts=[good, {**good, "active": False}, {"firstname": 1}])
    assert set(errors(refused)) == {
        "contacts.1.active", "contacts.2.firstname", "contacts.2.lastname",
    }  # fmt: skip
    assert set(errors(ours.post("/bulk", contacts=[good] * 101))) == {"contacts"}
    assert set(errors(ours.post("/bulk", contacts=[]))) == {"contacts"}
    assert set(errors(ours.put("/bulk", contacts=[{"id": 1}]))) == {"contacts.0"}
    assert session.scalar(select(func.count(Contact.id))) == 0


def test_many_are_changed(program: Programs, make_customer: Make, make_contact: Make) -> None:
    """By id; who is not there is 404 among the results."""
    acme = make_customer()
    one, two = make_contact(acme), make_contact(acme)
    ours = program()
    rows = [
        {"id": one.id, "position": "Buyer"},
        {"id": 99, "position": "Buyer"},
        {"id": two.id, "email": one.email},
    ]
    results = ours.put("/bulk", contacts=rows).json["result"]
    assert [row["status"] for row in results] == [200, 404, 422]
    assert ours.get(f"/{one.id}").json["result"]["position"] == "Buyer"
    assert ours.get(f"/{two.id}").json["result"]["email"] == two.email


def test_contacts_become_one(
    program: Programs, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """As the page proposes, but for what is chosen; refusals at their fields; the other is gone."""
    acme, other = make_customer(), make_customer()
    kept = make_contact(acme, firstname="Ada", position="Buyer", notes="Tea")
    former = make_contact(acme, firstname="A.", position="Head", notes="Milk", is_user=False,
                          password="")  # fmt: skip
    stranger = make_contact(other)
    ours, path = program(), f"/{kept.id}/merge"
    assert set(errors(ours.post(path, contacts=[kept.id]))) == {"contacts"}
    assert set(errors(ours.post(path, contacts=[stranger.id]))) == {"contacts"}
    refused = ours.post(path, contacts=[former.id], choices={"manager": "99"})
    assert set(errors(refused)) == {"manager"}
    refused = ours.post(path, contacts=[former.id], choices={"password_hash": "1"})
    assert set(errors(refused)) == {"choices.password_hash"}
    assert set(errors(ours.post(path, contacts=[former.id], permissions=["x"]))) == {"permissions"}
    assert set(errors(ours.post(path, contacts=[99]))) == {"contacts"}
    assert session.scalar(select(func.count(Contact.id))) == 3
    chosen = {"firstname": str(kept.id), "position": str(former.id)}
    answer = ours.post(path, contacts=[former.id], choices=chosen)
    assert answer.status_code == 200, answer.text
    given = answer.json["result"]
    assert (given["id"], given["firstname"], given["position"]) == (kept.id, "Ada", "Head")
    assert set(given["notes"].split("\n")) == {"Tea", "Milk"}
    assert ours.get(f"/{former.id}").json["merged_into"] == kept.id


def test_topics_of_the_one_that_stays(
    program: Programs, make_customer: Make, make_contact: Make
) -> None:
    """Not those of both, where the call says nothing; and none without its permission."""
    acme = make_customer()
    kept = make_contact(acme, permissions=["invoices", "support"], topics=["invoice"])
    first, second = (
        make_contact(acme, permissions=["projects", "support"], topics=["project", "tickets"])
        for _one in range(2)
    )
    ours, path = program(), f"/{kept.id}/merge"
    quiet = {"silences": ["project", "tickets"]}
    given = ours.post(path, contacts=[first.id], **quiet).json["result"]
    assert (given["permissions"], given["topics"]) == (["invoices", "support"], ["invoice"])
    asked = ["invoice", "project", "tickets"]
    given = ours.post(path, contacts=[second.id], topics=asked, **quiet).json["result"]
    assert given["topics"] == ["invoice", "tickets"]


def test_the_busy_database_ends_a_call(
    program: Programs, make_customer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with when to try again; of many, the rest is not tried."""
    from flask_contacts.errors import DatabaseBusy
    from flask_contacts.services.rest import contact_changes

    ours, tried = program(), []

    def busy(*args: object, **kwargs: object) -> None:
        tried.append(args)
        raise DatabaseBusy("locked")

    monkeypatch.setattr(contact_changes, "add_contact", busy)
    row = {"firstname": "A", "lastname": "B"}
    answer = ours.post(**row)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    answer = ours.post("/bulk", contacts=[row] * 3)
    assert [one["status"] for one in answer.json["result"]] == [503, 503, 503]
    assert len(tried) == 2


def test_a_fault_says_nothing(
    app: Flask, program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """16.5.1: a 500 is JSON without the error's words."""
    from flask_contacts.api import contact_list

    ours = program()

    def fail(query: object) -> None:
        raise RuntimeError("SELECT password_hash FROM contacts_portal_user")

    monkeypatch.setattr(contact_list, "page", fail)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = ours.get()
    app.testing = True
    assert answer.status_code == 500
    assert set(answer.json) == {"message"}
    assert "SELECT" not in answer.text


@bundled
def test_customers(program: Programs, session: Session) -> None:
    """The bundled customers: created, changed, listed by company, page by page."""
    ours = program()
    ids = {}
    for name in ("Zebra", "acme", "Ömega", "Beta"):
        made = ours.post("/customers/", company=name, city="Porto")
        assert made.status_code == 201, made.text
        ids[name] = made.json["result"]["id"]
    first = ours.get("/customers/", limit=3, columns="company").json
    second = ours.get("/customers/", limit=3, columns="company", cursor=first["next"]).json
    listed = [row["company"] for row in (*first["result"], *second["result"])]
    assert listed == ["acme", "Beta", "Ömega", "Zebra"]
    assert second["next"] is None
    [found] = ours.get("/customers/", search="OM").json["result"]
    assert found["id"] == ids["Ömega"]
    changed = ours.put(f"/customers/{ids['acme']}", phone="1", city=None).json["result"]
    assert (changed["company"], changed["phone"], changed["city"]) == ("acme", "1", None)
    assert ours.get(f"/customers/{ids['acme']}").json["result"] == changed
    assert ours.get("/customers/99").status_code == 404
    assert set(errors(ours.get("/customers/", cursor="x"), 400)) == {"cursor"}


@bundled
def test_customers_have_the_forms_rules(program: Programs, session: Session) -> None:
    """The company is required, an address is http or https, nothing is too long or unseen."""
    ours = program()
    refused = ours.post("/customers/", company=" ", website="javascript:x", city="a\x00b")
    assert set(errors(refused)) == {"company", "website", "city"}
    assert set(errors(ours.post("/customers/", company="x" * 192))) == {"company"}
    assert set(errors(ours.post("/customers/", company="x", company_key="x"))) == {"company_key"}
    assert session.scalar(select(func.count(Customer.id))) == 0


@bundled
def test_limited_staff_look_after_their_new_customer(
    app: Flask, program: Programs, session: Session
) -> None:
    """S7: who sees only own customers sees the one just created, and no other."""
    rights = [(f"can_{name}", "Contacts customers") for name in ("list", "show", "add")]
    staff_id = add_staff(app, "sam", *rights)
    program().post("/customers/", company="Theirs")
    sam = program("sam")
    made = sam.post("/customers/", company="Mine").json["result"]["id"]
    assert session.get(CustomerAdmin, (made, staff_id)) is not None
    assert [row["company"] for row in sam.get("/customers/").json["result"]] == ["Mine"]


@pytest.mark.own_only(reason="the bundled customers have an API")
def test_customers_of_a_host_are_the_hosts(program: Programs, make_customer: Make) -> None:
    """There is no API of ours for a model that is not ours."""
    make_customer()
    assert program().get("/customers/").status_code == 404


def test_marketing_lists(
    program: Programs, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """Made, changed, filled, left, put away; who has left joins only when it is said."""
    acme = make_customer()
    one, two = make_contact(acme), make_contact(acme)
    ours = program()
    made = ours.post("/marketing-lists/", name="News", description="Monthly").json["result"]
    assert (made["name"], made["members"], made["created_by"]) == ("News", 0, "Ada Min")
    path = f"/marketing-lists/{made['id']}"
    assert set(errors(ours.post("/marketing-lists/", name="NEWS"))) == {"name"}
    assert ours.put(path, name="Letter").json["result"]["description"] == "Monthly"
    added = ours.post(f"{path}/members", contacts=[one.id, two.id, 99]).json["result"]
    assert [row["refusal"] for row in added] == [None, None, "gone"]
    assert ours.get(path).json["result"]["members"] == 2
    page = ours.get(f"{path}/members", limit=1).json
    rest = ours.get(f"{path}/members", limit=1, cursor=page["next"]).json
    assert [row["contact"] for row in (*page["result"], *rest["result"])] == [two.id, one.id]
    assert rest["next"] is None
    assert ours.delete(f"{path}/members/{one.id}").status_code == 200
    assert ours.delete(f"{path}/members/{one.id}").status_code == 404
    session.execute(update(MarketingMember).values(unsubscribed_at=utc_now()))
    session.commit()
    assert set(errors(ours.delete(f"{path}/members/{two.id}"))) == {"contact"}
    assert [row["contact"] for row in ours.get(f"{path}/members", left="true").json["result"]] == [
        two.id
    ]
    again = ours.post(f"{path}/members", contacts=[two.id]).json["result"]
    assert again[0]["refusal"] == "unsubscribed"
    again = ours.post(f"{path}/members", contacts=[two.id], rejoin=True).json["result"]
    assert again[0]["refusal"] is None
    assert not ours.post(f"{path}/archive").json["result"]["active"]
    assert set(errors(ours.post(f"{path}/members", contacts=[one.id]))) == {"list"}
    assert ours.get("/marketing-lists/").json["result"] == []
    assert len(ours.get("/marketing-lists/", archived="true").json["result"]) == 1
    assert ours.post(f"{path}/restore").json["result"]["active"]


def test_marketing_lists_page_by_page(program: Programs) -> None:
    """By name, each once."""
    ours = program()
    for name in ("C", "a", "B"):
        ours.post("/marketing-lists/", name=name)
    seen, cursor = [], None
    while True:
        asked = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = ours.get("/marketing-lists/", **asked).json
        seen += [row["name"] for row in page["result"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["a", "B", "C"]


def test_a_list_is_renamed_between_two_pages(program: Programs) -> None:
    """The next page starts where the last one ended, whatever became of the list there; a
    cursor of others is none."""
    ours = program()
    ids = {
        name: ours.post("/marketing-lists/", name=name).json["result"]["id"] for name in "abcdef"
    }
    first = ours.get("/marketing-lists/", limit=2).json
    assert [row["name"] for row in first["result"]] == ["a", "b"]
    assert ours.put(f"/marketing-lists/{ids['b']}", name="zz").status_code == 200
    rest = ours.get("/marketing-lists/", cursor=first["next"]).json
    assert [row["name"] for row in rest["result"]] == ["c", "d", "e", "f", "zz"]
    for cursor in ("x", str(ids["b"]), first["next"] + "x"):
        assert set(errors(ours.get("/marketing-lists/", cursor=cursor), 400)) == {"cursor"}


def test_long_names_fit_a_cursor(program: Programs) -> None:
    """The cursor after the longest names is one that the list takes."""
    ours = program()
    for number in range(3):
        letters = (chr(0x20000 + (7919 * (100 * number + one)) % 0xA000) for one in range(100))
        assert ours.post("/marketing-lists/", name="".join(letters)).status_code == 201
    seen, asked = [], {"limit": 1}
    while True:
        page = ours.get("/marketing-lists/", **asked).json
        seen += [row["id"] for row in page["result"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert len(seen) == len(set(seen)) == 3


def test_two_change_a_list_at_once(program: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not named stays as it is when the change is made, not as it was read before."""
    from flask_contacts.services.marketing import lists

    ours, other = program(), program()
    made = ours.post("/marketing-lists/", name="N", description="old").json["result"]
    path, edit_list, done = f"/marketing-lists/{made['id']}", lists.edit_list, []

    def late(*args: Any) -> Any:
        if not done:
            done.append(other.put)
            assert other.put(path, description="new").status_code == 200
        return edit_list(*args)

    monkeypatch.setattr(lists, "edit_list", late)
    assert ours.put(path, name="M").status_code == 200
    now = ours.get(path).json["result"]
    assert (now["name"], now["description"]) == ("M", "new")
    assert ours.put(path, description=None).json["result"]["name"] == "M"
    assert ours.get(path).json["result"]["description"] is None


@pytest.mark.parametrize("typed", ["Ada@Example.com", "ada@bücher.example", " ada@STRASSE.example"])
def test_mail_is_found_by_its_address(
    program: Programs, staff_client: Any, make_customer: Make, make_contact: Make, typed: str
) -> None:
    """However the address is spelt, as the contact has it or as the mail was sent, by the API
    and on the page."""
    make_contact(
        make_customer(), email=typed, password="", send_password_mail=True, no_welcome_mail=True
    )
    ours = program()
    [mail] = ours.get("/outgoing-mail/").json["result"]
    for address in (typed, mail["recipient"]):
        assert ours.get("/outgoing-mail/", to=address).json["result"] == [mail]
        page = staff_client.get("/contacts-outgoing-mail/", query_string={"to": address})
        assert mail["subject"] in page.text
    assert ours.get("/outgoing-mail/", to="ada@xn--b").json["result"] == []


def test_invitations(
    program: Programs, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """The state, one link, no second within five minutes, many at once, no login no link."""
    acme = make_customer()
    contact = make_contact(acme)
    nobody = make_contact(acme, is_user=False, password="")
    ours, path = program(), f"/invitations/{contact.id}"
    assert ours.get(path).json["result"]["state"] == "never_invited"
    assert ours.get(f"/invitations/{nobody.id}").json["result"]["state"] == "no_login"
    sent = ours.post(path)
    assert sent.status_code == 200, sent.text
    assert sent.json["result"]["state"] == "waiting"
    assert sent.json["result"]["asked_at"].endswith("Z")
    recent = errors(ours.post(path))
    assert set(recent) == {"contact"}
    assert errors(ours.post(f"/invitations/{nobody.id}")) == {"contact": ["No login."]}
    results = ours.post("/invitations/", contacts=[contact.id, nobody.id, 99]).json["result"]
    assert [one["refusal"] for one in results] == ["recent", "no_login", "gone"]
    assert session.scalar(select(func.count(Mail.id))) == 1
    listed = ours.get("/invitations/", state="waiting").json
    assert [row["contact"] for row in listed["result"]] == [contact.id]
    assert listed["next"] is None
    found = ours.get("/invitations/", search=contact.email[:5]).json["result"]
    assert [row["contact"] for row in found] == [contact.id]


def test_recipients(program: Programs, make_customer: Make, make_contact: Make) -> None:
    """N1: who gets a topic, and why the others do not; those who get it come first."""
    acme = make_customer()
    silent = make_contact(acme, lastname="A", permissions=["invoices"], topics=[])
    closed = make_contact(acme, lastname="B", permissions=[], topics=["invoice"])
    gets = make_contact(acme, lastname="C", permissions=["invoices"], topics=["invoice"])
    ours = program()
    answer = ours.get("/recipients", customer=acme.id, topic="invoice").json
    reasons = [(row["contact"], row["gets"], row["reason"]) for row in answer["result"]]
    assert reasons == [
        (gets.id, True, "topic_on"),
        (silent.id, False, "topic_off"),
        (closed.id, False, "no_permission"),
    ]
    assert not answer["more"]
    assert "Invoices" in answer["result"][2]["sentence"]
    assert ours.get("/recipients", customer=acme.id, topic="invoice", limit=1).json["more"]
    assert set(errors(ours.get("/recipients", customer=acme.id, topic="x"), 400)) == {"topic"}
    assert set(errors(ours.get("/recipients"), 400)) == {"customer", "topic"}
    unknown = "99" if LIMITS_STAFF else 99
    assert ours.get("/recipients", customer=unknown, topic="invoice").status_code == 404


def test_outgoing_mail(
    app: Flask,
    program: Programs,
    make_customer: Make,
    make_contact: Make,
    session: Session,
    smtp: Any,
    drain: Callable[[], None],
) -> None:
    """M2: what became of each mail; sent again only where it is said; a link is never shown."""
    contact = make_contact(
        make_customer(), password="", send_password_mail=True, no_welcome_mail=False
    )
    ours = program()
    listed = ours.get("/outgoing-mail/").json["result"]
    assert {(row["template"], row["state"]) for row in listed} == {
        ("welcome", "waiting"), ("set_password", "waiting"),
    }  # fmt: skip
    assert {row["contact"] for row in listed} == {contact.id}
    by_template = {row["template"]: row["id"] for row in listed}
    drain()
    link = ours.get(f"/outgoing-mail/{by_template['set_password']}").json["result"]
    assert (link["state"], link["text"]) == ("sent", None)
    welcome = f"/outgoing-mail/{by_template['welcome']}"
    assert contact.firstname in ours.get(welcome).json["result"]["text"]
    assert set(errors(ours.post(f"{welcome}/resend"))) == {"mail"}
    again = ours.post(f"{welcome}/resend", sent_too=True)
    assert again.json["result"]["state"] == "waiting"
    assert [row["id"] for row in ours.get("/outgoing-mail/", state="waiting").json["result"]] == [
        by_template["welcome"]
    ]
    page = ours.get("/outgoing-mail/", limit=1).json
    rest = ours.get("/outgoing-mail/", limit=1, cursor=page["next"]).json
    assert {row["id"] for row in (*page["result"], *rest["result"])} == {*by_template.values()}
    assert rest["next"] is None
    assert ours.get("/outgoing-mail/", to="nobody@example.com").json["result"] == []
    assert ours.get("/outgoing-mail/99").status_code == 404


@pytest.mark.parametrize("path", ["/invitations/", "/outgoing-mail/", "/marketing-lists/1/members"])
def test_pages_cost_the_same(
    program: Programs, make_customer: Make, make_contact: Make, engine: Engine, path: str
) -> None:
    """As many statements for one row as for ten."""
    acme, ours = make_customer(), program()
    ours.post("/marketing-lists/", name="News")

    def add(count: int) -> None:
        for _number in range(count):
            one = make_contact(acme, password="", send_password_mail=True)
            ours.post("/marketing-lists/1/members", contacts=[one.id])

    def statements() -> int:
        with testing.count_statements(engine) as counted:
            assert ours.get(path).json["result"]
        return len(counted)

    add(1)
    statements()
    few = statements()
    add(9)
    assert statements() == few <= 8


def test_a_host_may_do_without(
    tmp_path: Path, program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``Contacts(api=False)``: nothing of ours stands under /api, the pages are all there."""
    from tests.host_app import contacts, create_host_app

    assert program().get().status_code == 200
    monkeypatch.setattr(contacts, "_api", False)
    app = create_host_app(f"sqlite:///{tmp_path / 'other.db'}")
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert [rule for rule in rules if rule.startswith(api_client.ROOT)] == []
    assert "/customer-contacts/" in rules
