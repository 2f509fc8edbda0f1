"""Who did what to a contact: the rows that the admin leaves, and how it shows them (S5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.admin.contacts.activity_words import VERBS
from flask_contacts.i18n import _, in_language
from flask_contacts.models import Activity, Contact
from flask_contacts.services.contacts.states import deactivate_contact

Make = Callable[..., Any]
FIELDS = {"firstname": "Grace", "lastname": "Hopper", "email": "grace@example.com", "is_user": "y"}


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def post(staff_client: FlaskClient, csrf: Make, customer: Any) -> Make:
    """``post("edit", contact, …fields)`` posts to one of the tab's addresses."""

    def send(action: str, contact: Any = None, **fields: Any) -> Any:
        token = csrf(staff_client, "/contacts-settings/")
        suffix = "" if contact is None else f"/{contact.id}"
        url = f"/customercontacts/{action}/{customer.id}{suffix}"
        return staff_client.post(url, data={**fields, "csrf_token": token})

    return send


def section(client: FlaskClient, customer: Any, contact: Any) -> str:
    """The words of the section Activity on the contact's page."""
    html = client.get(f"/customercontacts/edit/{customer.id}/{contact.id}").text
    return text_of(html[html.index('class="contacts-activity"') :])


def text_of(html: str) -> str:
    """The words of a page in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def fill(session: Session, contact: Any, count: int) -> list[int]:
    """Add entries; their ids, the oldest first."""
    rows = [
        Activity(contact_id=contact.id, verb="edited", actor_kind="staff", actor_name="Ada Min",
                 changes={"position": [None, f"P{number:03}"]})
        for number in range(count)
    ]  # fmt: skip
    session.add_all(rows)
    session.commit()
    return [row.id for row in rows]


def test_every_change_names_the_staff_user(
    post: Make, make_contact: Make, customer: Any, make_customer: Make, session: Session
) -> None:
    """Whatever staff change in the admin, the row says who it was, and from where."""
    make_contact(customer)
    target = make_customer(company="Beta")
    before = set(session.scalars(select(Activity.id)))
    assert post("new", **FIELDS, send_password_mail="y").status_code == 302
    grace = session.scalars(select(Contact).where(Contact.firstname == "Grace")).one()
    for action, fields in (
        ("edit", {**FIELDS, "position": "Admiral"}),
        ("make-primary", {}),
        ("make-primary", {}),
        ("deactivate", {"successor_email": "", "successor": str(_other(session, grace))}),
        ("reactivate", {}),
        ("archive", {}),
        ("restore", {}),
        ("reactivate", {}),
        ("move", {"customer": f"Beta (#{target.id})"}),
    ):
        assert post(action, grace, **fields).status_code == 302, action
    session.expire_all()
    rows = session.scalars(select(Activity).where(Activity.id.not_in(before))).all()
    assert {row.verb for row in rows} >= {
        "created", "edited", "made_primary", "no_longer_primary", "deactivated", "reactivated",
        "archived", "restored", "moved", "set_password_link_sent",
    }  # fmt: skip
    assert {(row.actor_kind, row.actor_staff_id, row.actor_name, row.address) for row in rows} == {
        ("staff", 1, "Ada Min", "127.0.0.1")
    }


def _other(session: Session, contact: Any) -> int:
    query = select(Contact.id).where(
        Contact.customer_id == contact.customer_id, Contact.id != contact.id
    )
    return session.scalars(query).one()


def test_anonymise_names_the_staff_user(
    post: Make, make_contact: Make, customer: Any, session: Session
) -> None:
    """The last row of an anonymised contact still says who did it."""
    ada = make_contact(customer)
    post("archive", ada)
    assert post("anonymise", ada).status_code == 302
    session.expire_all()
    rows = session.scalars(select(Activity).where(Activity.verb == "anonymised")).all()
    assert [(row.actor_kind, row.actor_name) for row in rows] == [("staff", "Ada Min")]


def test_section(
    post: Make, staff_client: FlaskClient, make_contact: Make, customer: Any, session: Session
) -> None:
    """The page of a contact says when, who, what, and the fields with old and new value."""
    ada = make_contact(customer, firstname="Ada", lastname="Lovelace", position="Analyst",
                       permissions=["invoices"])  # fmt: skip
    boss = make_contact(customer, firstname="Charles", lastname="Babbage", email="cb@example.com")
    fields = {
        "firstname": "Ada",
        "lastname": "King",
        "position": "<b>Countess</b>",
        "email": ada.email,
        "is_user": "y",
        "permissions": ["invoices", "support"],
        "do_not_call": "y",
        "birthday": "1915-12-10",
        "manager": "cb@example.com",
        "account_manager": "admin",
        "contact_preference": "email",
    }
    assert post("edit", ada, **fields).status_code == 302
    words = section(staff_client, customer, ada)
    assert "Changed · Ada Min ·" in words
    for change in (
        "Lastname Lovelace → King",
        "Position Analyst → <b>Countess</b>",
        "Permissions Invoices → Invoices, Support",
        "Do not call No → Yes",
        "Birthday Dec 10, 1915",
        "Manager Charles Babbage",
        "Account manager Ada Min",
        "Contact preferences Any → Email",
    ):
        assert change in words
    assert words.index("Changed") < words.index("Created · The software")
    assert boss.name in words
    html = staff_client.get(f"/customercontacts/edit/{customer.id}/{ada.id}").text
    assert "<b>Countess" not in html


def test_secrets_cannot_appear(
    staff_client: FlaskClient, make_contact: Make, customer: Any, session: Session
) -> None:
    """Only fields that have a label are shown, whatever stands in a row."""
    ada = make_contact(customer)
    changes = {"password": ["s3cret-old", "s3cret-new"], "token": [None, "t0ken"], "email": "odd"}
    session.add(
        Activity(
            contact_id=ada.id,
            verb="strange_verb",
            actor_kind="staff",
            actor_name="<i>Eve</i>",
            address="192.0.2.7",
            changes=changes,
        )
    )
    session.commit()
    html = staff_client.get(f"/customercontacts/edit/{customer.id}/{ada.id}").text
    for secret in ("s3cret", "t0ken", "192.0.2.7", "strange_verb", "<i>Eve"):
        assert secret not in html
    assert "&lt;i&gt;Eve&lt;/i&gt;" in html


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("system", "", "The software"),
        ("contact", "Ada Lovelace", "Ada Lovelace (contact)"),
        ("contact", "", "Anonymised (contact)"),
        ("view_as", "Ada Min", "Ada Min, in the contact's portal"),
        ("staff", "", "Staff"),
    ],
)
def test_who(
    staff_client: FlaskClient,
    make_contact: Make,
    customer: Any,
    session: Session,
    kind: str,
    name: str,
    words: str,
) -> None:
    """Each kind of actor has its words."""
    ada = make_contact(customer)
    session.add(Activity(contact_id=ada.id, verb="signed_in", actor_kind=kind, actor_name=name))
    session.commit()
    assert f"Signed in · {words} ·" in section(staff_client, customer, ada)


def test_pages(
    staff_client: FlaskClient, make_contact: Make, customer: Any, session: Session
) -> None:
    """The section holds 20 entries; Show more goes on before the last of them, to the end."""
    ada = make_contact(customer)
    ids = fill(session, ada, 45)
    words = section(staff_client, customer, ada)
    assert "P044" in words
    assert "P025" in words
    assert "P024" not in words
    url = f"/customercontacts/activity/{customer.id}/{ada.id}"
    html = staff_client.get(f"/customercontacts/edit/{customer.id}/{ada.id}").text
    assert f'href="{url}?before={ids[25]}#activity"' in html
    second = staff_client.get(f"{url}?before={ids[25]}").text
    assert "P024" in second
    assert "P005" in second
    assert "P004" not in second
    last = staff_client.get(f"{url}?before={ids[5]}").text
    assert "P004" in last
    assert "Show more" not in last
    assert "P044" in staff_client.get(url).text


@pytest.mark.parametrize("before", ["abc", "", "1.5", "01", "9" * 30, "%00", "-", "1 OR 1=1"])
def test_bad_keyset(
    staff_client: FlaskClient, make_contact: Make, customer: Any, before: str
) -> None:
    """What is no id is 404; an id below all is an empty page."""
    ada = make_contact(customer)
    url = f"/customercontacts/activity/{customer.id}/{ada.id}"
    assert staff_client.get(f"{url}?before={before}").status_code == 404
    assert "Nothing happened here yet." in staff_client.get(f"{url}?before=0").text


def test_foreign_contact(
    staff_client: FlaskClient, make_contact: Make, make_customer: Make, customer: Any
) -> None:
    """Another customer's contact has no activity here."""
    stranger = make_contact(make_customer())
    url = f"/customercontacts/activity/{customer.id}"
    assert staff_client.get(f"{url}/{stranger.id}").status_code == 404
    assert staff_client.get(f"{url}/99999").status_code == 404


