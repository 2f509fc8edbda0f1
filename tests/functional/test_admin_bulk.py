"""Bulk actions of CRM → Customer contacts: from the list's form over the preview to the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from flask_contacts.admin.bulk import pages
from flask_contacts.models import Activity, Contact, CustomerAdmin, Mail
from flask_contacts.services.bulk import planning, running, selection
from flask_contacts.services.contacts.states import deactivate_contact
from tests.host_app import LIMITS_STAFF
from tests.page_forms import forms_of, press
from tests.staff_people import VIEW_ALL, add_staff, browser_of, post, words

Make = Callable[..., Any]
LIST, BULK = "/customer-contacts/", "/customer-contacts/bulk"
RIGHTS = tuple((f"can_{name}", "Customer contacts") for name in ("list", "show", "bulk"))
WITHOUT: dict[str, Any] = {"is_user": False, "password": "", "permissions": [], "topics": []}


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


def again(session: Session, contact: Any) -> Contact:
    """The contact as it is now."""
    session.expire_all()
    return session.scalars(select(Contact).where(Contact.id == contact.id)).one()


def hidden(make_customer: Make) -> Any:
    """A customer that staff without more do not see."""
    return make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))


def limited(app: Flask, session: Session, customer: Any) -> FlaskClient:
    """A browser of staff who see this customer alone."""
    una = add_staff(app, "una", *RIGHTS)
    if not LIMITS_STAFF:
        session.add(CustomerAdmin(customer_id=customer.id, staff_id=una))
        session.commit()
    return browser_of(app, "una")


def chosen(client: FlaskClient, button: str, *contacts: Any, at: str = LIST) -> Any:
    """Tick contacts in the list and press one of its buttons."""
    ticks = [str(one.id) for one in contacts]
    return press(client, client.get(at), button, contact=ticks)


def matching(client: FlaskClient, button: str, at: str = LIST) -> Any:
    """Choose all that match in the list and press one of its buttons."""
    return press(client, client.get(at), button, choose="matching")


class TestDeactivate:
    """No field is asked for: the preview comes at once."""

    def test_the_whole_way(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
    ) -> None:
        """Counted, named with links and reasons; done by the button; and back to the list."""
        primary = make_contact(customer, lastname="First", **WITHOUT)
        two = [make_contact(customer, lastname=f"Other {one}", **WITHOUT) for one in range(2)]
        mails = session.scalar(select(func.count()).select_from(Mail))
        page = chosen(staff_client, "Deactivate", primary, *two, at=f"{LIST}?order=name&state=all")
        said = words(page.text)
        assert "Deactivate 3 contacts?" in said
        assert "No mail is sent." in said
        two.append(make_contact(customer, lastname="New", **WITHOUT))
        done = press(staff_client, page, "Deactivate 3 contacts")
        said = words(done.text)
        assert "2 contacts are deactivated." in said
        assert "The primary contact, while others at the customer stay active." in said
        assert f'href="/customer-contacts/show/{primary.id}">Ada First' in done.text
        assert [again(session, one).active for one in (primary, *two)] == [True, False, False, True]
        assert session.scalar(select(func.count()).select_from(Mail)) == mails
        entry = session.scalars(select(Activity).where(Activity.verb == "deactivated")).first()
        assert entry is not None
        assert entry.actor_kind == "staff"
        back = re.search(r'class="btn btn-primary" href="([^"]+)">Back to the list', done.text)
        assert back is not None
        assert parse_qs(urlsplit(unescape(back[1])).query) == {"order": ["name"], "state": ["all"]}

    def test_preview_names_who_is_left_out(
        self, app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make,
        session: Session,
    ) -> None:  # fmt: skip
        """With the reason, a number and a link; nothing is changed by looking, nor by pressing
        what has no button."""
        primary = make_contact(customer, lastname="First", **WITHOUT)
        off = make_contact(customer, lastname="Off", **WITHOUT)
        make_contact(customer, lastname="Stays", **WITHOUT)
        with app.app_context():
            deactivate_contact(session, customer.id, off.id)
        page = chosen(staff_client, "Deactivate", primary, off, at=f"{LIST}?state=all")
        said = words(page.text)
        assert "Nobody is changed" in said
        assert "Nothing would change for them. 1 Ada Off" in said
        assert re.search(r"name who follows\. 1 Ada First", said)
        assert [one for form in forms_of(page.text) for one in form.values if one == "task"] == []
        assert again(session, primary).active

    def test_a_last_recipient(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
    ) -> None:
        """Who is the last to get a topic is left out, until staff have been told and say so."""
        make_contact(customer, **WITHOUT)
        last = make_contact(
            customer, lastname="Last", **{**WITHOUT, "permissions": ["invoices"],
            "topics": ["invoice"]},
        )  # fmt: skip
        page = chosen(staff_client, "Deactivate", last)
        assert "Nobody is changed" in words(page.text)
        assert "Nobody else at the customer gets mail about a topic" in words(page.text)
        page = press(staff_client, page, "Count them in")
        said = words(page.text)
        assert "nobody will get mail about these topics any more: Invoice" in said
        assert "1 contact is the last who gets one: Ada Last" in said
        assert again(session, last).active
        done = press(staff_client, page, "Deactivate 1 contact")
        assert "1 contact is deactivated." in words(done.text)
        assert not again(session, last).active

    def test_and_back_again(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
    ) -> None:
        """All that match: the whole customer off, and on again with its primary contact."""
        people = [make_contact(customer, lastname=f"L{one}", **WITHOUT) for one in range(3)]
        page = matching(staff_client, "Deactivate", at=f"{LIST}?q=acme")
        assert "Deactivate 3 contacts?" in words(page.text)
        press(staff_client, page, "Deactivate 3 contacts")
        assert not any(again(session, one).active for one in people)
        page = matching(staff_client, "Reactivate", at=f"{LIST}?q=acme&state=inactive")
        press(staff_client, page, "Reactivate 3 contacts")
        assert all(again(session, one).active for one in people)
        assert again(session, people[0]).is_primary


def test_permissions(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Which ones is asked first; the same on both sides is an error at its field, and what was
    ticked stays ticked."""
    has = make_contact(customer, **{**WITHOUT, "permissions": ["projects", "support"]})
    page = chosen(staff_client, "Permissions", has)
    assert "For 1 chosen contact" in words(page.text)
    wrong = press(staff_client, page, "Continue")
    assert wrong.status_code == 422
    assert words(wrong.text).count("Choose at least one.") == 2, "above the form, and at the field"
    wrong = press(staff_client, page, "Continue", give=["support"], take=["support"])
    assert wrong.status_code == 422
    assert "Choose one of the two." in words(wrong.text)
    page = press(staff_client, wrong, "Continue", give=["invoices"], take=["projects"])
    said = words(page.text)
    assert "Change 1 contact?" in said
    assert "Give Invoices" in said
    assert "Take away Projects" in said
    done = press(staff_client, page, "Change 1 contact")
    assert "1 contact is changed." in words(done.text)
    assert again(session, has).permission_names == {"invoices", "support"}


