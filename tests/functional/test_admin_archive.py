"""Archive, restore, anonymise, delete: the way of a contact out of the books, by staff."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Column, ForeignKey, Integer, Table, func, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from flask_contacts.models import Base, Contact, Mail
from flask_contacts.services.contacts.archive import archive_contact
from tests.host_app import HostTicket, customer_url

Make = Callable[..., Any]


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def post(staff_client: FlaskClient, csrf: Make, customer: Any) -> Make:
    """``post("archive", contact, …fields)`` posts to one of the tab's addresses."""

    def send(action: str, contact: Any, **fields: Any) -> Any:
        token = csrf(staff_client, "/contacts-settings/")
        url = f"/customercontacts/{action}/{customer.id}/{getattr(contact, 'id', contact)}"
        return staff_client.post(url, data={**fields, "csrf_token": token})

    return send


@pytest.fixture
def archived(app: Flask, customer: Any, make_contact: Make, session: Session) -> Any:
    """An archived contact beside an active one."""
    make_contact(customer, firstname="Ada", lastname="Lovelace")
    grace = make_contact(
        customer, firstname="Grace", lastname="Hopper", email="grace@example.com", notes="private",
        permissions=["invoices"],
    )  # fmt: skip
    with app.app_context():
        archive_contact(session, customer.id, grace.id)
    return grace


@pytest.fixture
def pledges(engine: Engine) -> Iterator[Table]:
    """A table of the host whose rows forbid that their contact is deleted."""
    table = Table(
        "host_pledge",
        Base.metadata,
        Column("id", Integer, primary_key=True),
        Column("contact_id", ForeignKey(Contact.id)),
    )
    table.create(engine)
    yield table
    table.drop(engine)
    Base.metadata.remove(table)


def text_of(html: str) -> str:
    """The words of a page in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def said(client: FlaskClient, customer: Any) -> str:
    """The messages on the customer's page."""
    html = client.get(customer_url(customer)).text
    return " ".join(text_of(one) for one in re.findall(r'(?s)<div class="alert.*?</div>', html))


