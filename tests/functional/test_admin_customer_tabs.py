"""The tabs of the bundled customers' page: their addresses, what is written when, their rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Contact, CustomerNote
from tests.host_app import ADMIN, add_customer, create_host_app, customer_url, db
from tests.staff_people import VIEW_ALL, add_staff, browser_of

pytestmark = pytest.mark.bundled_only(reason="on a host's own page its tabs are the host's")

Make = Callable[..., Any]
SHOW = ("can_show", "Contacts customers")
CONTACTS = tuple((f"can_{name}", "Customer contacts") for name in ("show", "edit", "delete"))
NOTES = ("can_show", "Customer notes")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def open_tabs(html: str) -> list[str]:
    """The tabs that a page is opened at, and the panes that it shows."""
    links = re.findall(r'<li class="active"[^>]*><a href="[^"]*#(\w+)" role="tab"', html)
    return [*links, *re.findall(r'<div id="(\w+)" class="tab-pane active"', html)]


def pane(html: str, name: str) -> str:
    """What a tab holds."""
    return re.split(r'<div id="\w+" class="tab-pane', html[html.index(f'<div id="{name}"') :])[1]


def test_each_tab_has_an_address(staff_client: FlaskClient, make_customer: Make) -> None:
    """Without a script a tab's link opens the page at it; a page of its list does as well."""
    url = customer_url(make_customer())
    html = staff_client.get(url).text
    assert open_tabs(html) == ["Home", "Home"]
    links = re.findall(r'href="([^"]+)" role="tab"', html)
    assert links == [
        f"{url}#Home",
        *(f"{url}?tab={name}#{name}" for name in ("ContactsTab", "NotesTab", "CustomerAdminsTab")),
    ]
    for link in links:
        name = link.partition("#")[2]
        assert open_tabs(staff_client.get(link).text) == [name, name]
    for query, name in (
        ("tab=Nothing", "Home"),
        ("contacts_archived=1", "ContactsTab"),
        ("contacts_page=2", "ContactsTab"),
        ("notes_page=2", "NotesTab"),
        ("notes_page=2&tab=ContactsTab", "ContactsTab"),
    ):
        assert open_tabs(staff_client.get(f"{url}?{query}").text) == [name, name]


def test_what_is_written_later(
    staff_client: FlaskClient, make_customer: Make, session: Session, statements: Make
) -> None:
    """Notes and who looks after a customer are read when their tab is opened, and not before."""
    customer = make_customer()
    session.add(CustomerNote(customer_id=customer.id, body="Called twice", author="Ada"))
    session.commit()
    url = customer_url(customer)
    staff_client.get(url)
    with statements() as seen:
        html = staff_client.get(url).text
    assert not re.findall("contacts_customer_(?:note|admin)", " ".join(seen))
    for name, words in (("NotesTab", "Called twice"), ("CustomerAdminsTab", "Nobody looks after")):
        assert "data-contacts-later" in pane(html, name)
        assert words not in html
        opened = pane(staff_client.get(f"{url}?tab={name}").text, name)
        assert words in opened
        assert "data-contacts-later" not in opened


def test_a_closed_tab_stays_closed(app: Flask, make_customer: Make, session: Session) -> None:
    """Whoever may not see a tab is not shown it by its address; who may, sees it as before."""
    customer = make_customer()
    session.add(CustomerNote(customer_id=customer.id, body="Called twice", author="Ada"))
    session.commit()
    add_staff(app, "sam", SHOW, VIEW_ALL)
    add_staff(app, "lou", SHOW, VIEW_ALL, NOTES)
    url = f"{customer_url(customer)}?tab=NotesTab"
    closed = browser_of(app, "sam").get(url).text
    assert "Called twice" not in closed
    assert "NotesTab" not in closed.replace(f"{url}", "")
    assert open_tabs(closed) == ["Home", "Home"]
    assert "Called twice" in browser_of(app, "lou").get(url).text


def buttons(client: FlaskClient, url: str) -> dict[str, str]:
    """The buttons of each row on a customer's page, by the name that they are for."""
    html = pane(client.get(url).text, "ContactsTab")
    found = re.findall(r'(?s)<td class="contacts-actions">(.*?)</td>', html)
    return {re.findall(r"· ([^<]+)</span>", one)[0]: one for one in found}


def test_buttons_are_of_their_row(
    app: Flask, staff_client: FlaskClient, make_customer: Make, make_contact: Make
) -> None:
    """What is kept of the buttons is nobody's: each row has its own contact, its customer and the
    token of its reader, and what the reader may do."""
    add_staff(app, "sam", SHOW, VIEW_ALL, CONTACTS[0], CONTACTS[1])
    sam = browser_of(app, "sam")
    for company in ("Acme", "Bolt"):
        customer = make_customer(company)
        people = [
            make_contact(customer, firstname=f"<{company}>", lastname=f"No {n}") for n in "ab"
        ]
        for client in (staff_client, sam):
            found = buttons(client, customer_url(customer))
            assert set(found) == {f"&lt;{company}&gt; No {n}" for n in "ab"}
            for person in people:
                html = found[f"&lt;{company}&gt; {person.lastname}"]
                keys = set(
                    re.findall(r'(?:href|action)="/customercontacts/[\w-]+/(\d+)/(\d+)"', html)
                )
                assert keys == {(str(customer.id), str(person.id))}
                assert ("Delete" in html) is (client is staff_client)
                assert ("Send the link" in html) is (client is staff_client)
    hers, his = (
        set(TOKEN.findall(str(buttons(one, customer_url(customer))))) for one in (staff_client, sam)
    )
    assert len(hers) == len(his) == 1
    action = f"/customercontacts/make-primary/{customer.id}/{people[-1].id}"
    for client, token, status in ((sam, hers, 400), (sam, his, 302)):
        assert client.post(action, data={"csrf_token": min(token)}).status_code == status


def test_addresses_of_a_host(tmp_path: Path) -> None:
    """Where the host puts something into every address, it stands in those of each row anew."""
    host, count = create_host_app(f"sqlite:///{tmp_path / 'other.db'}"), iter(range(10_000))

    @host.url_defaults
    def number(_endpoint: str, values: dict[str, object]) -> None:
        values.setdefault("v", next(count))

    with host.app_context():
        customer = add_customer(db.session, "Acme")
        testing.make_contact(db.session, customer)
        url = customer_url(customer)
    client = host.test_client()
    assert testing.staff_sign_in(client, *ADMIN).status_code == 302
    assert buttons(client, url) != buttons(client, url)


def test_buttons_follow_the_state(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """The buttons change with the contact, at once, and are in the reader's language."""
    customer = make_customer()
    make_contact(customer, firstname="Ada")
    bob = make_contact(customer, firstname="Bob")
    name = bob.name
    assert "Make primary" in buttons(staff_client, customer_url(customer))[name]
    session.get(Contact, bob.id).active = False
    session.commit()
    assert "Reactivate" in buttons(staff_client, customer_url(customer))[name]
    assert "Make primary" not in buttons(staff_client, customer_url(customer))[name]
    staff_client.get("/lang/pt_BR")
    assert "Reactivate" not in buttons(staff_client, customer_url(customer))[name]
    staff_client.get("/lang/en")
    assert "Reactivate" in buttons(staff_client, customer_url(customer))[name]