def test_topics(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """Turned on for all on the page; who lacks the permission is named before."""
    lacks = make_contact(customer, lastname="Lacks", **WITHOUT)
    has = make_contact(customer, **{**WITHOUT, "permissions": ["invoices"]})
    page = press(staff_client, staff_client.get(LIST), "Topics", choose="page")
    page = press(staff_client, page, "Continue", give=["invoice"])
    said = words(page.text)
    assert "Turn on Invoice" in said
    assert "1 of them will have a topic on without the permission for it" in said
    press(staff_client, page, "Change 2 contacts")
    assert again(session, lacks).topic_names == again(session, has).topic_names == {"invoice"}


def test_how_many_match(staff_client: FlaskClient, customer: Any, make_contact: Make) -> None:
    """Where all that match are meant, the page that asks says how many these are."""
    for _one in "ab":
        make_contact(customer, **WITHOUT)
    page = matching(staff_client, "Account manager")
    assert "For all 2 contacts that match the list's filters" in words(page.text)
    again_asked = press(staff_client, page, "Continue")
    assert "For all 2 contacts that match" in words(again_asked.text)
    rest = staff_client.get(f"{BULK}/account-manager?choose=matching&rest=1").text
    assert "For all contacts that match the list's filters" in words(rest)


def test_account_manager(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """A staff user is named; one that there is not is an error at the field, and so is
    nothing at all; that nobody does any more is ticked."""
    contact = make_contact(customer, **WITHOUT)
    page = chosen(staff_client, "Account manager", contact)
    wrong = press(staff_client, page, "Continue", account_manager="nobody")
    assert wrong.status_code == 422
    assert "There is no staff user of this name." in words(wrong.text)
    assert 'value="nobody"' in wrong.text
    page = press(staff_client, wrong, "Continue", account_manager="admin")
    press(staff_client, page, "Change 1 contact")
    assert again(session, contact).account_manager_id == 1
    page = chosen(staff_client, "Account manager", contact)
    empty = press(staff_client, page, "Continue")
    assert empty.status_code == 422
    assert "Name a staff user, or tick that nobody looks" in words(empty.text)
    both = press(staff_client, page, "Continue", account_manager="admin", nobody="y")
    assert both.status_code == 422
    page = press(staff_client, empty, "Continue", nobody="y")
    assert "Account manager Nobody" in words(page.text)
    press(staff_client, page, "Change 1 contact")
    assert again(session, contact).account_manager_id is None


@pytest.fixture
def five(customer: Any, make_contact: Make, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Five contacts, of whom a request takes two."""
    monkeypatch.setattr(running, "CHUNK", 2)
    monkeypatch.setattr(pages, "_SECONDS", 0)
    monkeypatch.setattr(pages, "_SECONDS_WITHOUT_SCRIPT", 0)
    return [make_contact(customer, lastname=f"L{one}", **WITHOUT) for one in range(5)]


class TestManyContacts:
    """What a request does not finish, the next ones do."""

    def begin(self, client: FlaskClient, at: str = LIST) -> Any:
        """Up to the first answer that says how far it is."""
        return press(client, self.preview(client, at), "Change 5 contacts")

    def preview(self, client: FlaskClient, at: str = LIST) -> Any:
        """Up to the page that says whom it would touch."""
        page = press(client, matching(client, "Permissions", at), "Continue", give=["support"])
        assert "Change 5 contacts?" in words(page.text)
        return page

    def holders(self, session: Session) -> int:
        """How many have it by now."""
        session.expire_all()
        found = session.scalars(select(Contact)).all()
        return sum("support" in one.permission_names for one in found)

    def test_step_by_step(
        self, staff_client: FlaskClient, five: list[Any], session: Session
    ) -> None:
        """Each press goes on; the page says how far it is, and looking at it does nothing."""
        page = self.begin(staff_client)
        assert "2 of 5 contacts" in words(page.text)
        assert "data-contacts-go-on" in page.text
        assert self.holders(session) == 2
        assert "2 of 5 contacts" in words(staff_client.get(page.request.url).text)
        assert self.holders(session) == 2
        page = press(staff_client, page, "Go on")
        assert "4 of 5 contacts" in words(page.text)
        page = press(staff_client, press(staff_client, page, "Go on"), "Go on")
        assert "5 contacts are changed." in words(page.text)
        assert "Go on" not in words(page.text)
        assert self.holders(session) == 5

    def test_pressed_again(
        self, staff_client: FlaskClient, five: list[Any], session: Session
    ) -> None:
        """An answer that never came is pressed for again: nothing is written twice."""
        page = self.begin(staff_client)
        lost, page = press(staff_client, page, "Go on"), press(staff_client, page, "Go on")
        assert "4 of 5" in words(lost.text)
        assert "4 of 5" in words(page.text)
        assert "Nothing would change for them. 2" in words(page.text)
        while "Go on" in words(page.text):
            page = press(staff_client, page, "Go on")
        assert "3 contacts are changed." in words(page.text)
        edits = select(func.count()).select_from(Activity).where(Activity.verb == "edited")
        assert session.scalar(edits) == 5

    def test_two_staff_at_once(
        self, app: Flask, staff_client: FlaskClient, five: list[Any], session: Session
    ) -> None:
        """Each has a page of its own; what the one did, the other finds done."""
        add_staff(app, "una", *RIGHTS, VIEW_ALL)
        other = browser_of(app, "una")
        first, second = self.preview(staff_client), self.preview(other)
        first = press(staff_client, first, "Change 5 contacts")
        second = press(other, second, "Change 5 contacts")
        assert "Nothing would change for them. 2" in words(second.text)
        while "Go on" in words(first.text):
            first = press(staff_client, first, "Go on")
        while "Go on" in words(second.text):
            second = press(other, second, "Go on")
        assert "5 contacts are changed." in words(first.text)
        assert "Nobody was changed." in words(second.text)
        assert "Nothing would change for them. 5" in words(second.text)

    def test_more_than_are_taken(
        self, staff_client: FlaskClient, five: list[Any], session: Session,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        """The page says so, takes the first ones, and leads to the next ones at its end."""
        for module in (selection, planning, pages):
            monkeypatch.setattr(module, "MOST", 3)
        page = matching(staff_client, "Permissions", f"{LIST}?q=acme")
        page = press(staff_client, page, "Continue", give=["support"])
        assert "More than 3 contacts match. These are the first 3" in words(page.text)
        page = press(staff_client, page, "Change 3 contacts")
        while "progress-title" in page.text:
            page = press(staff_client, page, "Go on")
        following = re.search(r'href="([^"]+)">Go on with the next ones', page.text)
        assert following is not None
        page = staff_client.get(unescape(following[1]))
        page = press(staff_client, page, "Continue", give=["support"])
        assert "Change 2 contacts?" in words(page.text)
        page = press(staff_client, page, "Change 2 contacts")
        while "progress-title" in page.text:
            page = press(staff_client, page, "Go on")
        assert "Go on with the next ones" not in page.text
        assert self.holders(session) == 5

    def test_a_busy_database(
        self, staff_client: FlaskClient, five: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is said, the script does not press on, and the button does."""
        page = self.begin(staff_client)
        with monkeypatch.context() as patch:
            busy = "flask_contacts.services.chunks._do_or_divide"
            refused = [running.Outcome(1, "", "busy")]
            patch.setattr(busy, lambda *_arguments: refused)
            page = press(staff_client, page, "Go on")
        assert "The database was busy." in words(page.text)
        assert "data-contacts-go-on" not in page.text
        assert "4 of 5" in words(press(staff_client, page, "Go on").text)


def test_a_task_is_its_makers(
    app: Flask, staff_client: FlaskClient, five: list[Any], session: Session
) -> None:
    """Nobody else can look at it or go on with it; nor with another filter, nor altered."""
    many = TestManyContacts()
    page = many.begin(staff_client, f"{LIST}?q=acme")
    add_staff(app, "una", *RIGHTS, VIEW_ALL)
    other = browser_of(app, "una")
    address = f"{page.request.path}?{page.request.query_string.decode()}"
    assert other.get(address).status_code == 404
    task = next(form.values["task"] for form in forms_of(page.text) if "task" in form.values)
    run = "/customer-contacts/bulk-run"
    assert post(other, f"{run}?q=acme", task=task).status_code == 404
    assert post(staff_client, run, task=task).status_code == 404
    assert post(staff_client, f"{run}?q=acme", task=task + "x").status_code == 404
    assert post(staff_client, f"{run}?q=acme", task="").status_code == 404
    assert staff_client.get(address.replace("q=acme", "q=other")).status_code == 404
    assert many.holders(session) == 2


def test_permission_and_visibility(
    app: Flask, customer: Any, make_customer: Make, make_contact: Make, session: Session
) -> None:
    """Without the permission no button and no page; of hidden contacts nothing is said, and
    nothing is done to them, though somebody sends their ids (S7)."""
    mine = make_contact(customer, **WITHOUT)
    far = make_contact(hidden(make_customer), firstname="Far", lastname="Away", **WITHOUT)
    add_staff(app, "sam", *RIGHTS[:2], VIEW_ALL)
    client = browser_of(app, "sam")
    assert "Deactivate" not in words(client.get(LIST).text)
    for what in ("deactivate", "permissions"):
        assert client.get(f"{BULK}/{what}?contact={mine.id}").status_code in {302, 403}
        post(client, f"{BULK}/{what}", choose="selected", contacts=str(mine.id))
    client = limited(app, session, customer)
    for query in (f"contact={mine.id}&contact={far.id}", f"choose=page&shown={mine.id},{far.id}"):
        page = client.get(f"{BULK}/deactivate?{query}")
        assert "Deactivate 1 contact?" in words(page.text)
        assert "Not found any more: changed or removed since they were counted. 1" in words(
            page.text
        )
        assert "Far" not in page.text
    page = client.get(f"{BULK}/deactivate?choose=matching")
    assert "Deactivate 1 contact?" in words(page.text)
    done = press(client, client.get(f"{BULK}/deactivate?{query}"), "Deactivate 1 contact")
    assert "1 contact is deactivated." in words(done.text)
    assert "Far" not in done.text
    assert again(session, far).active
    assert not again(session, mine).active


def test_rights_that_are_taken_in_between(
    app: Flask, customer: Any, make_contact: Make, session: Session
) -> None:
    """Who had the page and has lost the permission since does nothing any more."""
    contact = make_contact(customer, **WITHOUT)
    client = limited(app, session, customer)
    page = client.get(f"{BULK}/deactivate?contact={contact.id}")
    with app.app_context():
        sm = app.appbuilder.sm  # type: ignore[attr-defined]
        role = sm.find_role("Role of una")
        sm.del_permission_role(role, sm.find_permission_view_menu(*RIGHTS[2]))
    press(client, page, "Deactivate 1 contact")
    assert again(session, contact).active


def test_junk(staff_client: FlaskClient, customer: Any, make_contact: Make) -> None:
    """Nobody selected is said; what is no list of ids, no action and no field is refused."""
    contact = make_contact(customer, **WITHOUT)
    answer = staff_client.get(f"{BULK}/deactivate")
    assert answer.status_code == 302
    assert "Nobody is selected" in words(staff_client.get(answer.location).text)
    assert staff_client.get(f"{BULK}/explode?contact=1").status_code == 404
    assert staff_client.get(f"{BULK}/deactivate?contact=abc").status_code == 404
    url, one = f"{BULK}/deactivate", {"choose": "selected", "contacts": str(contact.id)}
    assert post(staff_client, f"{BULK}/explode", **one).status_code == 404
    assert post(staff_client, url, choose="selected", contacts="").status_code == 400
    assert post(staff_client, url, choose="selected", contacts="1,x").status_code == 404
    assert post(staff_client, url).status_code == 400
    assert post(staff_client, url, **one, password="x").status_code == 422
    assert post(staff_client, url, choose="matching", rest="x").status_code == 404
    many = ",".join(map(str, range(1, 502)))
    assert post(staff_client, url, choose="selected", contacts=many).status_code == 400
    assert post(staff_client, f"{BULK}/permissions", **one, give="x").status_code == 422
    assert staff_client.get("/customer-contacts/bulk-run").status_code == 404
    answer = staff_client.get(f"{url}?choose=matching&company=Nobody+Inc")
    assert "A filter of this address cannot be." in words(staff_client.get(answer.location).text)
    assert post(staff_client, f"{url}?company=Nobody", choose="matching").status_code == 404


@pytest.mark.parametrize("choose", ["matching", "selected", "page"])
def test_a_filter_that_is_not_understood(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, choose: str
) -> None:
    """It is left out of the list, which then holds more than was meant: no action takes all that
    match it, nor those that were ticked in it, but leads back to the list with the filter; and
    that list offers neither actions nor files."""
    contact = make_contact(customer, **WITHOUT)
    html = staff_client.get(f"{LIST}?company=Acme").text
    buttons = {unescape(one) for one in re.findall(r'formaction="([^"]+)"', html)}
    exports = {f"/customer-contacts-export/{kind}" for kind in ("csv", "xlsx", "vcard")}
    assert len(buttons) == 9
    assert all(one in html for one in exports)
    wrong = {"company": "Acm", "manager": "nobody", "choose": choose}
    for url in buttons | exports:
        answer = staff_client.get(url, query_string={
            **wrong, "contact": str(contact.id), "shown": str(contact.id),
        })  # fmt: skip
        assert answer.status_code == 302, url
        list_of = urlsplit(answer.location)
        assert list_of.path == LIST
        assert parse_qs(list_of.query) == {"company": ["Acm"], "manager": ["nobody"]}
        page = staff_client.get(answer.location)
        said = words(page.text)
        assert "A filter of this address cannot be. Correct it first." in said
        assert "Correct it before you export or change contacts." in said
        assert "No record is called exactly so. Is it this one?" in said
        assert "formaction" not in page.text
        assert not any(one in page.text for one in exports)
        assert 'name="contact"' not in page.text


def test_people_of_one_name(
    app: Flask, staff_client: FlaskClient, customer: Any, make_customer: Make,
    make_contact: Make, session: Session,
) -> None:  # fmt: skip
    """Two who are named alike are told apart by their company, and in one company by their
    address: before the change, and after it."""
    twin = {"firstname": "Olivia", "lastname": "Hart", **WITHOUT}
    first = make_contact(customer, email="first@example.com", **twin)
    second = make_contact(customer, email="second@example.com", **twin)
    other = make_contact(make_customer(company="Zenith"), email="other@example.com", **twin)
    page = chosen(staff_client, "Deactivate", first, second, other)
    said = words(page.text)
    for about in ("Acme, first@example.com", "Acme, second@example.com", "Zenith"):
        assert f"Olivia Hart ({about})" in said
    with app.app_context():
        deactivate_contact(session, customer.id, second.id)
    done = press(staff_client, page, "Deactivate 3 contacts")
    assert "Olivia Hart (Acme)" in words(done.text)


class TestExport:
    """The same choice leads to files."""

    @pytest.fixture
    def people(self, customer: Any, make_contact: Make) -> list[Any]:
        """Three contacts of Acme."""
        return [make_contact(customer, lastname=f"L{one}", **WITHOUT) for one in range(3)]

    def links(self, html: str) -> list[str]:
        """The links to the files."""
        return [
            unescape(one) for one in re.findall(r'href="(/customer-contacts-export/[^"]+)', html)
        ]

    def test_the_chosen(self, staff_client: FlaskClient, people: list[Any]) -> None:
        """Those that were ticked alone, in each format."""
        page = chosen(staff_client, "Export", people[0], people[2], at=f"{LIST}?q=acme")
        assert "Export 2 contacts" in words(page.text)
        links = self.links(page.text)
        assert len(links) == 4
        text = staff_client.get(links[0]).text
        assert [one in text for one in ("L0", "L1", "L2")] == [True, False, True]
        with staff_client.get(links[1]) as answer:
            assert answer.status_code == 200

    def test_all_that_match(self, staff_client: FlaskClient, people: list[Any]) -> None:
        """The list's filters hold for the files."""
        page = matching(staff_client, "Export", at=f"{LIST}?q=l1")
        assert "Export 1 contact" in words(page.text)
        text = staff_client.get(self.links(page.text)[0]).text
        assert [one in text for one in ("L0", "L1", "L2")] == [False, True, False]

    def test_hidden_and_junk(
        self, app: Flask, staff_client: FlaskClient, customer: Any, people: list[Any],
        make_customer: Make, make_contact: Make, session: Session,
    ) -> None:  # fmt: skip
        """Ids of hidden contacts bring nothing (S7); nobody and junk are refused."""
        far = make_contact(hidden(make_customer), lastname="Away", **WITHOUT)
        client = limited(app, session, customer)
        with app.app_context():
            sm = app.appbuilder.sm  # type: ignore[attr-defined]
            pair = sm.find_permission_view_menu("can_export", "Customer contacts")
            sm.add_permission_role(sm.find_role("Role of una"), pair)
        url = "/customer-contacts-export/csv?choose=selected"
        text = client.get(f"{url}&contact={far.id},{people[0].id}").text
        assert ("L0" in text, "Away" in text) == (True, False)
        assert staff_client.get(url).status_code == 400
        assert staff_client.get(f"{url}&contact=x").status_code == 404
        answer = staff_client.get("/customer-contacts/export-chosen")
        assert "Nobody is selected" in words(staff_client.get(answer.location).text)
