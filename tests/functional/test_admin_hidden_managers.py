"""A manager who is out of sight is named nowhere (BEHAVIOUR S7): the contacts have no company, so
each belongs to the staff who made it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.models import Contact
from flask_contacts.services.agent.contacts import create_agent_contact
from flask_contacts.services.contacts.editing import edit_contact
from flask_contacts.services.staff.roles import RIGHTS
from tests import api_client
from tests.agent_pages import EVERYTHING, error_of, sign_in_limited, value_of
from tests.page_forms import press
from tests.staff_people import post, words

program = api_client.program
URL = "/customer-contacts"
SECRET = "Nobody-elses-business"
HIDDEN = "A contact that you do not see"


@pytest.fixture
def sam(app: Flask, session: Session) -> FlaskClient:
    """Staff who may do everything, and see no customer."""
    rights = [
        f"{right} {name}"
        for name in ("Contacts invitations", "Contacts outgoing mail", "Marketing lists")
        for right in RIGHTS[name]
    ]
    return sign_in_limited(app, session, None, *EVERYTHING, "can_export", *rights)


@pytest.fixture
def alone(app: Flask, session: Session) -> Callable[..., Contact]:
    """``alone("Ada", "sam")`` makes a contact without a company of that staff user's."""

    def make(lastname: str, username: str, **values: Any) -> Contact:
        with app.app_context():
            staff = app.appbuilder.sm.find_user(username=username)  # type: ignore[attr-defined]
            raw = {"firstname": "Ada", "lastname": lastname, "is_user": False, **values}
            made = create_agent_contact(session, None, raw).contact
            made.created_by_id = staff.id
            session.commit()
            return made

    return make


@pytest.fixture
def ada(app: Flask, session: Session, sam: FlaskClient, alone: Callable[..., Contact]) -> Contact:
    """A contact of sam's, whose manager has become the administrator's contact."""
    assert sam is not None  # the user is there
    boss = alone(SECRET, "admin", email=f"{SECRET}@example.com")
    mine = alone("Mine", "sam", email="ada@example.com")
    assert set_manager(app, session, mine, boss).manager_id == boss.id
    return mine


def set_manager(app: Flask, session: Session, contact: Contact, boss: Contact | None) -> Contact:
    """As an administrator does; the contact as it is stored then."""
    with app.app_context():
        raw = {
            "firstname": contact.firstname, "lastname": contact.lastname, "email": contact.email,
            "is_user": False, "manager_id": None if boss is None else boss.id,
        }  # fmt: skip
        edit_contact(session, None, contact.id, raw, email_optional=True)
        return now(session, contact)


def now(session: Session, contact: Contact) -> Contact:
    """The contact as it is stored."""
    session.expire_all()
    return session.get_one(Contact, contact.id)


