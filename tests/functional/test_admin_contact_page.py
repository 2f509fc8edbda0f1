"""The page of a contact in the agent interface: what it tells, its buttons, its lists (S5, S6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.errors import InvalidInput
from flask_contacts.models import Activity, Contact
from flask_contacts.services.agent import related_records
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.state import current_contacts
from tests.agent_pages import EVERYTHING, URL, hidden_customer, post, sign_in_limited, tab
from tests.host_app import HostTicket, contacts, customer_url
from tests.page_forms import press
from tests.staff_people import words

Make = Callable[..., Any]
TICKETS = "can_list HostTicketView"


@pytest.fixture
def acme(make_customer: Make) -> Any:
    """A company."""
    return make_customer(company="Acme")


@pytest.fixture
def ada(acme: Any, make_contact: Make) -> Any:
    """Its primary contact."""
    return make_contact(
        acme, firstname="Ada", lastname="Lovelace", email="ada@example.com", position="Analyst",
        phone="+44 20 7946 0958", permissions=["invoices"], topics=["invoice", "tickets"],
        notes="Likes <i>engines</i>.",
    )  # fmt: skip


@pytest.fixture
def loose(app: Flask, session: Session) -> Contact:
    """A contact without a company, made by the administrator."""
    with app.app_context():
        raw = {"firstname": "Lee", "lastname": "Dao", "is_user": False, "email": "lee@example.com"}
        contact = create_contact(session, None, raw).contact
        contact.created_by_id = 1
        session.commit()
        return contact


def page(client: FlaskClient, contact: Any, query: str = "") -> str:
    """The page of a contact."""
    response = client.get(f"{URL}/show/{contact.id}{query}")
    assert response.status_code == 200
    return str(response.text)


def buttons(html: str) -> list[str]:
    """The words of the buttons and of the menu's entries, in their order."""
    head = html[html.index('class="contacts-page-actions"') : html.index("data-form-tabs")]
    found = re.findall(r"(?s)<(?:a|button)[^>]*>(.*?)</(?:a|button)>", head)
    return [words(one).strip() for one in found]


def related(html: str, name: str) -> str:
    """One of the lists under the page."""
    start = html.index(f'id="list-{name}"')
    return html[start : html.index("</section>", start)]


def rows(html: str, name: str) -> list[str]:
    """The first cell of each row of a list."""
    found = re.findall(r"<strong>(.*?)</strong>", related(html, name))
    return [unescape(one) for one in found]


def count_of(html: str, name: str) -> str:
    """The number beside the heading of a list."""
    found = re.search(r'<span class="badge">(.*?)</span>', related(html, name))
    assert found is not None
    return found[1]


def add_ticket(session: Session, customer: Any, subject: str, contact: Any = None) -> Any:
    """A ticket of the host's, of a contact or of none."""
    ticket = HostTicket(
        subject=subject, customer_id=customer.id, contact_id=contact.id if contact else None
    )
    session.add(ticket)
    session.commit()
    return ticket


def test_head_and_detail(staff_client: FlaskClient, acme: Any, ada: Any) -> None:
    """Who it is, where, in which state; then the fields that hold something, by tab."""
    html = page(staff_client, ada)
    head = words(html[html.index("contacts-head") : html.index("data-form-tabs")])
    assert "Ada Lovelace Analyst · Acme Active Primary contact" in head
    assert f'href="{customer_url(acme)}' in html
    detail = words(tab(html, "detail"))
    for text in (
        "First name Ada Last name Lovelace", "Is user Yes User ada@example.com",
        "Job title Analyst", "Work phone +44 20 7946 0958", "Email ada@example.com",
        "Notes Likes <i>engines</i>.",
    ):  # fmt: skip
        assert text in detail
    assert "Middle name" not in detail
    assert 'href="tel:+442079460958"' in html
    assert 'href="mailto:ada@example.com"' in html
    assert "<i>engines</i>" not in html


