"""CRM → Marketing lists, and Add to marketing list for one contact and for many (seed 002)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Activity, MarketingList, MarketingMember
from flask_contacts.services.agent.contacts import create_agent_contact
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.states import deactivate_contact, delete_contact
from flask_contacts.services.marketing import lists as marketing_lists, members as marketing_members
from tests.host_app import LIMITS_STAFF
from tests.staff_people import VIEW_ALL, add_staff, browser_of, post, words

Make = Callable[..., Any]
LISTS = "/contacts-marketing-lists"
ADD = "/customer-contacts/marketing-list"
SEES = tuple((f"can_{name}", "Marketing lists") for name in ("list", "show"))
ADDS = tuple(
    (f"can_{name}", "Customer contacts") for name in ("list", "show", "add_to_marketing_list")
)
PAYLOAD = '"><script>alert(1)</script>{contact_email}'


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def make_list(app: Flask, session: Session) -> Make:
    """``make_list(name)`` makes a marketing list."""

    def make(name: str = "Newsletter", **raw: object) -> MarketingList:
        with app.app_context():
            return marketing_lists.create_list(session, {"name": name, **raw})

    return make


def hidden(make_customer: Make) -> Any:
    """A customer that staff without more do not see."""
    return make_customer(company="Hidden", **({"region": "South"} if LIMITS_STAFF else {}))


def leave(session: Session, contact: Any) -> None:
    """The person leaves every list."""
    for member in session.scalars(
        select(MarketingMember).where(MarketingMember.contact_id == contact.id)
    ):
        member.unsubscribed_at = utc_now()
    session.commit()


def names(html: str) -> list[str]:
    """The names in the table of a page."""
    body = html[html.find("<tbody>") : html.find("</tbody>")]
    return [unescape(one) for one in re.findall(r"<strong>(.*?)</strong>", body)]


def test_the_whole_way(
    staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
) -> None:
    """New, add a contact with source, date and who added it, count, remove, archive, restore."""
    answer = post(staff_client, f"{LISTS}/new", name="Newsletter", description="Monthly")
    show = answer.location
    contact = make_contact(customer, firstname="Mara", lastname="Lind")
    page = words(staff_client.get(f"/customer-contacts/show/{contact.id}").text)
    assert "Add to marketing list" in page
    assert "Newsletter" in staff_client.get(f"{ADD}/{contact.id}").text
    answer = post(staff_client, f"{ADD}/{contact.id}", list=" newsLETTER ")
    assert answer.location.startswith(f"/customer-contacts/show/{contact.id}")
    shown = words(staff_client.get(answer.location).text)
    assert "Mara Lind is on the list “Newsletter” now." in shown
    assert "Added to a marketing list" in shown
    html = staff_client.get(show).text
    assert names(html) == ["Mara Lind"]
    assert "Contact's page · Ada Min" in words(html)
    assert re.search(r"Newsletter 1 ", words(staff_client.get(f"{LISTS}/").text))
    pk = show.rpartition("/")[2]
    post(staff_client, f"{LISTS}/remove/{pk}/{contact.id}")
    assert names(staff_client.get(show).text) == []
    post(staff_client, f"{LISTS}/archive/{pk}")
    assert names(staff_client.get(f"{LISTS}/").text) == []
    assert names(staff_client.get(f"{LISTS}/?archived=1").text) == ["Newsletter"]
    answer = post(staff_client, f"{ADD}/{contact.id}", list="Newsletter")
    assert answer.status_code == 422
    assert "This list is archived" in words(answer.text)
    post(staff_client, f"{LISTS}/restore/{pk}")
    assert names(staff_client.get(f"{LISTS}/").text) == ["Newsletter"]
    post(staff_client, f"{LISTS}/edit/{pk}", name="News", description="")
    assert names(staff_client.get(f"{LISTS}/").text) == ["News"]
    verbs = session.scalars(select(Activity.verb).where(Activity.contact_id == contact.id))
    assert [verb for verb in verbs if verb.endswith("_list")] == ["added_to_list",
                                                                  "removed_from_list"]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "This field is required."),
        ("newsletter", "Another list has this name"),
        ("x" * 101, "Use at most 100 characters."),
        ("a\x00b", "cannot be shown"),
    ],
)
def test_bad_names(
    staff_client: FlaskClient, make_list: Make, session: Session, name: str, problem: str
) -> None:
    """Each is told at the field, nothing typed is lost, nothing is written."""
    make_list("Newsletter")
    other = make_list("Other")
    for url in (f"{LISTS}/new", f"{LISTS}/edit/{other.id}"):
        answer = post(staff_client, url, name=name, description="Keep me")
        assert answer.status_code == 422, url
        assert problem in words(answer.text)
        assert 'id="name-error"' in answer.text
        assert "Keep me" in answer.text
    session.expire_all()
    assert set(session.scalars(select(MarketingList.name))) == {"Newsletter", "Other"}


def test_markup_is_text(
    staff_client: FlaskClient, customer: Any, make_list: Make, make_contact: Make
) -> None:
    """A list's and a contact's name is text on every page."""
    made = make_list(PAYLOAD, description=PAYLOAD)
    contact = make_contact(customer, lastname=PAYLOAD)
    post(staff_client, f"{ADD}/{contact.id}", list=PAYLOAD)
    for url in (f"{LISTS}/", f"{LISTS}/show/{made.id}", f"{LISTS}/edit/{made.id}",
                f"{ADD}/{contact.id}", f"{ADD}?contact={contact.id}",
                f"/customer-contacts/show/{contact.id}"):  # fmt: skip
        html = staff_client.get(url).text
        assert "<script>alert" not in html, url
        assert "alert(1)" in html, url


def test_who_is_not_added(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, make_list: Make,
    session: Session,
) -> None:  # fmt: skip
    """Unknown list, member already, not active: the error at the field, what was typed kept."""
    make_list()
    contact, off = make_contact(customer), make_contact(customer)
    with app.app_context():
        deactivate_contact(session, customer.id, off.id)
    post(staff_client, f"{ADD}/{contact.id}", list="Newsletter")
    for pk, typed, problem in (
        (contact.id, "Newsletter", "Is on the list already."),
        (contact.id, "Newslette", "No record is called exactly so. Is it this one?"),
        (contact.id, "", "Choose a list."),
        (contact.id, "x" * 5000, "There is no such list."),
        (off.id, "Newsletter", "Not active."),
    ):
        answer = post(staff_client, f"{ADD}/{pk}", list=typed)
        assert answer.status_code == 422, typed
        assert problem in words(answer.text)
        assert f'value="{typed}"' in answer.text
    assert staff_client.get(f"{ADD}/999").status_code == 404
    assert post(staff_client, f"{ADD}/{contact.id}", list="x", source="y").status_code == 422


def test_who_left_is_not_added_silently(
    staff_client: FlaskClient, customer: Any, make_contact: Make, make_list: Make,
    session: Session,
) -> None:  # fmt: skip
    """Adding asks first; with many they are skipped; and they cannot be removed, to be added."""
    made = make_list()
    contact = make_contact(customer, lastname="Gone")
    post(staff_client, f"{ADD}/{contact.id}", list="Newsletter")
    leave(session, contact)
    show = f"{LISTS}/show/{made.id}"
    assert names(staff_client.get(show).text) == []
    gone = staff_client.get(f"{show}?left=1").text
    assert names(gone) == ["Ada Gone"]
    added, left = re.findall(r'<td data-label="(?:Added|Left)">(.*?)</td>', gone, re.DOTALL)
    assert "Contact's page" in words(added)  # who added the person has not removed the person
    assert words(left) == words("".join(re.findall(r"<span>|<time .*?</time>|</span>", left)))
    answer = post(staff_client, f"{LISTS}/remove/{made.id}/{contact.id}")
    assert "Who has left stays" in words(staff_client.get(answer.location).text)
    fields = {"contacts": str(contact.id), "list": "Newsletter", "step": "add"}
    answer = post(staff_client, ADD, **fields)
    assert "Has left the list." in words(staff_client.get(answer.location).text)
    answer = post(staff_client, f"{ADD}/{contact.id}", list="Newsletter")
    assert answer.status_code == 422
    assert "has left this list" in words(answer.text)
    assert 'name="rejoin"' in answer.text
    assert names(staff_client.get(show).text) == []
    answer = post(staff_client, f"{ADD}/{contact.id}", list="Newsletter", rejoin="y")
    assert answer.status_code == 302
    assert names(staff_client.get(show).text) == ["Ada Gone"]


class TestMany:
    """From the list of contacts."""

    def test_preview_and_done(
        self, app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make,
        make_list: Make, session: Session,
    ) -> None:  # fmt: skip
        """First the list is asked for, then who is added and who not; then it is done."""
        made = make_list()
        people = [make_contact(customer, lastname=f"Yes {one}") for one in range(3)]
        there, left, off = (make_contact(customer, lastname=one) for one in ("In", "Out", "Off"))
        with app.app_context():
            marketing_members.add_members(session, made.id, [left.id])
            leave(session, left)
            marketing_members.add_members(session, made.id, [there.id])
            deactivate_contact(session, customer.id, off.id)
        chosen = [*people, there, left, off]
        query = "&".join(f"contact={one.id}" for one in chosen)
        html = staff_client.get(f"{ADD}?{query}").text
        assert "Add 6 contacts to a marketing list" in words(html)
        ids = ",".join(str(one.id) for one in chosen)
        answer = post(staff_client, ADD, contacts=ids, list="Other", step="preview")
        assert answer.status_code == 422
        assert "There is no such list." in words(answer.text)
        assert f'value="{ids}"' in answer.text
        answer = post(staff_client, ADD, contacts=ids, list="newsletter", step="preview")
        page = words(answer.text)
        assert "Add 3 contacts to a marketing list" in page
        assert "Is on the list already. 1 Ada In" in page
        assert "Has left the list." in page
        assert "Not active. 1 Ada Off" in page
        assert len(session.scalars(select(MarketingMember)).all()) == 2
        wanted = re.search(r'name="contacts" value="([^"]*)"', answer.text)
        assert wanted is not None
        answer = post(staff_client, ADD, contacts=wanted[1], list="Newsletter", step="add")
        said = words(staff_client.get(answer.location).text)
        assert "3 contacts are on the list “Newsletter” now." in said
        html = staff_client.get(f"{LISTS}/show/{made.id}").text
        assert len(names(html)) == 4
        assert "List of contacts · Ada Min" in words(html)

    def test_all_that_match_in_portions(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, make_list: Make,
        monkeypatch: pytest.MonkeyPatch, session: Session,
    ) -> None:  # fmt: skip
        """More than are done at once come one portion after the other."""
        from flask_contacts.admin.contact_list import chosen_contacts

        monkeypatch.setattr(chosen_contacts, "MOST_AT_ONCE", 4)
        make_list()
        for number in range(7):
            make_contact(customer, lastname=f"Lind {number}")
        make_contact(customer, lastname="Berg")
        url: str | None = f"{ADD}?choose=matching&q=lind"
        while url is not None:
            html = staff_client.get(url).text
            fields = {
                name: re.search(rf'name="{name}" value="([^"]*)"', html)
                for name in ("contacts", "rest")
            }
            action = re.search(r'action="([^"]*marketing-list[^"]*)"', html)
            assert action is not None
            sent = {name: match[1] for name, match in fields.items() if match}
            answer = post(staff_client, unescape(action[1]), **sent, list="Newsletter", step="add")
            said = staff_client.get(answer.location).text
            more = re.search(r'class="alert-link" href="([^"]*)"', said)
            url = unescape(more[1]) if more else None
        assert len(session.scalars(select(MarketingMember)).all()) == 7

    def test_no_list_yet(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make
    ) -> None:
        """Without a list the page leads to New."""
        contact = make_contact(customer)
        for url in (f"{ADD}/{contact.id}", f"{ADD}?contact={contact.id}"):
            html = staff_client.get(url).text
            assert "No marketing list yet" in html
            assert f'href="{LISTS}/new"' in html

    def test_junk(self, staff_client: FlaskClient, make_list: Make) -> None:
        """What is no list of ids is 404, nobody 400, a foreign field 422."""
        make_list()
        assert staff_client.get(f"{ADD}?contact=1'--").status_code == 404
        assert post(staff_client, ADD, contacts="x", list="Newsletter").status_code == 404
        assert post(staff_client, ADD, contacts="", list="Newsletter").status_code == 400
        assert post(staff_client, ADD, contacts="1", list="Newsletter", a="b").status_code == 422
        answer = post(staff_client, ADD, contacts="99999", list="Newsletter", step="add")
        assert "Does not exist any more." in words(staff_client.get(answer.location).text)


def test_permissions(
    app: Flask, customer: Any, make_contact: Make, make_list: Make, session: Session
) -> None:
    """Each permission opens its own: without it neither button nor page."""
    made, contact = make_list(), make_contact(customer)
    with app.app_context():
        marketing_members.add_members(session, made.id, [contact.id])
    add_staff(app, "sam", *SEES, *ADDS[:2], VIEW_ALL)
    client = browser_of(app, "sam")
    html = client.get(f"{LISTS}/show/{made.id}").text
    assert names(html)
    for hidden_button in ("/remove/", "/archive/", "/edit/"):
        assert f"{LISTS}{hidden_button}" not in html
    assert f"{LISTS}/new" not in client.get(f"{LISTS}/").text
    assert ADD not in client.get(f"/customer-contacts/show/{contact.id}").text
    post(client, f"{LISTS}/remove/{made.id}/{contact.id}")
    post(client, f"{LISTS}/archive/{made.id}")
    post(client, f"{LISTS}/edit/{made.id}", name="X")
    post(client, f"{LISTS}/new", name="X")
    add_staff(app, "una", ADDS[0])
    client = browser_of(app, "una")
    assert client.get(f"{LISTS}/").status_code != 200
    assert client.get(f"{LISTS}/show/{made.id}").status_code != 200
    session.expire_all()
    assert [(one.name, one.active) for one in session.scalars(select(MarketingList))] == [
        ("Newsletter", True)
    ]
    assert len(session.scalars(select(MarketingMember)).all()) == 1


def test_an_empty_list_says_who_adds(app: Flask, make_list: Make) -> None:
    """Who may add reads which button does it, who may not reads who may: no button that is not
    there is named."""
    url = f"{LISTS}/show/{make_list().id}"
    button = "from the list of contacts, with Add to marketing list."
    others = "Staff with the role crm_sales or crm_manager add contacts"
    add_staff(app, "sam", *SEES, *ADDS[:2], VIEW_ALL)
    page = words(browser_of(app, "sam").get(url).text)
    assert button not in page
    assert others in page
    add_staff(app, "una", *SEES, *ADDS, ("can_add_to_marketing_list", "Customer contacts"))
    page = words(browser_of(app, "una").get(url).text)
    assert button in page
    assert others not in page


def test_who_has_no_address(
    app: Flask, staff_client: FlaskClient, session: Session, customer: Any, make_contact: Make,
    make_list: Make,
) -> None:  # fmt: skip
    """Before contacts are added the page says how many of them mail cannot reach; of the others
    it says nothing. They come on the list all the same."""
    made = make_list()
    with_one = make_contact(customer, lastname="Lind")
    with app.app_context():
        mute = {"firstname": "Mute", "is_user": False}
        without = [
            create_agent_contact(session, customer.id, {**mute, "lastname": one}).contact
            for one in ("A", "B")
        ]
    saying = "no e-mail address"
    assert saying not in words(staff_client.get(f"{ADD}/{with_one.id}").text)
    assert f"This contact has {saying}" in words(staff_client.get(f"{ADD}/{without[0].id}").text)
    preview = {"list": "Newsletter", "step": "preview"}
    assert saying not in words(post(staff_client, ADD, contacts=str(with_one.id), **preview).text)
    ids = ",".join(str(one.id) for one in (with_one, *without))
    page = words(post(staff_client, ADD, contacts=ids, **preview).text)
    assert "2 of them have no e-mail address, and are not mailed." in page
    post(staff_client, ADD, contacts=ids, list="Newsletter", step="add")
    members = select(MarketingMember).where(MarketingMember.list_id == made.id)
    assert len(session.scalars(members).all()) == 3


def test_hidden_contacts(
    app: Flask, make_customer: Make, make_contact: Make, make_list: Make, session: Session
) -> None:
    """They are on no page, in no count, and can be neither added nor removed (S7)."""
    made = make_list()
    other = make_contact(hidden(make_customer), lastname="Secret")
    third = make_contact(hidden(make_customer), lastname="Third")
    with app.app_context():
        marketing_members.add_members(session, made.id, [other.id])
    add_staff(app, "sam", *SEES, *ADDS, ("can_remove_member", "Marketing lists"))
    client = browser_of(app, "sam")
    html = client.get(f"{LISTS}/show/{made.id}").text
    assert "Secret" not in html
    assert 'class="badge">0<' in html
    assert re.search(r"Newsletter 0 ", words(client.get(f"{LISTS}/").text))
    assert post(client, f"{LISTS}/remove/{made.id}/{other.id}").status_code == 404
    assert client.get(f"{ADD}/{other.id}").status_code == 404
    assert post(client, f"{ADD}/{third.id}", list="Newsletter").status_code == 404
    fields = {"contacts": f"{other.id},{third.id}", "list": "Newsletter"}
    shown = post(client, ADD, **fields, step="preview").text
    assert "Secret" not in shown
    assert "Third" not in shown
    said = words(client.get(post(client, ADD, **fields, step="add").location).text)
    assert "Left out (2): Does not exist any more." in said
    session.expire_all()
    assert len(session.scalars(select(MarketingMember)).all()) == 1


def test_pages_by_key_cost_the_same(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, make_list: Make,
    session: Session, statements: Any,
) -> None:  # fmt: skip
    """Each list and each member once, at the same number of statements for one and for many."""
    made, counts = make_list("A list"), []
    urls = (f"{LISTS}/", f"{LISTS}/show/{made.id}")
    contact = make_contact(customer)
    with app.app_context():
        marketing_members.add_members(session, made.id, [contact.id])
    for url in urls:
        staff_client.get(url)
        with statements() as seen:
            staff_client.get(url)
        counts.append(len(seen))
    people = [make_contact(customer, lastname=f"P{one:02}") for one in range(29)]
    for one in range(29):
        make_list(f"List {one:02}")
    rows = [{"list_id": made.id, "contact_id": one.id, "source": "x", "added_by": "y",
             "added_at": utc_now()} for one in people]  # fmt: skip
    session.execute(insert(MarketingMember), rows)
    session.commit()
    for url, count, expected in zip(urls, counts, (30, 30), strict=True):
        with statements() as seen:
            staff_client.get(url)
        assert len(seen) == count, url
        found, next_url = [], url
        while next_url:
            html = staff_client.get(next_url).text
            found += names(html)
            match = re.search(r'<a href="([^"]*)" rel="next">', html)
            next_url = unescape(match[1]) if match else ""
        assert len(found) == len(set(found)) == expected
    for url in urls:
        assert staff_client.get(f"{url}?after=abc").status_code == 404
    assert staff_client.get(f"{LISTS}/show/999").status_code == 404


def test_gone_with_the_person(
    app: Flask, customer: Any, make_contact: Make, make_list: Make, session: Session
) -> None:
    """Deleting and anonymising take the contact off every list."""
    made = make_list()
    keep, first, second = (make_contact(customer) for _one in range(3))
    with app.app_context():
        marketing_members.add_members(session, made.id, [keep.id, first.id, second.id])
        delete_contact(session, customer.id, first.id)
        archive_contact(session, customer.id, second.id)
        anonymise_contact(session, customer.id, second.id)
    session.expire_all()
    assert list(session.scalars(select(MarketingMember.contact_id))) == [keep.id]


def test_who_is_not_mailed(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, make_list: Make,
    session: Session,
) -> None:  # fmt: skip
    """A member with Do not send emails is shown with that, on the page of the list."""
    made, contact = make_list(), make_contact(customer, do_not_send_emails=True)
    with app.app_context():
        marketing_members.add_members(session, made.id, [contact.id], source="Fair 2026")
    shown = words(staff_client.get(f"{LISTS}/show/{made.id}").text)
    assert "Is not mailed: Do not send emails is ticked" in shown
    assert "Fair 2026" in shown
    assert "it can be on a list, and is not mailed" in words(
        staff_client.get(f"{ADD}/{contact.id}").text
    )


def on_page(html: str) -> str:
    """What the page of a contact says of its lists."""
    _before, _mark, after = html.partition('class="list-unstyled contacts-on-lists"')
    return words(after[: after.index("</ul>")]) if after else ""


def test_the_lists_stand_on_the_contacts_page(
    app: Flask, staff_client: FlaskClient, customer: Any, make_contact: Make, make_list: Make,
    session: Session, statements: Make,
) -> None:  # fmt: skip
    """By name, with where from, by whom and when; left and archived ones as such; in one
    statement, and nothing for staff who may not see lists."""
    contact = make_contact(customer, firstname="Mara", lastname="Lind")
    url = f"/customer-contacts/show/{contact.id}"
    news, fair = make_list("<News>"), make_list("Fair")
    assert on_page(staff_client.get(url).text) == ""
    with statements() as without:
        staff_client.get(url)
    post(staff_client, f"{ADD}/{contact.id}", list="<News>")
    with app.app_context():
        marketing_members.add_members(session, fair.id, [contact.id], source="Fair 2026")
    html = staff_client.get(url).text
    assert f'<a href="{LISTS}/show/{news.id}">&lt;News&gt;</a>' in html
    assert re.fullmatch(
        r".*<News> Added: \w+ \d+, \d{4}, [^·]+ · Contact's page · Ada Min "
        r"Fair Added: [^·]+ · Fair 2026.*",
        on_page(html),
    )
    with statements() as both:
        staff_client.get(url)
    assert len(both) == len(without)
    leave(session, contact)
    with app.app_context():
        marketing_lists.archive_list(session, fair.id)
    left = on_page(staff_client.get(url).text)  # who added the contact has not removed it
    assert re.search(r"<News> Left Added: .* · Ada Min Left: [^·]+ Fair Left Archived ", left)
    assert re.search(r" Fair .* Added: [^·]+ · Fair 2026 Left: [^·]+$", left.strip())
    add_staff(app, "una", *ADDS[:2], VIEW_ALL)
    assert on_page(browser_of(app, "una").get(url).text) == ""
    add_staff(app, "lou", *ADDS[:2], VIEW_ALL, SEES[0])
    seen = browser_of(app, "lou").get(url).text
    assert "<News>" in on_page(seen)
    assert f"{LISTS}/show/" not in seen