class _Addresses(HTMLParser):
    """What a page leads to, by links and by forms that only ask."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append(str(given["href"]))
        if tag == "form" and given.get("action") and given.get("method", "get").lower() == "get":
            self.found.append(str(given["action"]))


def crawl(client: FlaskClient, *starts: str) -> dict[str, bytes]:
    """These pages and what their links lead to, each path once; what each says."""
    told: dict[str, bytes] = {}
    waiting, known = deque(starts), {"/logout/", *(one.partition("?")[0] for one in starts)}
    while waiting:
        address = waiting.popleft()
        with client.get(address, follow_redirects=True) as answer:
            told[address] = answer.data
        assert answer.status_code < 500, address
        if answer.mimetype == "text/html":
            page = _Addresses()
            page.feed(answer.text)
            for one in page.found:
                parts = urlsplit(urljoin(address, one))
                if parts.path not in known and not parts.netloc:
                    known.add(parts.path)
                    waiting.append(f"{parts.path}?{parts.query}".rstrip("?"))
    return told


def test_no_page_names_one(sam: FlaskClient, ada: Contact) -> None:
    """Neither the page, the form, the list with all its columns and its files, the activity, the
    look-ups, nor whatever else a link leads to from there."""
    chosen = {"column": ["email", "reports_to"], "rows": "25"}
    assert post(sam, f"{URL}/columns", **chosen).status_code == 302
    page, form = f"{URL}/show/{ada.id}", f"{URL}/edit/{ada.id}"
    starts = [
        f"{URL}/", page, form, f"{URL}/delete/{ada.id}", f"{URL}/move/{ada.id}",
        f"{URL}/managers?q=", f"{URL}/managers?q={SECRET[:4]}", f"{URL}/?q={SECRET}",
        *(f"/customer-contacts-export/{kind}" for kind in ("csv", "vcard")),
    ]  # fmt: skip
    told = crawl(sam, *starts)
    assert len(told) > 20
    assert [
        one for one, said in told.items() if SECRET.encode() in said and SECRET not in one
    ] == []
    for kind in ("csv", "vcard"):
        assert b"ada@example.com" in told[f"/customer-contacts-export/{kind}"]
    assert "<strong>Ada Mine<" in told[f"{URL}/"].decode()
    assert HIDDEN in words(told[page].decode())
    assert value_of(told[form].decode(), "manager") == HIDDEN
    assert f"/show/{ada.manager_id}" not in told[page].decode()


def test_no_program_reads_one(app: Flask, ada: Contact, program: Callable[..., Any]) -> None:
    """A program reads the id; given back as it was read, the manager stays; another one who is
    out of sight is refused."""
    sam = program("sam")
    for path in ("/", f"/{ada.id}", f"/{ada.id}/topics"):
        assert SECRET not in sam.get(path).text, path
    given = sam.get(f"/{ada.id}").json["result"]["manager"]
    assert given == ada.manager_id
    assert sam.put(f"/{ada.id}", manager=given, position="Analyst").status_code == 200
    other = sam.post("/", firstname="Eve", lastname="Lind", is_user=False).json["result"]["id"]
    assert api_client.errors(sam.put(f"/{other}", manager=given)) != {}


def test_saving_the_form_keeps_one(sam: FlaskClient, session: Session, ada: Contact) -> None:
    """Untouched or with another field changed, also by a page without the marks of the opened
    form; emptied, it goes. What the manager is called cannot be tried out."""
    boss, url = ada.manager_id, f"{URL}/edit/{ada.id}"
    assert press(sam, sam.get(url), "Save").status_code == 200
    assert now(session, ada).manager_id == boss
    assert press(sam, sam.get(url), "Save", position="Analyst").status_code == 200
    assert (now(session, ada).manager_id, now(session, ada).position) == (boss, "Analyst")
    plain = {"firstname": "Ada", "lastname": "Mine", "email": "ada@example.com"}
    assert post(sam, url, **plain, manager=HIDDEN).status_code == 302
    assert now(session, ada).manager_id == boss
    for guess in (f"Ada {SECRET}", f"Ada {SECRET} (#{boss})", f"{SECRET}@example.com"):
        for opened in (True, False):
            if opened:
                answer = press(sam, sam.get(url), "Save", manager=guess)
            else:
                answer = post(sam, url, **plain, manager=guess)
            assert answer.status_code == 422, guess
            assert error_of(answer.text, "manager") != "", guess
    assert press(sam, sam.get(url), "Save", manager="").status_code == 200
    assert now(session, ada).manager_id is None


def test_one_who_came_meanwhile(
    app: Flask, sam: FlaskClient, session: Session, ada: Contact, alone: Callable[..., Contact]
) -> None:
    """Where an administrator has set another one since the form was opened, it says so and names
    nobody; saved again, what was typed holds."""
    eve, boss = alone("Eve", "sam"), session.get_one(Contact, ada.manager_id)
    set_manager(app, session, ada, None)
    page = sam.get(f"{URL}/edit/{ada.id}")
    set_manager(app, session, ada, boss)
    refused = press(sam, page, "Save", manager=f"Ada Eve (#{eve.id})")
    assert refused.status_code == 422
    assert f"“{HIDDEN}”" in error_of(refused.text, "manager")
    assert SECRET not in refused.text
    assert press(sam, refused, "Save").status_code == 200
    assert now(session, ada).manager_id == eve.id


def test_a_team_out_of_sight(
    app: Flask, sam: FlaskClient, staff_client: FlaskClient, session: Session,
    alone: Callable[..., Contact],
) -> None:  # fmt: skip
    """Who would lose a manager is counted, and named only where in sight."""
    boss, theirs = alone("Boss", "sam"), alone(SECRET, "admin")
    set_manager(app, session, theirs, boss)
    url = f"{URL}/delete/{boss.id}"
    said = words(sam.get(url).text)
    assert "1 contact has Ada Boss as manager, and will have none." in said
    assert SECRET not in said
    assert f"Ada {SECRET} has Ada Boss as manager" in words(staff_client.get(url).text)
    set_manager(app, session, alone("Mine", "sam"), boss)
    said = words(sam.get(url).text)
    assert "Ada Mine and 1 more have Ada Boss as manager, and will have none." in said
    assert SECRET not in said


def test_who_sees_all_reads_the_name(staff_client: FlaskClient, ada: Contact) -> None:
    """With its link, as ever."""
    html = staff_client.get(f"{URL}/show/{ada.id}").text
    assert SECRET in html
    assert f"/show/{ada.manager_id}" in html
    assert value_of(staff_client.get(f"{URL}/edit/{ada.id}").text, "manager") == f"Ada {SECRET}"