def test_permissions(staff_client: FlaskClient, session: Session, ada: Any) -> None:
    """Every module with on or off; of what is on, who gave it and when, where that is known."""
    shown = words(tab(page(staff_client, ada), "permissions"))
    assert "Invoices On Given by The software on" in shown
    assert "Estimates Off" in shown
    key = session.get_one(Contact, ada.id).customer_id
    assert post(staff_client, f"/customercontacts/grant/{key}/{ada.id}", module="support")
    shown = words(tab(page(staff_client, ada), "permissions"))
    assert re.search(r"Support On Given by Ada Min on \w+ \d", shown)
    session.query(Activity).delete()
    session.commit()
    shown = words(tab(page(staff_client, ada), "permissions"))
    assert "Support On" in shown
    assert "Given by" not in shown


def test_notifications(staff_client: FlaskClient, ada: Any) -> None:
    """Every topic with whether its mail goes to the contact, and the reason (N1)."""
    shown = words(tab(page(staff_client, ada), "notifications"))
    assert "Invoice Gets it Topic is on" in shown
    assert "Tickets Does not get it No permission for Support" in shown
    assert "Task Does not get it" in shown


def test_activity(staff_client: FlaskClient, app: Flask, session: Session, ada: Any) -> None:
    """The newest entries, and a way to older ones; a place that cannot be is not there."""
    session.add_all(
        Activity(contact_id=ada.id, verb="signed_in", changes={}, actor_kind="system",
                 actor_name=f"n{number}")
        for number in range(45)
    )  # fmt: skip
    session.commit()
    html = page(staff_client, ada)
    older = re.search(r'href="([^"]*before=\d+[^"]*)" rel="next"', html)
    assert older is not None
    assert older[1].endswith("#tab-activity")
    second = staff_client.get(unescape(older[1]).partition("#")[0])
    assert second.status_code == 200
    assert "data-open" in second.text
    assert "Newest" in words(second.text)
    assert words(tab(second.text, "activity")).count("Signed in") == 20
    for asked in ("abc", "0x1", "99999999999", "1.5"):
        assert staff_client.get(f"{URL}/show/{ada.id}?before={asked}").status_code == 404


def test_buttons(staff_client: FlaskClient, ada: Any, acme: Any, make_contact: Make) -> None:
    """Everything that can be done with this contact, and nothing that cannot."""
    first = buttons(page(staff_client, ada))
    assert first[0] == "Edit"
    assert {"Check access", "See the portal as this contact", "Move to another customer"} < {*first}
    assert {"Deactivate", "Archive", "Delete", "Who gets what"} < {*first}
    assert "Make primary" not in first
    second = make_contact(acme, firstname="Bea", lastname="B")
    assert "Make primary" in buttons(page(staff_client, second))


def test_buttons_without_a_company(staff_client: FlaskClient, loose: Any) -> None:
    """What needs a company is not offered; the rest works from the page and comes back to it."""
    shown = buttons(page(staff_client, loose))
    assert {"Edit", "Deactivate", "Archive", "Delete"} < {*shown}
    for text in ("Check access", "Make primary", "Move to another customer", "Who gets what"):
        assert text not in shown
    assert "No company yet" in words(page(staff_client, loose))
    assert post(staff_client, f"{URL}/make-primary/{loose.id}").status_code == 404
    moving = staff_client.get(f"{URL}/move/{loose.id}")
    assert moving.location == f"{URL}/edit/{loose.id}"


def test_a_life(
    staff_client: FlaskClient, session: Session, loose: Any, ada: Any, acme: Any, make_contact: Make
) -> None:
    """Deactivate, reactivate, archive, restore, anonymise, delete: each asks or does, and leads
    back to the page with the list's filters; with a company and without one."""
    other = make_contact(acme, firstname="Bea", lastname="B", email="bea@example.com")
    for contact in (loose, other):
        here = f"{URL}/show/{contact.id}?list=q%3Dx"
        for step, asks in (
            ("deactivate", True), ("reactivate", False), ("archive", True), ("restore", False),
            ("archive", True), ("anonymise", True),
        ):  # fmt: skip
            url = f"{URL}/{step}/{contact.id}?list=q%3Dx"
            asked = staff_client.get(url)
            assert asked.status_code == (200 if asks else 405), step
            if asks:
                assert f'href="{here}"' in asked.text
                assert "None" not in words(asked.text)
            assert post(staff_client, url).location == here, step
        assert "Anonymised" in words(page(staff_client, contact))
        done = post(staff_client, f"{URL}/delete/{contact.id}?list=q%3Dx")
        assert done.location == f"{URL}/?q=x"
    assert session.scalar(select(func.count()).select_from(Contact)) == 1


