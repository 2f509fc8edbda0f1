"""Who gets what: the matrix of a customer's page, and N6 at every door of staff's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.models import Activity, Contact
from flask_contacts.services.accounts.preferences import stop_topic
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.settings import save_settings
from tests.host_app import customer_url

Make = Callable[..., Any]
WANTS: dict[str, Any] = {"permissions": ["projects", "invoices"], "topics": ["project", "invoice"]}
NOBODY = "will get mail about these any more"


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def staff(app: Flask) -> Callable[..., FlaskClient]:
    """``staff("can_show", …)`` is a browser of somebody with these on Customer contacts."""

    def sign_in(*permissions: str) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("North")  # the own host shows its companies of the North to it
            pairs = [(one, "Customer contacts") for one in permissions]
            pairs += [("can_view_all", "Contacts customers"), ("can_show", "CompanyView"),
                      ("can_show", "Contacts customers"),
                      ("can_show", "Contacts settings")]  # fmt: skip
            for pair in pairs:
                if found := sm.find_permission_view_menu(*pair):
                    sm.add_permission_role(role, found)
            sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return sign_in


def url_of(customer: Any, query: str = "") -> str:
    """The address of the customer's matrix."""
    return f"/customercontacts/who-gets-what/{customer.id}{query}"


def fields_of(html: str) -> dict[str, list[str]]:
    """What a browser would post of the page's own form."""
    form = html[html.index('class="contacts-form"') :]
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input\b[^>]*>", form[: form.index("</form>")]):
        found = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if found.get("type") != "checkbox" or re.search(r"\schecked\b", tag):
            fields.setdefault(found["name"], []).append(unescape(found.get("value", "")))
    return fields


def switch(html: str, *cells: tuple[Any, str]) -> dict[str, list[str]]:
    """The form of the page with these cells switched."""
    fields = fields_of(html)
    names = {f"{contact.id}:{topic}" for contact, topic in cells}
    fields["on"] = sorted(set(fields.get("on", [])) ^ names)
    return fields


def text_of(html: str) -> str:
    """The words of a page in one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def row_of(html: str, contact: Any) -> str:
    """The contact's row."""
    found = re.search(rf'(?s)<tr[^>]*id="contact-{contact.id}".*?</tr>', html)
    assert found is not None
    return found[0]


def topics(session: Session, contact: Any) -> set[str]:
    """What the contact has on now."""
    session.expire_all()
    return set(session.get_one(Contact, contact.id).topic_names)


