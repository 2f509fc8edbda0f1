"""CRM → Invitations, the states in a customer's tab, and Sign-in on a contact's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from flask_contacts import testing
from flask_contacts.admin.invitations import view as invitations_view
from flask_contacts.clock import utc_now
from flask_contacts.models import Contact, CustomerAdmin, Link, Login, Mail
from flask_contacts.services.contacts import login as contact_login
from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.invitations import sending as invitation_sending
from flask_contacts.testing import PASSWORD, RecordingSmtp, links_in
from tests.host_app import ADMIN, LIMITS_STAFF, customer_url
from tests.staff_people import VIEW_ALL, add_staff, browser_of, words

Make = Callable[..., Any]
URL = "/contacts-invitations/"
INVITED = {"password": "", "send_password_mail": True}


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def limited(app: Flask, session: Session) -> Callable[..., FlaskClient]:
    """``limited(customer, *permissions)`` is a browser of staff who see that one alone."""

    def sign_in(customer: Any, *permissions: tuple[str, str]) -> FlaskClient:
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            role = sm.add_role("North")
            for pair in permissions:
                sm.add_permission_role(role, sm.find_permission_view_menu(*pair))
            user = sm.add_user("sam", "Sam", "Staff", "sam@example.com", role, "sam")
            if not LIMITS_STAFF:
                session.add(CustomerAdmin(customer_id=customer.id, staff_id=user.id))
                session.commit()
        client = app.test_client()
        assert testing.staff_sign_in(client, "sam", "sam").status_code == 302
        return client

    return sign_in


@pytest.fixture
def hidden_customer(make_customer: Make) -> Any:
    """A customer that ``limited`` staff do not see."""
    return make_customer(company="Hidden Ltd", **({"region": "South"} if LIMITS_STAFF else {}))


SHOW, SEND = (("can_show", "Contacts invitations"), ("can_send", "Contacts invitations"))
EDIT = tuple((f"can_{name}", "Customer contacts") for name in ("show", "edit"))


def post(client: FlaskClient, url: str, **fields: Any) -> Any:
    """Send a form with a token of that browser."""
    with client.session_transaction() as session:
        raw = session.get("csrf_token")
    with client.application.test_request_context():
        from flask import session as inner
        from flask_wtf.csrf import generate_csrf

        inner["csrf_token"] = raw
        token = generate_csrf()
    return client.post(url, data={**fields, "csrf_token": token})


def use_link(client: FlaskClient, csrf: Any, smtp: RecordingSmtp, address: str) -> None:
    """Open the last link that was mailed to an address, and set the password with it."""
    client.get(links_in(smtp.to(address)[-1])[0])
    page = "/portal/set-password"
    fields = {"password": PASSWORD, "confirm": PASSWORD, "csrf_token": csrf(client, page)}
    assert client.post(page, data=fields).location == "/portal/sign-in"


def listed(client: FlaskClient, query: str = "") -> list[str]:
    """The last names in the list, in its order."""
    html = client.get(f"{URL}{query}").text
    body = html[html.find("<tbody>") : html.find("</tbody>")]
    return [unescape(one).split()[-1] for one in re.findall(r"<strong>(.*?)</strong>", body)]


def counts(client: FlaskClient, query: str = "") -> dict[str, str]:
    """The number beside each state."""
    html = client.get(f"{URL}{query}").text
    pills = html[html.index("contacts-states") :].split("</nav>")[0]
    found = re.findall(r'>([^<>]+) <span class="badge">([^<]*)</span>', pills)
    return {unescape(label).strip(): number for label, number in found}


def states_shown(client: FlaskClient, contact: Any) -> tuple[str, str, str]:
    """The state in the list, in the customer's tab and on the contact's page."""
    label = r'<span class="label label-\w+ contacts-invitation"[^>]*>(.*?)</span>'
    edit = f"/customercontacts/edit/{contact.customer_id}/{contact.id}"
    tab = client.get(f"{customer_page(contact)}").text
    pages = (client.get(URL).text, tab[tab.index('id="ContactsTab"') :], client.get(edit).text)
    return tuple(unescape(re.findall(label, page)[0]) for page in pages)  # type: ignore[return-value]


def customer_page(contact: Any) -> str:
    """The path of the page of a contact's customer."""

    class Bare:
        id = contact.customer_id

    return customer_url(Bare)