def test_archive_asks_first(
    post: Make, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """A page asks; looking changes nothing; POST archives and the contact leaves the list."""
    make_contact(customer)
    grace = make_contact(customer, firstname="Grace", lastname="Hopper")
    url = f"/customercontacts/archive/{customer.id}/{grace.id}"
    assert "Archive Grace Hopper?" in staff_client.get(url).text
    staff_client.head(url)
    session.expire_all()
    assert session.get_one(Contact, grace.id).archived_at is None
    assert post("archive", grace).location == f"{customer_url(customer)}#ContactsTab"
    session.expire_all()
    assert session.get_one(Contact, grace.id).archived_at is not None
    assert "Grace Hopper is archived." in said(staff_client, customer)
    html = staff_client.get(customer_url(customer)).text
    assert "Hopper" not in html
    assert "Archived (1)" in html
    assert '<span class="badge">1</span>' in html


def test_archive_of_the_primary(
    post: Make, customer: Any, make_contact: Make, session: Session
) -> None:
    """C4: the primary contact is archived only when another active one is named."""
    ada = make_contact(customer)
    grace = make_contact(customer)
    for wrong in ("", "0", "abc", str(ada.id)):
        assert post("archive", ada, successor=wrong).status_code == 422
    session.expire_all()
    assert session.get_one(Contact, ada.id).active
    assert post("archive", ada, successor=str(grace.id)).status_code == 302
    session.expire_all()
    assert session.get_one(Contact, grace.id).is_primary


def test_archived_list(
    staff_client: FlaskClient, customer: Any, archived: Any, session: Session
) -> None:
    """The link below the list opens the archived ones, with what can be done to them."""
    page = staff_client.get(customer_url(customer)).text
    assert f'href="{customer_url(customer)}?contacts_archived=1#ContactsTab"' in page
    html = staff_client.get(f"{customer_url(customer)}?contacts_archived=1").text
    tab = html[html.index('id="ContactsTab"') :]
    assert "Grace Hopper" in tab
    assert "Lovelace" not in tab
    for word in ("Restore", "Anonymise", "Delete"):
        assert word in tab
    for word in ("Deactivate", "Make primary", "New Contact", "Move to"):
        assert word not in tab
    assert '<span class="badge">1</span>' in html


def test_archived_list_is_paged(
    staff_client: FlaskClient, customer: Any, session: Session, archived: Any
) -> None:
    """Its pages stay in the archive."""
    session.add_all(
        Contact(customer_id=customer.id, email_scope=str(customer.id), firstname="F", active=False,
                lastname=f"L{number:03}", archived_at=archived.created_at)
        for number in range(30)
    )  # fmt: skip
    session.commit()
    url = f"{customer_url(customer)}?contacts_archived=1"
    html = staff_client.get(url).text
    assert f'href="{url.replace("&", "&amp;")}&amp;contacts_page=2#ContactsTab" rel="next"' in html
    assert "L029" in staff_client.get(f"{url}&contacts_page=2").text
    assert "There is no page" in staff_client.get(f"{url}&contacts_page=9").text


@pytest.mark.parametrize("value", ["0", "2", "yes", "", "1x"])
def test_odd_argument(staff_client: FlaskClient, customer: Any, archived: Any, value: str) -> None:
    """Anything but 1 opens the contacts."""
    html = staff_client.get(f"{customer_url(customer)}?contacts_archived={value}").text
    assert "Lovelace" in html
    assert "Hopper" not in html


def test_empty_archive(staff_client: FlaskClient, customer: Any, make_contact: Make) -> None:
    """Without archived contacts there is no link, and the list says so."""
    make_contact(customer)
    assert "Archived (" not in staff_client.get(customer_url(customer)).text
    html = staff_client.get(f"{customer_url(customer)}?contacts_archived=1").text
    assert "No contact is archived." in html


def test_restore(
    post: Make, staff_client: FlaskClient, customer: Any, archived: Any, session: Session
) -> None:
    """One button takes a contact out of the archive."""
    assert post("restore", archived).status_code == 302
    session.expire_all()
    assert session.get_one(Contact, archived.id).archived_at is None
    assert "Grace Hopper is back in the list" in said(staff_client, customer)


def test_restore_with_a_taken_address(
    post: Make, staff_client: FlaskClient, customer: Any, archived: Any, make_contact: Make,
    session: Session,
) -> None:  # fmt: skip
    """Where another contact has the address by now, the page says so and nothing changes."""
    make_contact(customer, email="grace@example.com")
    post("restore", archived)
    session.expire_all()
    assert session.get_one(Contact, archived.id).archived_at is not None
    assert "Another contact of this customer has its address" in said(staff_client, customer)


def test_archived_contact_is_not_edited(
    post: Make, staff_client: FlaskClient, customer: Any, archived: Any, session: Session
) -> None:
    """Its pages say that it is archived, and no change goes through them."""
    for action in ("edit", "deactivate", "archive", "move"):
        page = staff_client.get(f"/customercontacts/{action}/{customer.id}/{archived.id}").text
        assert "This contact is archived. Restore it first." in page
        assert 'type="submit"' not in page
    fields = {"firstname": "Eve", "lastname": "Hopper", "email": "grace@example.com"}
    assert post("edit", archived, **fields).status_code == 422
    assert post("deactivate", archived).status_code == 422
    assert post("archive", archived).status_code == 422
    for action in ("reactivate", "make-primary"):
        assert post(action, archived).status_code == 302
    session.expire_all()
    row = session.get_one(Contact, archived.id)
    assert (row.firstname, row.active, row.is_primary) == ("Grace", False, False)


def test_anonymise(
    post: Make, staff_client: FlaskClient, customer: Any, archived: Any, session: Session
) -> None:
    """The page says what goes and that it is final; then nothing of the person is left."""
    url = f"/customercontacts/anonymise/{customer.id}/{archived.id}"
    page = text_of(staff_client.get(url).text)
    assert "Anonymise Grace Hopper?" in page
    assert "manager, and will have none" not in page
    assert "This is final and cannot be undone." in page
    assert "phone numbers" in page
    response = post("anonymise", archived)
    assert response.location == f"{customer_url(customer)}?contacts_archived=1#ContactsTab"
    session.expire_all()
    row = session.get_one(Contact, archived.id)
    assert (row.name, row.email, row.notes) == ("Anonymised contact", None, None)
    html = staff_client.get(f"{customer_url(customer)}?contacts_archived=1").text
    tab = html[html.index('id="ContactsTab"') :]
    assert "Hopper" not in tab
    assert "contacts-permission" not in tab
    assert "Restore" not in tab
    assert "/customercontacts/anonymise/" not in tab
    assert "/customercontacts/delete/" in tab
    post("restore", archived)
    assert "An anonymised contact cannot be restored." in said(staff_client, customer)


@pytest.mark.parametrize("action", ["anonymise", "delete"])
def test_who_loses_the_manager(
    post: Make,
    staff_client: FlaskClient,
    customer: Any,
    make_contact: Make,
    archived: Any,
    action: str,
) -> None:
    """The page names those whose manager goes for good; their activity has it, without a name.
    Archiving is no word about them: they keep the manager, and the form of theirs can be saved."""
    boss = make_contact(customer, firstname="Olivia", lastname="Boss", email="boss@example.com")
    ana = make_contact(customer, firstname="Ana", lastname="Lima", manager="boss@example.com")
    sentence = "Ana Lima has Olivia Boss as manager, and will have none."
    assert (
        sentence not in staff_client.get(f"/customercontacts/archive/{customer.id}/{boss.id}").text
    )
    post("archive", boss)
    edit = f"/customercontacts/edit/{customer.id}/{ana.id}"
    assert 'value="boss@example.com"' in staff_client.get(edit).text
    fields = {"firstname": "Ana", "lastname": "Lima", "email": ana.email, "is_user": "y"}
    assert post("edit", ana, manager="boss@example.com", **fields).status_code == 302
    page = staff_client.get(f"/customercontacts/{action}/{customer.id}/{boss.id}").text
    assert sentence in page
    assert post(action, boss).status_code == 302
    words = text_of(staff_client.get(f"/customercontacts/activity/{customer.id}/{ana.id}").text)
    gone = "deleted" if action == "delete" else "anonymised"
    assert f"Lost the manager, who was {gone}" in words
    assert "Olivia" not in words[words.index("Lost the manager") :]


def test_anonymise_only_archived(
    post: Make, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """A contact that is not archived is not anonymised; the page has no button."""
    ada = make_contact(customer)
    page = staff_client.get(f"/customercontacts/anonymise/{customer.id}/{ada.id}").text
    assert "Archive the contact first." in page
    assert 'type="submit"' not in page
    assert post("anonymise", ada).status_code == 422
    session.expire_all()
    assert session.get_one(Contact, ada.id).email is not None


def test_preview_of_a_deletion(
    staff_client: FlaskClient, post: Make, customer: Any, make_contact: Make, session: Session
) -> None:
    """Before it is deleted the page counts what goes and what stays, the host's rows too."""
    make_contact(customer)
    grace = make_contact(customer, send_password_mail=True, password="")
    session.add_all(
        HostTicket(subject=f"T{number}", customer_id=customer.id, contact_id=grace.id)
        for number in range(3)
    )
    session.commit()
    page = text_of(staff_client.get(f"/customercontacts/delete/{customer.id}/{grace.id}").text)
    goes, stays = page.index("What goes"), page.index("What stays")
    assert goes < page.index("entries of its activity") < stays
    assert goes < page.index("The login") < stays
    assert stays < page.index("1 email in the records of outgoing mail")
    assert stays < page.index("Tickets: 3 (kept, they lose the contact)")
    assert post("delete", grace).status_code == 302
    session.expire_all()
    assert session.scalars(select(HostTicket.contact_id)).all() == [None, None, None]
    assert session.scalar(select(func.count()).select_from(Mail)) == 1


def test_rows_in_the_way(
    staff_client: FlaskClient,
    post: Make,
    customer: Any,
    make_contact: Make,
    session: Session,
    pledges: Table,
) -> None:
    """Where the host's rows forbid it, the page says which, in words, and nothing of what a
    deletion would do; there is a link to Archive and no button, and a POST changes nothing."""
    make_contact(customer)
    grace = make_contact(customer)
    session.execute(insert(pledges), [{"contact_id": grace.id}, {"contact_id": grace.id}])
    session.commit()
    page = staff_client.get(f"/customercontacts/delete/{customer.id}/{grace.id}").text
    assert "Host pledge: 2" in page
    assert "deleted for good" not in page
    assert "What goes" not in page
    assert f'href="/customercontacts/archive/{customer.id}/{grace.id}"' in page
    assert "cannot be deleted" in page
    assert 'type="submit"' not in page
    refused = post("delete", grace)
    assert refused.status_code == 422
    assert "In the way: Host pledge: 2." in refused.text
    session.expire_all()
    assert session.get(Contact, grace.id) is not None
    assert post("archive", grace).status_code == 302


def test_delete_from_the_archive(
    post: Make, staff_client: FlaskClient, customer: Any, archived: Any, session: Session
) -> None:
    """An archived contact is deleted, and staff are back in the archive."""
    pk = archived.id
    response = post("delete", archived)
    assert response.location == f"{customer_url(customer)}?contacts_archived=1#ContactsTab"
    session.expire_all()
    assert session.get(Contact, pk) is None


@pytest.mark.parametrize("action", ["archive", "restore", "anonymise", "delete", "move"])
def test_foreign_contact(
    post: Make, make_contact: Make, make_customer: Make, session: Session, action: str
) -> None:
    """A contact of another customer, and one that does not exist, are 404."""
    stranger = make_contact(make_customer())
    assert post(action, stranger).status_code == 404
    assert post(action, 99_999).status_code == 404
    session.expire_all()
    assert session.get_one(Contact, stranger.id).archived_at is None


@pytest.mark.parametrize(
    "action", ["archive", "restore", "anonymise", "delete", "move", "make-primary", "reactivate"]
)
def test_foreign_fields(
    post: Make, customer: Any, make_contact: Make, session: Session, action: str
) -> None:
    """8.2.3: a field that the page does not have is refused."""
    make_contact(customer)
    grace = make_contact(customer)
    assert post(action, grace, customer_id="1").status_code == 422
    session.expire_all()
    row = session.get_one(Contact, grace.id)
    assert (row.active, row.archived_at, row.is_primary) == (True, None, False)


@pytest.mark.bundled_only(reason="the bundled customers' page for a deletion")
def test_customer_with_archived_contacts(
    staff_client: FlaskClient, csrf: Make, customer: Any, archived: Any, post: Make
) -> None:
    """A customer is not deleted while archived contacts are left; the message names them."""
    url = f"/customers/delete/{customer.id}"
    token = {"csrf_token": csrf(staff_client, "/contacts-settings/")}
    words = text_of(staff_client.get(url).text)
    assert "This customer has 2 contacts. Delete them first, then the customer." in words
    assert "1 of them is archived" in words
    active = re.findall(r"/customercontacts/edit/\d+/(\d+)", staff_client.get(
        customer_url(customer)).text)[0]  # fmt: skip
    post("delete", active)
    refused = staff_client.post(url, data=token)
    assert refused.status_code == 422
    assert "This customer has 1 contact. Delete it first" in refused.text
    assert "It is archived: open Archived in its tab." in refused.text
    post("delete", archived)
    assert staff_client.post(url, data=token).status_code == 302