def test_page(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """A row for each contact, a switch for each topic, the reason where it is on in vain."""
    ada = make_contact(customer, firstname="Ada", lastname="<b>Bold", permissions=["invoices"],
                       topics=["invoice", "tickets"])  # fmt: skip
    quiet = make_contact(customer, do_not_send_emails=True, **WANTS)
    asleep = make_contact(customer, topics=["task"])
    away = make_contact(customer, lastname="Away")
    with app.app_context():
        deactivate_contact(session, customer.id, asleep.id)
        archive_contact(session, customer.id, away.id)
    tab = staff_client.get(customer_url(customer)).text
    assert f'href="{url_of(customer)}"' in tab
    html = staff_client.get(url_of(customer)).text
    assert "Away" not in html
    row = row_of(html, ada)
    assert "Ada &lt;b&gt;Bold" in row
    assert row.count('role="switch"') == 7
    assert re.findall(r'name="on" value="\d+:(\w+)" checked', row) == ["invoice", "tickets"]
    assert re.findall(r'contacts-why text-warning" title="([^"]+)"', row) == [
        "No permission for Support"
    ]
    assert '<span class="sr-only">Tickets, Ada &lt;b&gt;Bold</span>' in row
    reasons = re.findall(r'contacts-why text-warning" title="([^"]+)"', row_of(html, quiet))
    assert reasons == ["Do not send emails is ticked"] * 2
    assert 'class="contacts-inactive"' in row_of(html, asleep)
    assert 'title="Not active"' in row_of(html, asleep)
    heads = [text_of(one).strip() for one in re.findall(r'(?s)<th scope="col">.*?</th>', html)]
    assert heads == [
        "Contact", "Invoice 1 contact", "Credit Note nobody", "Estimate nobody",
        "Tickets nobody", "Project nobody", "Contract nobody", "Task nobody",
    ]  # fmt: skip


def test_fallback_shows(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """What falls back stands at the primary contact, and is not called silent."""
    with app.app_context():
        save_settings(session, {"fallback_topics": ["invoice"]})
    ada = make_contact(customer)
    html = staff_client.get(url_of(customer)).text
    assert 'title="Falls back to the primary contact"' in row_of(html, ada)
    assert "Invoice primary contact" in text_of(html)


def test_save(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Switches take effect, with a word, an entry in the activity, and back to the same page."""
    ada = make_contact(customer, **WANTS)
    bea = make_contact(customer, **WANTS)
    html = staff_client.get(url_of(customer)).text
    form = switch(html, (ada, "project"), (ada, "credit_note"))
    response = staff_client.post(url_of(customer), data=form)
    assert (response.status_code, response.location) == (302, url_of(customer))
    assert topics(session, ada) == {"invoice", "credit_note"}
    assert topics(session, bea) == {"invoice", "project"}
    page = text_of(staff_client.get(response.location).text)
    assert "The notifications of 1 contact are changed." in page
    row = session.scalars(select(Activity).where(Activity.verb == "edited")).one()
    assert (row.contact_id, row.actor_name, row.actor_kind) == (ada.id, "Ada Min", "staff")
    again = staff_client.post(url_of(customer), data=form, follow_redirects=True)
    assert "nothing changed" in text_of(again.text)


def test_somebody_else_meanwhile(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Two forms of one page: the second overwrites nothing of the first, and says so."""
    ada = make_contact(customer, lastname="Lovelace", **WANTS)
    bea = make_contact(customer, **WANTS)
    html = staff_client.get(url_of(customer)).text
    first = switch(html, (ada, "project"), (ada, "task"))
    second = switch(html, (ada, "credit_note"), (ada, "project"))
    assert staff_client.post(url_of(customer), data=first).status_code == 302
    with app.app_context():
        stop_topic(session, bea.id, "invoice", None)
    said = staff_client.post(url_of(customer), data=second, follow_redirects=True).text
    said = said[said.index('class="alert') :]
    assert topics(session, ada) == {"invoice", "task", "credit_note"}
    assert topics(session, bea) == {"project"}
    assert f"left so: Ada Lovelace · Task; {bea.name} · Invoice." in text_of(said)


def test_last_recipient(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """N6: told first, everything as it was switched, saved when they say so."""
    ada = make_contact(customer, **WANTS)
    bea = make_contact(customer, permissions=["invoices"], topics=["invoice"])
    form = switch(
        staff_client.get(url_of(customer)).text,
        (ada, "project"), (ada, "invoice"), (bea, "credit_note"),
    )  # fmt: skip
    response = staff_client.post(url_of(customer), data=form)
    assert response.status_code == 422
    assert topics(session, ada) == {"project", "invoice"}
    said = re.findall(r"(?s)<li>([^<]*)</li>", response.text[response.text.index(NOBODY) :])
    assert said[0] == "Project"
    assert "Save anyway" in response.text
    again = fields_of(response.text)
    assert again.pop("silences") == ["project"]
    assert sorted(again["on"]) == form["on"]
    assert sorted(again["was"]) == sorted(form["was"])
    with_word = {**again, "silences": ["project"]}
    assert staff_client.post(url_of(customer), data=with_word).status_code == 302
    assert topics(session, ada) == set()
    assert topics(session, bea) == {"invoice", "credit_note"}


def test_warning_that_is_out_of_date(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Another topic would fall silent by now: asked again, with both."""
    ada, bea = make_contact(customer, **WANTS), make_contact(customer, **WANTS)
    html = staff_client.get(url_of(customer)).text
    form = switch(html, (ada, "project"), (ada, "invoice"), (bea, "project"))
    warned = fields_of(staff_client.post(url_of(customer), data=form).text)
    assert warned["silences"] == ["project"]
    with app.app_context():
        stop_topic(session, bea.id, "invoice", None)
    response = staff_client.post(url_of(customer), data=warned)
    assert response.status_code == 422
    assert fields_of(response.text)["silences"] == ["invoice", "project"]


def forged(person: Any, cell: str, **fields: Any) -> dict[str, Any]:
    """A form for one contact with one cell switched on."""
    return {"contact": [str(person.id)], "on": [cell.format(contact=person.id)], **fields}


@pytest.mark.parametrize(
    ("cell", "fields"),
    [
        ("{contact}:nothing", {}),
        ("{contact}", {}),
        ("x:project", {}),
        (":", {}),
        ("\x00", {}),
        ("99999999999:project", {"contact": ["99999999999"]}),
        ("{contact}:project", {"contact": []}),
        ("{contact}:project", {"contact": [str(n) for n in range(1, 27)]}),
        ("{contact}:project", {"customer_id": "2"}),
        ("{contact}:project", {"was": ["17:project"]}),
    ],
)
def test_forged_cells(
    staff_client: FlaskClient,
    csrf: Make,
    customer: Any,
    make_contact: Make,
    session: Session,
    cell: str,
    fields: Mapping[str, Any],
) -> None:
    """An unknown topic, nonsense, a contact that the form does not show: 422, nothing changes."""
    ada = make_contact(customer)
    token = csrf(staff_client, url_of(customer))
    form = forged(ada, cell, csrf_token=token, **fields)
    assert staff_client.post(url_of(customer), data=form).status_code == 422
    assert topics(session, ada) == set()


def test_forged_contact(
    staff_client: FlaskClient,
    csrf: Make,
    customer: Any,
    make_customer: Make,
    make_contact: Make,
    session: Session,
) -> None:
    """Another customer's contact in this customer's form is as good as none."""
    make_contact(customer, **WANTS)
    stranger = make_contact(make_customer(), lastname="Stranger")
    token = csrf(staff_client, url_of(customer))
    form = forged(stranger, "{contact}:project", csrf_token=token)
    response = staff_client.post(url_of(customer), data=form)
    assert response.status_code == 422
    assert "One of these contacts is not there any more." in response.text
    assert "Stranger" not in response.text
    assert topics(session, stranger) == set()
    assert staff_client.get(url_of(customer, f"?contact={stranger.id}")).status_code == 404


def test_pages(
    staff_client: FlaskClient, customer: Any, make_contact: Make, statements: Any, session: Session
) -> None:
    """25 a page, at the same cost each; saving comes back to the page."""
    contacts = [make_contact(customer, lastname=f"N{n:02}") for n in range(27)]
    key = customer.id
    with statements() as full:
        html = staff_client.get(url_of(customer)).text
    assert html.count('role="switch"') == 25 * 7
    assert f'href="{url_of(customer, "?page=2")}"' in html
    second = url_of(customer, "?page=2")
    with statements() as short:
        html = staff_client.get(second).text
    assert html.count('role="switch"') == 2 * 7
    assert len(full) == len(short)
    form = switch(html, (contacts[26], "project"))
    assert staff_client.post(second, data=form).location == second
    assert topics(session, contacts[26]) == {"project"}
    for wrong in ("3", "0", "x", "99999999"):
        address = f"/customercontacts/who-gets-what/{key}?page={wrong}"
        assert staff_client.get(address).status_code == 404


def test_one_contact(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """From the contact's own page, which says the reasons too, to its row alone."""
    make_contact(customer)
    ada = make_contact(customer, permissions=["invoices"], topics=["project", "task"])
    page = staff_client.get(f"/customercontacts/edit/{customer.id}/{ada.id}").text
    assert "Project, Task: No permission for Projects" in text_of(page)
    address = url_of(customer, f"?contact={ada.id}")
    assert f'href="{address}"' in page
    html = staff_client.get(address).text
    assert html.count('role="switch"') == 7
    response = staff_client.post(address, data=switch(html, (ada, "task")))
    assert response.location == address
    assert topics(session, ada) == {"project"}
    for wrong in ("x", "0", "999999"):
        assert staff_client.get(url_of(customer, f"?contact={wrong}")).status_code == 404


def test_empty(staff_client: FlaskClient, customer: Any) -> None:
    """Nobody yet: a friendly word, no form."""
    html = staff_client.get(url_of(customer)).text
    assert "No contacts yet" in html
    assert 'class="contacts-form"' not in html
    assert staff_client.get("/customercontacts/who-gets-what/nobody").status_code == 404


def test_who_may_only_see(
    staff: Callable[..., FlaskClient], customer: Any, make_contact: Make, session: Session
) -> None:
    """A page to read, and no way to post; without the permission nothing at all."""
    ada = make_contact(customer, **WANTS)
    client = staff("can_show")
    html = client.get(url_of(customer)).text
    assert "<input" not in html[html.index("contacts-matrix") :]
    assert 'type="submit"' not in html
    assert row_of(html, ada).count('<span class="sr-only">On</span>') == 2
    token = testing.csrf_token(client, "/contacts-settings/")
    form = forged(ada, "{contact}:task", csrf_token=token)
    assert client.post(url_of(customer), data=form).status_code == 403
    assert topics(session, ada) == {"project", "invoice"}


def test_who_may_not_see(
    staff: Callable[..., FlaskClient], customer: Any, make_contact: Make
) -> None:
    """Permission on other things opens nothing here."""
    make_contact(customer, lastname="Hidden")
    response = staff("can_add").get(url_of(customer), follow_redirects=True)
    assert "Hidden" not in response.text


def edit_form(client: FlaskClient, customer: Any, contact: Any) -> dict[str, list[str]]:
    """What a browser would post of the contact's form, unchanged."""
    html = client.get(f"/customercontacts/edit/{customer.id}/{contact.id}").text
    return {**fields_of(html), "contact_preference": ["any"], "language": [""]}


@pytest.mark.parametrize(
    ("changes", "silenced"),
    [
        ({"topics": ["invoice"]}, ["project"]),
        ({"permissions": ["projects"]}, ["invoice"]),
        ({"do_not_send_emails": ["y"]}, ["invoice", "project"]),
    ],
)
def test_edit_form_asks(
    staff_client: FlaskClient,
    customer: Any,
    make_contact: Make,
    session: Session,
    changes: dict[str, list[str]],
    silenced: list[str],
) -> None:
    """N6 in the contact's form: shown again with all that was typed, then saved."""
    ada = make_contact(customer, **WANTS)
    url = f"/customercontacts/edit/{customer.id}/{ada.id}"
    form = {**edit_form(staff_client, customer, ada), **changes, "position": ["Analyst"],
            "password": ["another good long password"]}  # fmt: skip
    response = staff_client.post(url, data=form)
    assert response.status_code == 422
    assert NOBODY in response.text
    assert "Save anyway" in response.text
    assert "Type it again: a password is not kept in a page." in response.text
    assert "another good long password" not in response.text
    shown = fields_of(response.text)
    assert shown["silences"] == silenced
    assert shown["position"] == ["Analyst"]
    for name, values in changes.items():
        assert shown[name] == values
    session.expire_all()
    assert session.get_one(Contact, ada.id).position is None
    assert staff_client.post(url, data={**form, "silences": silenced}).status_code == 302
    session.expire_all()
    assert session.get_one(Contact, ada.id).position == "Analyst"


def test_edit_form_asks_nothing_else(
    staff_client: FlaskClient, customer: Any, make_contact: Make
) -> None:
    """No warning where nothing falls silent."""
    ada = make_contact(customer, topics=["task"])
    form = {**edit_form(staff_client, customer, ada), "topics": []}
    url = f"/customercontacts/edit/{customer.id}/{ada.id}"
    assert staff_client.post(url, data=form).status_code == 302


def test_making_primary_says_what_falls_silent(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """The button changes nothing where the new primary contact gets no mail and a topic falls
    back to it: a page names the topics, and its own form is enough."""
    with app.app_context():
        save_settings(session, {"fallback_topics": ["invoice"]})
    make_contact(customer)
    bea = make_contact(customer, firstname="Bea", do_not_send_emails=True)
    token = testing.csrf_token(staff_client, url_of(customer))
    url, button = f"/customercontacts/make-primary/{customer.id}/{bea.id}", {"csrf_token": token}
    response = staff_client.post(url, data=button)
    assert response.status_code == 422
    assert NOBODY in response.text
    assert "Make primary anyway" in response.text
    shown = fields_of(response.text)
    assert shown["silences"] == ["invoice"]
    session.expire_all()
    assert not session.get_one(Contact, bea.id).is_primary
    assert staff_client.post(url, data={**shown, "is_primary": "y"}).status_code == 422
    assert staff_client.post(url, data=shown).status_code == 302
    session.expire_all()
    assert session.get_one(Contact, bea.id).is_primary


def test_a_new_primary_contact_says_what_falls_silent(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """N6 in New Contact: shown again with all that was typed, then saved."""
    with app.app_context():
        save_settings(session, {"fallback_topics": ["invoice"]})
    make_contact(customer)
    url = f"/customercontacts/new/{customer.id}"
    form: dict[str, Any] = {
        "csrf_token": testing.csrf_token(staff_client, url), "firstname": "Bea",
        "lastname": "King", "email": "bea@example.com", "send_password_mail": "y",
        "is_user": "y", "is_primary": "y", "do_not_send_emails": "y",
    }  # fmt: skip
    response = staff_client.post(url, data=form)
    assert response.status_code == 422
    assert NOBODY in response.text
    assert "Save anyway" in response.text
    shown = fields_of(response.text)
    assert shown["silences"] == ["invoice"]
    assert shown["email"] == ["bea@example.com"]
    bea = select(Contact.is_primary).where(Contact.email == "bea@example.com")
    assert session.scalars(bea).all() == []
    session.rollback()
    assert staff_client.post(url, data={**form, "silences": ["invoice"]}).status_code == 302
    assert session.scalars(bea).all() == [True]


@pytest.mark.parametrize("action", ["deactivate", "archive", "delete", "move"])
def test_leaving_says_what_falls_silent(
    app: Flask,
    staff_client: FlaskClient,
    customer: Any,
    make_customer: Make,
    make_contact: Make,
    session: Session,
    action: str,
) -> None:
    """The page that asks names the topics; its own form is enough, a stale one is asked again."""
    target = make_customer(company="Target")
    make_contact(customer)
    ada, bea = make_contact(customer, **WANTS), make_contact(customer, **WANTS)
    url = f"/customercontacts/{action}/{customer.id}/{ada.id}"
    assert NOBODY not in staff_client.get(url).text
    stale = {**fields_of(staff_client.get(url).text), "customer": f"Target (#{target.id})"}
    if action != "move":
        del stale["customer"]
    with app.app_context():
        stop_topic(session, bea.id, "project", None)
    response = staff_client.post(url, data=stale)
    assert response.status_code == 422
    assert "read below which mail nobody would get" in response.text
    session.expire_all()
    assert session.get_one(Contact, ada.id).active
    html = staff_client.get(url).text
    assert "<li>Project</li>" in html
    form = {**stale, **fields_of(html)}
    if action == "move":
        form["customer"] = stale["customer"]
    assert form["silences"] == ["project"]
    assert staff_client.post(url, data=form).status_code == 302