def panel(client: FlaskClient, contact: Any) -> str:
    """The words of Sign-in on the contact's page."""
    html = client.get(f"/customercontacts/edit/{contact.customer_id}/{contact.id}").text
    return words(html[html.index("contacts-sign-in") :].split("</section>")[0])


def staff_browser(app: Flask) -> FlaskClient:
    """A browser in which the administrator has signed in just now."""
    browser = app.test_client()
    assert testing.staff_sign_in(browser, *ADMIN).status_code == 302
    return browser


def test_the_whole_way(
    app: Flask, staff_client: FlaskClient, client: FlaskClient, customer: Any, make_contact: Make,
    drain: Callable[[], None], smtp: RecordingSmtp, csrf: Callable[[FlaskClient, str], str],
) -> None:  # fmt: skip
    """Waiting, failed with the server's words, sent, expired after 48 hours, accepted with the
    link, dormant after a year: the same in the list, in the tab and on the contact's page."""
    mara = make_contact(customer, email="mara@example.com", lastname="Way", **INVITED)
    assert states_shown(staff_client, mara) == ("Waiting",) * 3
    smtp.replies["mara@example.com"] = "550 5.1.1 User unknown"
    drain()
    assert states_shown(staff_client, mara) == ("Failed",) * 3
    assert "The mail server refused it: “550 5.1.1 User unknown”." in panel(staff_client, mara)
    smtp.replies.clear()
    invite = f"/customercontacts/invite/{customer.id}/{mara.id}"
    answer = post(staff_client, f"{invite}?from=form")
    assert answer.location == f"/customercontacts/edit/{customer.id}/{mara.id}"
    assert "is on its way to mara@example.com" in words(staff_client.get(answer.location).text)
    drain()
    assert states_shown(staff_client, mara) == ("Sent",) * 3
    shown = panel(staff_client, mara)
    assert "refused" not in shown
    for fact in ("Requested", "Sent on", "valid until", "Valid until", "Send the link again"):
        assert fact in shown
    with time_machine.travel(utc_now() + timedelta(hours=49)):
        later = staff_browser(app)
        assert states_shown(later, mara) == ("Expired",) * 3
        assert "not used" in panel(later, mara)
        assert listed(later, "?state=expired") == ["Way"]
        assert listed(later, "?state=sent") == []
    use_link(client, csrf, smtp, "mara@example.com")
    assert states_shown(staff_client, mara) == ("Accepted",) * 3
    assert "has not signed in yet" in panel(staff_client, mara)
    assert testing.portal_sign_in(client, "mara@example.com").status_code in {302, 303}
    assert "Last signed in on" in panel(staff_client, mara)
    with time_machine.travel(utc_now() + timedelta(days=366)):
        later = staff_browser(app)
        assert states_shown(later, mara) == ("Dormant",) * 3
        assert "more than a year ago" in panel(later, mara)


def test_since_when_in_the_tab(
    staff_client: FlaskClient, customer: Any, make_contact: Make, drain: Callable[[], None],
    smtp: RecordingSmtp,
) -> None:  # fmt: skip
    """The badge says more when pointed at; without a login there is none."""
    make_contact(customer, lastname="With", **INVITED)
    make_contact(customer, lastname="Without", is_user=False, password="")
    drain()
    html = staff_client.get(customer_url(customer)).text
    titles = re.findall(r'contacts-invitation" title="(.*?)">(\w+)<', html)
    assert [state for _title, state in titles] == ["Sent"]
    assert re.fullmatch(r"Sent on .*, valid until .*\.", titles[0][0])