def test_statements_do_not_grow(
    app: Flask,
    staff_client: FlaskClient,
    make_contact: Make,
    customer: Any,
    session: Session,
    statements: Make,
) -> None:
    """The page takes as many statements for 20 entries with names as for 2."""
    ada = make_contact(customer)
    url = f"/customercontacts/edit/{customer.id}/{ada.id}"
    counts = []
    for more in (2, 18):
        managers = [make_contact(customer) for _number in range(more)]
        session.add_all(
            Activity(contact_id=ada.id, verb="edited", actor_kind="staff", actor_name="x",
                     changes={"manager_id": [None, one.id], "account_manager_id": [number, 1]})
            for number, one in enumerate(managers)
        )  # fmt: skip
        session.commit()
        staff_client.get(url)
        with statements() as seen:
            assert staff_client.get(url).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_who_is_gone(
    app: Flask, staff_client: FlaskClient, make_contact: Make, customer: Any, session: Session
) -> None:
    """A former colleague and a former staff user have words in place of a number."""
    ada = make_contact(customer)
    with app.app_context():
        deactivate_contact(session, customer.id, ada.id)
    session.add(Activity(contact_id=ada.id, verb="edited", actor_kind="staff", actor_name="x",
                         changes={"manager_id": [999, None],
                                  "account_manager_id": [777, None]}))  # fmt: skip
    session.commit()
    words = section(staff_client, customer, ada)
    assert "Manager Former contact → –" in words
    assert "Account manager Former staff user → –" in words


@pytest.mark.parametrize(
    ("language", "verb", "button"),
    [
        ("es", "Creado", "Comentar"),
        ("it", "Creato", "Commenta"),
        ("pt", "Criado", "Comentar"),
        ("pt_BR", "Criado", "Comentar"),
    ],
)
@pytest.mark.usefixtures("app_context")
def test_verbs_are_no_columns(app: Flask, language: str, verb: str, button: str) -> None:
    """What happened reads as such, not as the head of a column; the button says what it does."""
    with in_language(language):
        assert str(VERBS["created"]) == verb
        source = app.jinja_env.from_string('{{ pgettext("button", "Comment") }}')
        assert source.render() == button != _("Comment")