def test_make_primary_move_invite(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any, make_contact: Make,
    make_customer: Make,
) -> None:  # fmt: skip
    """They do what they do in the customer's tab, and come back to the page."""
    bea = make_contact(acme, firstname="Bea", lastname="B", email="bea@example.com")
    target = make_customer(company="Target")
    here = f"{URL}/show/{bea.id}"
    assert post(staff_client, f"{URL}/invite/{bea.id}").location == here
    assert post(staff_client, f"{URL}/make-primary/{bea.id}").location == here
    assert (
        post(staff_client, f"{URL}/move/{bea.id}", customer="Target", successor=ada.id).location
        == here
    )
    session.expire_all()
    assert session.get_one(Contact, bea.id).customer_id == target.id
    assert session.get_one(Contact, ada.id).is_primary


def test_two_factor_is_told(
    staff_client: FlaskClient, app: Flask, session: Session, ada: Any, make_customer: Make
) -> None:
    """Its state is told to staff who may know of logins, and to no others."""
    assert "Two-factor authentication is off." in words(page(staff_client, ada))
    limited = sign_in_limited(app, session, session.get_one(Contact, ada.id).customer, *EVERYTHING)
    assert "Two-factor" not in words(page(limited, ada))


def test_related_list(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any, make_contact: Make
) -> None:
    """The host's records of this contact and no others, each with the way to its page."""
    bea = make_contact(acme, firstname="Bea", lastname="B")
    mine = add_ticket(session, acme, "<b>Mine</b>", ada)
    add_ticket(session, acme, "Hers", bea)
    add_ticket(session, acme, "Nobody's")
    html = page(staff_client, ada)
    assert rows(html, "tickets") == ["<b>Mine</b>"]
    assert count_of(html, "tickets") == "1"
    assert f'href="/hostticketview/show/{mine.id}"' in html
    assert words(related(html, "tickets")).split("Subject")[1].split()[0] == "Customer"
    assert "<b>Mine" not in html