def test_who_can_get_none(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """The page says why no link can be sent, and asking all the same is refused with it."""
    make_contact(customer)
    off = make_contact(customer, lastname="Off", **INVITED)
    without = make_contact(customer, is_user=False, password="")
    with app.app_context():
        deactivate_contact(session, customer.id, off.id)
    before = session.scalar(select(func.count()).select_from(Link))
    for contact, reason in (
        (off, "This contact is not active, so no link is sent."),
        (without, "Tick Is user too: without a login no link is sent."),
    ):
        shown = panel(staff_client, contact)
        assert reason in shown
        assert "Send the link" not in shown
        answer = post(staff_client, f"/customercontacts/invite/{customer.id}/{contact.id}")
        assert reason in words(staff_client.get(answer.location).text)
    assert reason not in words(staff_client.get(URL).text)
    answer = post(staff_client, f"{URL}send/{off.id}")
    assert "not active" in words(staff_client.get(answer.location).text)
    assert session.scalar(select(func.count()).select_from(Link)) == before


def test_only_a_form_sends(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Looking, and a POST without a token or with foreign fields, send nothing."""
    contact = make_contact(customer)
    addresses = (
        f"/customercontacts/invite/{customer.id}/{contact.id}", f"{URL}send/{contact.id}",
    )  # fmt: skip
    for url in addresses:
        assert staff_client.get(url).status_code == 405
        assert staff_client.post(url).status_code == 400
        assert post(staff_client, url, customer_id="1").status_code == 422
    asking = f"{URL}resend?choose=page&shown={contact.id}"
    assert staff_client.get(asking).status_code == 200
    assert staff_client.head(asking).status_code == 200
    assert staff_client.post(f"{URL}resend", data={"contacts": contact.id}).status_code == 400
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Link)) == 0


@pytest.mark.parametrize(
    "path",
    [
        "?state=no_login", "?state=x", "?after=abc", "?after=99999999999999", "?search=%00",
        "resend?choose=page&shown=1,x", "resend?choose=page&shown=-1", "resend?contact=1%00",
        "resend?choose=matching&state=x", "resend?choose=page&shown=99999999999",
    ],
)  # fmt: skip
def test_bad_addresses(staff_client: FlaskClient, path: str) -> None:
    """What does not exist is 404, never an error of the server."""
    assert staff_client.get(URL + path).status_code == 404


def test_bad_forms(staff_client: FlaskClient) -> None:
    """Nobody selected is said; unreadable and too many are refused; nobody is sent anything."""
    answer = staff_client.get(f"{URL}resend?choose=selected&state=sent&search=a")
    assert answer.location == f"{URL}?state=sent&search=a"
    assert "Nobody is selected" in words(staff_client.get(answer.location).text)
    assert post(staff_client, f"{URL}resend", contacts="").status_code == 400
    assert post(staff_client, f"{URL}resend", contacts="1;2").status_code == 404
    assert post(staff_client, f"{URL}resend", contacts="1", rest="x").status_code == 404
    too_many = ",".join(map(str, range(1, 502)))
    assert post(staff_client, f"{URL}resend", contacts=too_many).status_code == 400
    assert staff_client.get(f"{URL}resend?choose=page&shown={too_many}").status_code == 400
    gone = post(staff_client, f"{URL}resend", contacts="99999")
    assert "Does not exist any more." in words(staff_client.get(gone.location).text)
    assert post(staff_client, f"{URL}send/99999").status_code == 404


def test_states_counts_and_search(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, make_customer: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A tab for each state with a number that is not counted to the end; search in a state."""
    make_contact(customer, lastname="Waits", email="w@example.com", **INVITED)
    make_contact(make_customer(company="Other <& Co>"), lastname="O'Never", email="n@example.com")
    make_contact(customer, lastname="Neverland")
    make_contact(customer, lastname="Nologin", is_user=False, password="")
    assert listed(staff_client) == ["Neverland", "O'Never", "Waits"]
    assert listed(staff_client, "?state=never_invited") == ["Neverland", "O'Never"]
    assert listed(staff_client, "?state=never_invited&search=n@EX") == ["O'Never"]
    assert listed(staff_client, "?search=never") == ["Neverland"]
    assert counts(staff_client) == {
        "Never invited": "2", "Waiting": "1", "Sent": "0", "Failed": "0", "Expired": "0",
        "Accepted": "0", "Dormant": "0",
    }  # fmt: skip
    assert counts(staff_client, "?search=never") == {}
    assert "Other &lt;&amp; Co&gt;" in staff_client.get(URL).text
    assert "No contact is in this state." in staff_client.get(f"{URL}?state=dormant").text
    assert 'href="/contacts-invitations/?search=x"' in staff_client.get(
        f"{URL}?state=sent&search=x"
    ).text.replace("&amp;", "&")
    monkeypatch.setattr(invitations_view.lists, "MOST_COUNTED", 1)
    assert counts(staff_client)["Never invited"] == "1+"
    assert 'href="/contacts-invitations/"' in staff_client.get("/contacts-settings/").text


def test_empty(staff_client: FlaskClient) -> None:
    """Without any login there is a word, and no table."""
    html = staff_client.get(URL).text
    assert "No contact has a login yet." in html
    assert "<table" not in html


def test_pages(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """25 a page, the newest first, each contact once, the filter kept on the way."""
    login_id = make_contact(customer, lastname="First").login_id
    session.add_all(
        Contact(customer_id=customer.id, email_scope=f"{number}", firstname="F",
                lastname=f"L{number:02}", login_id=login_id)
        for number in range(29)
    )  # fmt: skip
    session.commit()
    first = staff_client.get(f"{URL}?state=never_invited").text
    following = unescape(re.findall(r'href="([^"]*)" rel="next"', first)[0])
    assert "state=never_invited" in following
    names = listed(staff_client, "?state=never_invited")
    rest = listed(staff_client, following.removeprefix(URL))
    assert len(names) == 25
    assert names + rest == [f"L{number:02}" for number in range(28, -1, -1)] + ["First"]
    assert 'rel="next"' not in staff_client.get(following).text


def test_statements_do_not_grow(
    staff_client: FlaskClient, make_customer: Make, make_contact: Make, statements: Make
) -> None:
    """A full page of contacts of as many customers takes no more statements than two rows; the
    tab takes one for all its states."""
    counted = []
    for more in (2, 23):
        for _number in range(more):
            make_contact(make_customer(), **INVITED)
        staff_client.get(URL)
        with statements() as seen:
            assert staff_client.get(URL).status_code == 200
        counted.append(len(seen))
    assert counted[0] == counted[1]
    assert counted[0] <= 40
    customer = make_customer()
    for _number in range(3):
        make_contact(customer, **INVITED)
    with statements() as seen:
        staff_client.get(customer_url(customer))
    about_links = [one for one in seen if "FROM contacts_link" in one]
    assert len(about_links) == 1


def sending_form(html: str) -> dict[str, str]:
    """The hidden fields of the page that asks."""
    form = html[html.index('action="/contacts-invitations/resend"') :].split("</form>", maxsplit=1)[
        0
    ]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    fields.pop("csrf_token")
    return fields


def test_ask_then_send(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session,
    drain: Callable[[], None], smtp: RecordingSmtp,
) -> None:  # fmt: skip
    """The page says how many mails will go, who gets none and why; sending does just that, and
    sending the same form again does nothing."""
    never = [make_contact(customer, lastname=f"Never{n}", email=f"n{n}@example.com")
             for n in range(3)]  # fmt: skip
    off = make_contact(customer, lastname="Off")
    recent = make_contact(customer, lastname="Recent", **INVITED)
    inside = make_contact(customer, lastname="Inside")
    session.execute(
        update(Contact).where(Contact.id == inside.id).values(last_signed_in_at=utc_now())
    )
    session.commit()
    with app.app_context():
        deactivate_contact(session, customer.id, off.id)
    drain()
    smtp.clear()
    ids = [*(one.id for one in never), off.id, recent.id, inside.id]
    picked = "&".join(f"contact={one}" for one in ids)
    html = staff_client.get(f"{URL}resend?choose=selected&{picked}&state=never_invited").text
    asked = words(html)
    assert "Send links to 3 contacts?" in asked
    for reason in (
        "Not active. 1 Ada Off",
        "A link was requested less than 5 minutes ago. 1 Ada Recent",
        "Has set a password or signed in already. 1 Ada Inside",
    ):
        assert reason in asked
    fields = sending_form(html)
    assert fields["contacts"] == ",".join(str(one.id) for one in never)
    answer = post(staff_client, f"{URL}resend", **fields)
    assert answer.location == f"{URL}?state=never_invited"
    assert "Links are on their way to 3 contacts." in words(staff_client.get(answer.location).text)
    again = post(staff_client, f"{URL}resend", **fields)
    said = words(staff_client.get(again.location).text)
    assert "3 contacts got no link: A link was requested less than 5 minutes ago." in said
    assert "on their way" not in said
    drain()
    receivers = sorted(one for recipients in smtp.recipients for one in recipients)
    assert receivers == [f"n{n}@example.com" for n in range(3)]


def test_a_double_click_in_a_row_sends_one_link(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """The row's button refuses for five minutes; the one on the contact's page does not."""
    contact = make_contact(customer)
    for said in ("is on its way to", "less than 5 minutes ago, so no other is sent"):
        answer = post(staff_client, f"{URL}send/{contact.id}")
        assert said in words(staff_client.get(answer.location).text)
    assert session.scalar(select(func.count()).select_from(Link)) == 1
    answer = post(staff_client, f"/customercontacts/invite/{customer.id}/{contact.id}")
    assert "is on its way to" in words(staff_client.get(answer.location).text)


def test_the_same_right_everywhere(
    app: Flask, customer: Any, make_contact: Make, session: Session
) -> None:
    """Who may edit contacts and not send links, as crm_marketeer, has the button on none of the
    contact's pages, and asking all the same is refused; who may do both, has it and may."""
    contact = make_contact(customer, **INVITED)
    list_of = ("can_list", "Customer contacts")
    add_staff(app, "marketeer", VIEW_ALL, list_of, SHOW, *EDIT)
    add_staff(app, "seller", VIEW_ALL, list_of, SHOW, SEND, *EDIT)
    invites = [
        f"/customercontacts/invite/{customer.id}/{contact.id}",
        f"/customer-contacts/invite/{contact.id}",
    ]
    pages = (
        f"/customercontacts/edit/{customer.id}/{contact.id}",
        f"/customer-contacts/show/{contact.id}",
    )
    before = session.scalar(select(func.count()).select_from(Link))
    client = browser_of(app, "marketeer")
    for url in pages:
        text = client.get(url).text
        assert contact.lastname in text, url
        assert not any(f'action="{one}' in text for one in invites), url
    for url in invites:
        answer = post(client, url)
        assert answer.status_code == 403, url
        assert "This is not open to you" in words(answer.text)
    assert session.scalar(select(func.count()).select_from(Link)) == before
    client = browser_of(app, "seller")
    for url in pages:
        text = client.get(url).text
        assert any(f'action="{one}' in text for one in invites), url
    for url in invites:
        assert post(client, url).status_code == 302, url
    assert session.scalar(select(func.count()).select_from(Link)) == before + 2


def test_a_password_that_is_set_is_asked_about(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """From a contact's page: nothing is sent until the page that asks is answered, which leads
    back to where the button stood."""
    contact = make_contact(customer, lastname="Has", **INVITED)
    contact.accepted_at = utc_now()
    session.commit()
    before = session.scalar(select(func.count()).select_from(Link))
    for url, back in (
        (f"/customercontacts/invite/{customer.id}/{contact.id}?from=form",
         f"/customercontacts/edit/{customer.id}/{contact.id}"),
        (f"/customer-contacts/invite/{contact.id}", f"/customer-contacts/show/{contact.id}"),
    ):  # fmt: skip
        answer = post(staff_client, url)
        assert answer.status_code == 422
        text = words(answer.text)
        assert "Has has set a password already, and keeps it until another is set" in text
        assert f'href="{back}"' in answer.text
        assert session.scalar(select(func.count()).select_from(Link)) == before
        assert post(staff_client, url, sure="1").location == back
        before += 1
        assert session.scalar(select(func.count()).select_from(Link)) == before


def test_the_box_of_the_form_needs_the_right_to_send(
    app: Flask, customer: Any, make_contact: Make, session: Session
) -> None:
    """Who may edit and not send links has no box for one in the form of a contact, and a form
    that has it all the same is refused; a new contact's form keeps it (C2)."""
    contact = make_contact(customer, **INVITED)
    url = f"/customercontacts/edit/{customer.id}/{contact.id}"
    add_staff(app, "marketeer", VIEW_ALL, SHOW, ("can_add", "Customer contacts"), *EDIT)
    add_staff(app, "seller", VIEW_ALL, SHOW, SEND, *EDIT)
    box = 'name="send_password_mail"'
    before = session.scalar(select(func.count()).select_from(Link))
    client = browser_of(app, "marketeer")
    assert box not in client.get(url).text
    assert box in client.get(f"/customercontacts/new/{customer.id}").text
    names = {"firstname": "A", "lastname": "B", "email": contact.email, "is_user": "y"}
    assert post(client, url, **names, send_password_mail="y").status_code == 422
    assert session.scalar(select(func.count()).select_from(Link)) == before
    assert post(client, url, **names).status_code == 302
    assert session.scalar(select(func.count()).select_from(Link)) == before
    client = browser_of(app, "seller")
    assert box in client.get(url).text
    assert post(client, url, **names, send_password_mail="y").status_code == 302
    assert session.scalar(select(func.count()).select_from(Link)) == before + 1


def test_a_row_asks_about_a_password_that_is_set(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """The button in a row of the invitations asks like the contact's page, and leads back to
    the list as it was found."""
    contact = make_contact(customer, lastname="Has")
    contact.accepted_at = utc_now()
    session.commit()
    before = session.scalar(select(func.count()).select_from(Link))
    asked = post(staff_client, f"{URL}send/{contact.id}", state="accepted", search="Has")
    assert asked.status_code == 422
    assert "Has has set a password already" in words(asked.text)
    assert '<input type="hidden" name="state" value="accepted">' in asked.text
    assert session.scalar(select(func.count()).select_from(Link)) == before
    fields = {"state": "accepted", "search": "Has", "sure": "1"}
    done = post(staff_client, f"{URL}send/{contact.id}", **fields)
    assert done.location == f"{URL}?state=accepted&search=Has"
    assert session.scalar(select(func.count()).select_from(Link)) == before + 1


def test_nobody_to_send_to(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make
) -> None:
    """When all are refused there is nothing to press but the way back."""
    contact = make_contact(customer, **INVITED)
    html = staff_client.get(f"{URL}resend?choose=page&shown={contact.id}").text
    assert "Nobody gets a link" in html
    assert 'name="contacts"' not in html


def test_all_that_match_in_parts(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """More than are taken at once: the page says so, and the next ones are a link away."""
    monkeypatch.setattr(invitation_sending, "MOST_AT_ONCE", 2)
    for number in range(5):
        make_contact(customer, lastname=f"L{number}")
    url, sent = f"{URL}resend?choose=matching&state=never_invited", []
    for part in (["L4", "L3"], ["L2", "L1"], ["L0"]):
        html = staff_client.get(url).text
        assert ("More than 2 contacts match." in html) == (len(part) == 2)
        answer = post(staff_client, f"{URL}resend", **sending_form(html))
        following = staff_client.get(answer.location).text
        rest = re.findall(r'href="([^"]*choose=matching[^"]*after=[^"]*)"', following)
        assert bool(rest) == (len(part) == 2)
        url = unescape(rest[0]) if rest else ""
        sent += part
        session.expire_all()
        found = session.scalars(select(Contact.lastname).where(Contact.invited_at.is_not(None)))
        assert sorted(found) == sorted(sent)


def test_one_poisoned_of_sixty(
    staff_client: FlaskClient, customer: Any, session: Session, make_contact: Make,
    monkeypatch: pytest.MonkeyPatch, drain: Callable[[], None], smtp: RecordingSmtp,
) -> None:  # fmt: skip
    """One that cannot be written is named; 59 others get their mail."""
    make_contact(customer, lastname="Zero")
    for number in range(1, 60):
        make_contact(customer, lastname=f"N{number}", is_user=False, password="")
    ids = list(session.scalars(select(Contact.id).order_by(Contact.id)))
    give_logins(session)
    send = contact_login.send_link

    def poisoned(own: Session, contact: Contact, actor: Any) -> None:
        send(own, contact, actor)
        if contact.lastname == "N30":
            raise ValueError("poison")

    monkeypatch.setattr(contact_login, "send_link", poisoned)
    answer = post(staff_client, f"{URL}resend", contacts=",".join(map(str, ids)))
    said = words(staff_client.get(answer.location).text)
    assert "Links are on their way to 59 contacts." in said
    assert "1 contact got no link: Something went wrong; the log says what. Ada N30 (" in said
    drain()
    assert len({recipient for one in smtp.recipients for recipient in one}) == 59
    assert counts(staff_client)["Sent"] == "59"
    assert listed(staff_client, "?state=never_invited") == ["N30"]


def give_logins(session: Session) -> None:
    """A login of its own for each contact without one, with no password to hash."""
    from flask_contacts.models import Login

    for contact in session.scalars(select(Contact).where(Contact.login_id.is_(None))):
        key = f"own.{contact.id}@example.com"
        contact.login = Login(email=key, email_key=key)
        contact.email = contact.email_key = key
    session.commit()


def test_limited_staff(
    limited: Callable[..., FlaskClient], staff_client: FlaskClient, customer: Any,
    hidden_customer: Any, make_contact: Make, session: Session,
) -> None:  # fmt: skip
    """S7: a hidden customer's contacts are in no list, number, search, question and action."""
    mine = make_contact(customer, lastname="Mine", email="mine@example.com")
    hidden = make_contact(hidden_customer, lastname="Hidden", email="hidden@example.com")
    sam = limited(customer, SHOW, SEND, *EDIT)
    assert listed(staff_client) == ["Hidden", "Mine"]
    assert listed(sam) == ["Mine"]
    assert counts(sam)["Never invited"] == "1"
    assert listed(sam, "?search=hid") == []
    html = sam.get(f"{URL}resend?choose=page&shown={mine.id},{hidden.id}").text
    assert "Send a link to 1 contact?" in words(html)
    assert "Hidden" not in html
    asked = sending_form(sam.get(f"{URL}resend?choose=matching").text)
    assert asked["contacts"] == str(mine.id)
    answer = post(sam, f"{URL}resend", contacts=f"{hidden.id},{mine.id}")
    said = words(sam.get(answer.location).text)
    assert "A link is on its way to 1 contact." in said
    assert "1 contact got no link: Does not exist any more." in said
    assert "Hidden" not in said
    assert post(sam, f"{URL}send/{hidden.id}").status_code == 404
    invite = f"/customercontacts/invite/{hidden_customer.id}/{hidden.id}"
    assert post(sam, invite).status_code == 404
    session.expire_all()
    assert session.get_one(Contact, hidden.id).invited_at is None


def test_contacts_without_a_customer(
    limited: Callable[..., FlaskClient], staff_client: FlaskClient, customer: Any,
    make_contact: Make, session: Session, app: Flask,
) -> None:  # fmt: skip
    """S7: who sees all sees them; others those that they made. A link is sent to them too."""
    sam = limited(customer, SHOW, SEND)
    with app.app_context():
        sam_id = app.appbuilder.sm.find_user("sam").id  # type: ignore[attr-defined]
    make_contact(customer)
    for name, staff_id in (("Sams", sam_id), ("Others", None)):
        contact = make_contact(customer, lastname=name)
        session.execute(
            update(Contact)
            .where(Contact.id == contact.id)
            .values(customer_id=None, email_scope="", created_by_id=staff_id)
        )
    session.commit()
    assert "Others" not in listed(sam)
    assert "Sams" in listed(sam)
    if not LIMITS_STAFF:
        assert "Others" in listed(staff_client)
    alone = session.scalars(select(Contact).where(Contact.lastname == "Sams")).one()
    assert "on its way" in words(sam.get(post(sam, f"{URL}send/{alone.id}").location).text)
    html = sam.get(URL).text
    assert f"/customercontacts/edit/None/{alone.id}" not in html


@pytest.mark.parametrize(("permissions", "sends"), [((SHOW,), False), ((SHOW, SEND), True)])
def test_permissions(
    limited: Callable[..., FlaskClient], customer: Any, make_contact: Make, session: Session,
    permissions: tuple[tuple[str, str], ...], sends: bool,
) -> None:  # fmt: skip
    """Whoever may only look has no boxes and no buttons, and no way around that."""
    contact = make_contact(customer, lastname="Mine")
    sam = limited(customer, *permissions)
    html = sam.get(URL).text
    assert ('name="contact"' in html) == sends
    assert ("Send a link to the selected" in html) == sends
    assert "/customercontacts/edit/" not in html
    asked = sam.get(f"{URL}resend?choose=page&shown={contact.id}")
    assert (asked.status_code == 200) == sends
    post(sam, f"{URL}send/{contact.id}")
    post(sam, f"{URL}resend", contacts=str(contact.id))
    session.expire_all()
    assert (session.get_one(Contact, contact.id).invited_at is not None) == sends


def test_no_permission(
    limited: Callable[..., FlaskClient], customer: Any, make_contact: Make
) -> None:
    """Without the permission the list does not open."""
    make_contact(customer, lastname="Mine")
    answer = limited(customer).get(URL)
    assert answer.status_code in {302, 403}
    assert "Mine" not in answer.text


def test_a_shared_login_is_not_told(
    app: Flask, limited: Callable[..., FlaskClient], customer: Any, hidden_customer: Any,
    make_contact: Make, session: Session, drain: Callable[[], None], smtp: RecordingSmtp,
    client: FlaskClient, csrf: Callable[[FlaskClient, str], str], staff_client: FlaskClient,
) -> None:  # fmt: skip
    """C6, S7: a person who has come in at a hidden customer, and one who has not, look the same
    to limited staff, before and after sending; whoever sees everything is told."""
    make_contact(customer)
    shared = make_contact(customer, lastname="Same", email="shared@example.com", **INVITED)
    alone = make_contact(customer, lastname="Same", email="single@example.com", **INVITED)
    drain()
    make_contact(hidden_customer, email="shared@example.com", **INVITED)
    drain()
    use_link(client, csrf, smtp, "shared@example.com")
    pages = (("can_list", "CompanyView"), ("can_show", "CompanyView")) if LIMITS_STAFF else (
        ("can_show", "Contacts customers"),)  # fmt: skip
    sam = limited(customer, SHOW, SEND, *EDIT, *pages)

    def looks(contact: Any) -> list[str]:
        """What sam sees of a contact, without its address, its key and the minutes."""
        own = [panel(sam, contact), *answers(contact)]
        plain = [one.replace(contact.email, "ADDRESS") for one in own]
        return [re.sub(r"\d+", "#", one) for one in plain]

    def answers(contact: Any) -> list[str]:
        asked = sam.get(f"{URL}resend?choose=page&shown={contact.id}").text
        search = sam.get(f"{URL}?search={contact.email}").text
        return [words(asked), words(search.split("</thead>")[1])]

    assert looks(shared) == looks(alone)
    assert "same login" in panel(staff_client, shared)
    assert "same login" not in panel(staff_client, alone)
    said = []
    for contact in (shared, alone):
        answer = post(sam, f"/customercontacts/invite/{customer.id}/{contact.id}?from=form")
        text = words(sam.get(answer.location).text).replace(contact.email, "ADDRESS")
        said.append(re.sub(r"\d+", "#", text))
    assert said[0] == said[1]
    drain()
    assert looks(shared) == looks(alone)


def test_a_link_that_a_newer_one_replaced(
    staff_client: FlaskClient, customer: Any, make_customer: Make, make_contact: Make,
    drain: Callable[[], None], smtp: RecordingSmtp, client: FlaskClient, session: Session,
) -> None:  # fmt: skip
    """Invited at a second company before a password was set: the first page says that a newer
    link was sent, not that a password was, and names no day until which the old one is valid."""
    first = make_contact(customer, email="two@example.com", **INVITED)
    drain()
    epoch = session.scalar(select(Login.session_epoch))
    second = make_contact(make_customer(company="Beta"), email="two@example.com", **INVITED)
    drain()
    shown = panel(staff_client, first)
    assert "A password was set meanwhile." not in shown
    assert ("A newer link was sent in its place." in shown) == (not LIMITS_STAFF)
    assert ("valid until" in shown.lower()) == LIMITS_STAFF
    assert "valid until" in panel(staff_client, second).lower()
    assert session.scalar(select(Login.session_epoch)) == epoch
    found = select(Link.void_reason).where(Link.contact_id == first.id)
    assert session.scalars(found).all() == ["newer_link"]
    assert client.get(links_in(smtp.to("two@example.com")[-1])[0]).status_code in {200, 302, 303}


def test_a_cancelled_mail_is_not_explained_to_all(
    limited: Callable[..., FlaskClient], customer: Any, make_contact: Make, session: Session,
    staff_client: FlaskClient,
) -> None:  # fmt: skip
    """What a cancelled mail tells of the login is for those who see everything."""
    contact = make_contact(customer, **INVITED)
    pages = (("can_list", "CompanyView"), ("can_show", "CompanyView")) if LIMITS_STAFF else (
        ("can_show", "Contacts customers"),)  # fmt: skip
    sam = limited(customer, *EDIT, *pages)
    for error in ("newer_link", "password_changed", "no_active_contact", "email_changed"):
        session.execute(update(Mail).values(state="cancelled", error=error))
        session.commit()
        assert "The mail was not sent." in panel(sam, contact)
        assert ("The mail was not sent." in panel(staff_client, contact)) == LIMITS_STAFF
    session.execute(update(Mail).values(state="cancelled", error="cancelled_by_staff"))
    session.commit()
    assert "Cancelled by staff." in panel(sam, contact)
    session.execute(update(Mail).values(state="waiting", error="TimeoutError: timed out"))
    session.commit()
    assert "The mail server could not be reached." in panel(sam, contact)