def test_related_list_is_paged(staff_client: FlaskClient, session: Session, acme: Any, ada: Any,
    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """25 on a page, the newest first; counted up to a limit; the next page has the others."""
    session.add_all(
        HostTicket(subject=f"T{number:02}", customer_id=acme.id, contact_id=ada.id)
        for number in range(30)
    )
    session.commit()
    html = page(staff_client, ada)
    assert rows(html, "tickets") == [f"T{number:02}" for number in range(29, 4, -1)]
    assert count_of(html, "tickets") == "30"
    following = re.search(r'href="([^"]*tickets_after=[^"]*)" rel="next"', html)
    assert following is not None
    assert following[1].endswith("#list-tickets")
    second = staff_client.get(unescape(following[1]).partition("#")[0]).text
    assert rows(second, "tickets") == [f"T{number:02}" for number in range(4, -1, -1)]
    assert "First page" in words(related(second, "tickets"))
    for asked in ("abc", "", "1e3", "99999999999"):
        assert staff_client.get(f"{URL}/show/{ada.id}?tickets_after={asked}").status_code == 404
    monkeypatch.setattr(related_records, "MOST_COUNTED", 10)
    monkeypatch.setattr("flask_contacts.admin.contacts.related_panel.MOST_COUNTED", 10)
    assert count_of(page(staff_client, ada), "tickets") == "more than 1,000"


def test_link_and_unlink(staff_client: FlaskClient, session: Session, acme: Any, ada: Any) -> None:
    """A record is linked as it was offered or by its name, and parted again; the activity tells
    of both, and doing it twice does it once."""
    ticket = add_ticket(session, acme, "Broken oven")
    offers = f"{URL}/linkable/{ada.id}/tickets"
    label = "Broken oven"
    assert staff_client.get(f"{offers}?q=OVEN").json == [label]
    assert staff_client.get(f"{offers}?q=%25").json == []
    here = f"{URL}/show/{ada.id}?list=q%3Da#list-tickets"
    numbered = f"Broken oven (#{ticket.id})"
    for typed, said in (
        (label, "is linked now."), (" broken OVEN ", "is linked already."),
        (numbered, "is linked already."),
    ):  # fmt: skip
        done = post(staff_client, f"{URL}/link/{ada.id}/tickets?list=q%3Da", record=typed)
        assert done.location == here
        assert f"Broken oven {said}" in words(page(staff_client, ada))
    assert rows(page(staff_client, ada), "tickets") == ["Broken oven"]
    url = f"{URL}/unlink/{ada.id}/tickets?list=q%3Da"
    assert post(staff_client, url, record=ticket.id).location == here
    html = page(staff_client, ada)
    assert rows(html, "tickets") == []
    assert "Nothing is linked yet." in words(related(html, "tickets"))
    shown = words(tab(html, "activity"))
    assert shown.count("Linked") == shown.count("Unlinked") == 1
    assert "Record Tickets: Broken oven" in shown
    assert post(staff_client, url, record=ticket.id).status_code == 404


@pytest.mark.parametrize(
    "typed", ["", " ", "Nothing", "(#1)", "Broken pan", "Broken (#1)",
              "Broken oven (#01)", "Broken oven (#x)",
              "x" * 5000, "a\x00b", "<script>alert(1)</script>", "%"],
)  # fmt: skip
def test_link_what_is_not_there(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any, typed: str
) -> None:
    """It is said at the field, which keeps what was typed; nothing is linked."""
    ticket = add_ticket(session, acme, "Broken oven")
    response = post(staff_client, f"{URL}/link/{ada.id}/tickets", record=typed)
    assert response.status_code == 422
    panel = related(response.text, "tickets")
    said = (
        "There is no such record. Choose one of the list."
        if typed.strip()
        else "Type what is to be linked, or choose one of the list."
    )
    assert said in words(panel)
    assert "<script>alert" not in response.text
    session.expire_all()
    assert session.get_one(HostTicket, ticket.id).contact_id is None


def test_link_by_a_name_that_two_have(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any
) -> None:
    """It is not guessed which one is meant."""
    first, second = add_ticket(session, acme, "Twin"), add_ticket(session, acme, "Twin")
    url = f"{URL}/link/{ada.id}/tickets"
    response = post(staff_client, url, record="Twin")
    assert response.status_code == 422
    panel = related(response.text, "tickets")
    assert "Several records fit." in words(panel)
    labels = [f"Twin (#{one.id})" for one in (second, first)]
    assert re.findall(r'<input type="radio" name="record" value="([^"]*)"', panel) == labels
    assert post(staff_client, url, record=labels[1]).status_code == 302


def test_what_the_host_refuses(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The words of the host's own refusal stand at the field, and nothing is linked."""

    def refuse(*_given: object) -> None:
        raise InvalidInput({"anything": ["This one is closed."]})

    one = contacts.registry.related_lists["tickets"]
    monkeypatch.setitem(contacts.registry.related_lists, "tickets", replace(one, link=refuse))
    add_ticket(session, acme, "Broken oven")
    response = post(staff_client, f"{URL}/link/{ada.id}/tickets", record="Broken oven")
    assert response.status_code == 422
    assert "This one is closed." in words(related(response.text, "tickets"))
    assert session.scalar(select(func.count()).where(Activity.verb == "linked")) == 0


def test_a_list_to_read_only(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Where the host gave no way to link or unlink, there are no buttons and no routes."""
    one = contacts.registry.related_lists["tickets"]
    closed = replace(one, link=None, unlink=None)
    monkeypatch.setitem(contacts.registry.related_lists, "tickets", closed)
    ticket = add_ticket(session, acme, "Mine", ada)
    panel = related(page(staff_client, ada), "tickets")
    assert "Mine" in panel
    assert "<form" not in panel
    assert staff_client.get(f"{URL}/linkable/{ada.id}/tickets").status_code == 404
    for way in ("link", "unlink"):
        assert (
            post(staff_client, f"{URL}/{way}/{ada.id}/tickets", record=ticket.id).status_code == 404
        )


def test_companies(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any, make_contact: Make,
    make_customer: Make,
) -> None:  # fmt: skip
    """The customers where this person is a contact, by login or by address; Link opens the form
    for one more and says why, Archive archives the contact at that company and leads back."""
    by_login = make_contact(make_customer(company="By login"), email="ADA@example.com")
    by_address = make_contact(
        make_customer(company="By address"), email="ada@example.com", is_user=False, password="",
    )  # fmt: skip
    make_contact(make_customer(company="Stranger"), email="stranger@example.com")
    html = page(staff_client, ada)
    assert rows(html, "companies") == ["Acme", "By login", "By address"]
    panel = related(html, "companies")
    assert f'href="{URL}/show/{by_login.id}"' in panel
    away = f"{URL}/archive/{by_address.id}?person={ada.id}"
    assert f'href="{away}"' in panel
    assert words(panel).count("Archive") == 3
    assert "Unlink" not in panel
    back = f"{URL}/show/{ada.id}#list-companies"
    assert f'href="{back}">← Ada Lovelace</a>' in staff_client.get(away).text
    assert post(staff_client, away).location == back
    form = staff_client.get(f"{URL}/new?person={ada.id}&company=By+address").text
    assert "adds Ada Lovelace to another company: it stays one person" in words(form)
    assert re.search('id="tab-working"[^>]* data-open', form)
    assert re.search('id="company"[^>]* value="By address"', form)
    for nobody in ("", "?person=x"):
        assert "to another company" not in words(staff_client.get(f"{URL}/new{nobody}").text)
    assert staff_client.get(f"{URL}/archive/{ada.id}?person=999999").status_code == 404
    assert f'action="{URL}/new"' in panel
    assert f'name="person" value="{ada.id}"' in panel
    assert post(staff_client, f"{URL}/archive/{by_login.id}").status_code == 302
    assert rows(page(staff_client, ada), "companies") == ["Acme"]


@pytest.mark.parametrize("kind", ["permissions", "notifications"])
def test_ways_to_change_what_the_tabs_show(
    app: Flask, staff_client: FlaskClient, session: Session, acme: Any, ada: Any, loose: Any,
    kind: str,
) -> None:  # fmt: skip
    """The tabs Permissions and Notifications lead to the form that changes them and back; who has
    no company is changed as many are; nobody is led to what they may not."""
    link = re.compile(rf'href="([^"]+)"[^>]*><i [^>]*></i> Edit<[^>]+> · {kind.title()}')
    [url] = link.findall(page(staff_client, ada, "?list=q%3Da"))
    url = unescape(url).partition("#")[0]
    back = f"{URL}/show/{ada.id}?list=q%3Da#tab-{kind}"
    html = staff_client.get(url).text
    assert f'href="{back}">← Ada Lovelace</a>' in html
    answer = press(staff_client, staff_client.get(url), "Save", position="Countess")
    assert answer.request.path == f"{URL}/show/{ada.id}"
    assert "Countess" in answer.text
    [url] = link.findall(page(staff_client, loose))
    assert "For 1 chosen contact" in words(staff_client.get(url).text)
    limited = sign_in_limited(app, session, acme, "can_list", "can_show")
    assert not link.findall(limited.get(f"{URL}/show/{ada.id}").text)


def test_pages_of_the_tab_lead_back(staff_client: FlaskClient, acme: Any, ada: Any) -> None:
    """Check access, See the portal and Who gets what lead back to this page, with the list as it
    was, also from one to the other and after a button; opened at the customer, to the customer."""
    html = page(staff_client, ada, "?list=q%3Da")
    back = f'href="{URL}/show/{ada.id}?list=q%3Da#tab-detail">← Ada Lovelace</a>'
    for label in ("Check access", "See the portal as this contact", "Who gets what"):
        [url] = re.findall(rf'href="([^"]+)"[^>]*><i [^>]*></i> {label}</a>', html)
        opened = staff_client.get(unescape(url))
        assert back in opened.text, label
        assert f"← {acme}</a>" in staff_client.get(url.partition("?")[0]).text
        if label == "Check access":
            doctor = opened
    for button in ("Grant", "Ask"):
        assert back in press(staff_client, doctor, button).text, button
    for label in ("See the portal as this contact", "Who gets what"):
        [url] = re.findall(rf'href="([^"]+)">(?:<i [^>]*></i> )?{label}', doctor.text)
        assert back in staff_client.get(unescape(url)).text, label
    assert back in press(staff_client, staff_client.get(unescape(url)), "Save").text


def test_companies_of_nobody(staff_client: FlaskClient, loose: Any) -> None:
    """A contact without a company gets one by Link, through its own form."""
    html = page(staff_client, loose)
    assert rows(html, "companies") == []
    assert f'action="{URL}/edit/{loose.id}"' in related(html, "companies")
    opened = staff_client.get(f"{URL}/edit/{loose.id}?company=Somewhere").text
    assert re.search(r'name="company"[^>]* value="Somewhere"', opened)


def test_limited_staff(
    app: Flask, session: Session, acme: Any, ada: Any, loose: Any, make_contact: Make,
    make_customer: Make,
) -> None:  # fmt: skip
    """What is not theirs is 404 on every page, and in no list and no look-up (S7)."""
    far = hidden_customer(make_customer)
    hidden = make_contact(far, email="ada@example.com", firstname="Ada", lastname="Lovelace")
    client = sign_in_limited(app, session, acme, *EVERYTHING, TICKETS)
    assert rows(page(client, ada), "companies") == ["Acme"]
    assert "Hidden Ltd" not in page(client, ada)
    for one in (hidden, loose):
        for way in ("show", "archive", "deactivate", "delete", "anonymise", "move", "edit"):
            assert client.get(f"{URL}/{way}/{one.id}").status_code == 404, way
        for way in ("invite", "make-primary", "reactivate", "restore", "link/{}/tickets"):
            address = way.format(one.id) if "{}" in way else f"{way}/{one.id}"
            assert post(client, f"{URL}/{address}", record="x").status_code == 404, way
        assert client.get(f"{URL}/linkable/{one.id}/tickets").status_code == 404
    session.expire_all()
    assert session.get_one(Contact, hidden.id).active


def test_the_hosts_permissions(app: Flask, session: Session, acme: Any, ada: Any) -> None:
    """Whoever may not list the host's records does not see their list, nor link; whoever may not
    link has no buttons; whoever may not open them has no links."""
    ticket = add_ticket(session, acme, "Mine", ada)
    without = sign_in_limited(app, session, acme, *EVERYTHING)
    assert "list-tickets" not in page(without, ada)
    for way in ("link", "unlink"):
        assert post(without, f"{URL}/{way}/{ada.id}/tickets", record=ticket.id).status_code == 404
    assert without.get(f"{URL}/linkable/{ada.id}/tickets").status_code == 404


def test_reading_only(app: Flask, session: Session, acme: Any, ada: Any) -> None:
    """With can_show alone the page has no button that changes anything."""
    add_ticket(session, acme, "Mine", ada)
    client = sign_in_limited(app, session, acme, "can_show", TICKETS)
    html = page(client, ada)
    assert {*buttons(html)} == {"Check access", "Who gets what"}
    assert rows(html, "tickets") == ["Mine"]
    assert "/hostticketview/show/" not in html
    body = html[html.index("contacts-page") :]
    assert 'method="post"' not in body
    assert f"{URL}/archive/" not in body
    assert post(client, f"{URL}/link/{ada.id}/tickets", record="Mine").status_code in {302, 403}


def test_the_way_back(app: Flask, session: Session, acme: Any, ada: Any, loose: Any) -> None:
    """It leads to the list; who may not open that, as a colleague whom a comment mentions, comes to
    the customer's page, and where that is closed too, no link leads to a refusal."""
    with app.app_context():
        customer_right = f"can_show {current_contacts.customer_view.class_permission_name}"
    bo = sign_in_limited(app, session, acme, "can_show", name="bo")
    assert "←" not in page(bo, ada)
    assert customer_url(acme) not in page(bo, ada)
    assert "Acme" in page(bo, ada)
    sam = sign_in_limited(app, session, acme, "can_show", customer_right)
    assert f'href="{customer_url(acme)}#ContactsTab">← Acme</a>' in page(sam, ada)
    assert f'href="{URL}/"' not in page(sam, ada).split("<main")[1]
    una = sign_in_limited(app, session, acme, "can_list", name="una")
    assert f'href="{URL}/?q=a">← Customer contacts</a>' in page(una, ada, "?list=q%3Da")


def test_archived(staff_client: FlaskClient, session: Session, acme: Any, ada: Any) -> None:
    """An archived contact can be restored, anonymised and deleted, and links nothing."""
    ticket = add_ticket(session, acme, "Mine", ada)
    archive = f"{URL}/archive/{ada.id}"
    assert post(staff_client, archive, silences="invoice").status_code == 302
    html = page(staff_client, ada)
    assert buttons(html) == ["Restore", "Anonymise", "Delete"]
    assert rows(html, "tickets") == ["Mine"]
    assert "<form" not in related(html, "tickets")
    refused = post(staff_client, f"{URL}/link/{ada.id}/tickets", record=f"Mine (#{ticket.id})")
    assert refused.status_code == 422
    assert post(staff_client, f"{URL}/anonymise/{ada.id}").status_code == 302


def test_anonymising_forgets_what_was_linked(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any
) -> None:
    """A record may be named after the person, so its name goes from the activity."""
    add_ticket(session, acme, "Ada's oven")
    post(staff_client, f"{URL}/link/{ada.id}/tickets", record="Ada's oven")
    assert "Tickets: Ada's oven" in words(tab(page(staff_client, ada), "activity"))
    post(staff_client, f"{URL}/archive/{ada.id}", silences="invoice")
    post(staff_client, f"{URL}/anonymise/{ada.id}")
    shown = words(tab(page(staff_client, ada), "activity"))
    assert "Linked" in shown
    assert "Tickets: Ada's oven" not in shown


def test_nothing_there(client: FlaskClient, staff_client: FlaskClient, ada: Any) -> None:
    """Keys and lists that are not there are 404; nobody who is not signed in sees anything."""
    for key in ("0", "999999", "abc", "2147483648"):
        assert staff_client.get(f"{URL}/show/{key}").status_code == 404
    for way in ("link", "unlink"):
        assert post(staff_client, f"{URL}/{way}/{ada.id}/nothing", record="1").status_code == 404
    assert post(staff_client, f"{URL}/unlink/{ada.id}/tickets", record="abc").status_code == 404
    extra = post(staff_client, f"{URL}/link/{ada.id}/tickets", record="x", contact_id="1")
    assert extra.status_code == 422
    assert staff_client.post(f"{URL}/link/{ada.id}/tickets").status_code == 400
    assert client.get(f"{URL}/show/{ada.id}").status_code == 302


def test_statements(
    staff_client: FlaskClient, session: Session, acme: Any, ada: Any, make_contact: Make,
    statements: Make, make_customer: Make,
) -> None:  # fmt: skip
    """The page takes as many statements with many rows in its lists as with one."""

    def count() -> int:
        page(staff_client, ada)
        with statements() as seen:
            page(staff_client, ada)
        return len(seen)

    add_ticket(session, acme, "One", ada)
    make_contact(make_customer(), email="ada@example.com")
    few = count()
    assert few <= 24
    for number in range(15):
        add_ticket(session, make_customer(), f"T{number}", ada)
        make_contact(make_customer(), email="ada@example.com")
    assert count() == few
