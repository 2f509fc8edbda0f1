"""Duplicates in the agent interface: told of while typing, listed, compared, merged."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.mail.marketing_links import marketing_url
from flask_contacts.mail.topic_links import topic_url
from flask_contacts.models import (
    Activity,
    Contact,
    MarketingList,
    MarketingMember,
    NotDuplicates,
)
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.services.duplicates import groups
from tests.agent_pages import EVERYTHING, hidden_customer, sign_in_limited, value_of
from tests.example import FormReader
from tests.host_app import HostTicket, contacts
from tests.staff_people import VIEW_ALL, add_staff, browser_of, post, words

Make = Callable[..., Any]
URL, LIST = "/customer-contacts", "/contacts-duplicates/"
ALONE = {"is_user": False, "password": ""}
MERGES = (*EVERYTHING, "can_merge", "can_list Duplicates", "can_dismiss Duplicates")
PAYLOAD = '"><script>alert(1)</script>{contact_email}'


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Aurora")


@pytest.fixture
def pair(customer: Any, make_contact: Make) -> tuple[Contact, Contact]:
    """A contact with a login, and what somebody typed of her a second time."""
    mara = make_contact(customer, firstname="Mara", lastname="Lind", email="mara@aurora.example",
                        permissions=["invoices"], topics=["invoice"])  # fmt: skip
    again = make_contact(customer, firstname="M.", lastname="Lind", email="m.lind@home.example",
                         phone="+44 20 7946 0018", position="Director", **ALONE)  # fmt: skip
    return mara, again


def address(*contacts: Any, **more: Any) -> str:
    """The page that compares."""
    ids = [getattr(one, "id", one) for one in contacts]
    return f"{URL}/merge?{urlencode({'contact': ids, **more}, doseq=True)}"


def form_of(html: str) -> dict[str, list[str]]:
    """What a browser would send of the page's form."""
    reader = FormReader()
    reader.feed(html)
    return reader.values


def send(client: FlaskClient, url: str, **changes: Any) -> Any:
    """Open the page, change some of its form, and send it where it goes."""
    page = client.get(url)
    assert page.status_code == 200, page.status
    return client.post(f"{URL}/merge", data={**form_of(page.text), **changes})


def chosen(html: str, name: str) -> str:
    """The value of a field whose radio button is on."""
    found = re.search(rf'name="choice-{name}" value="([^"]*)" checked', html)
    assert found is not None, name
    return found[1]


class TestTheMerge:
    """From the contact's page to the one that stays."""

    def test_the_whole_way(
        self, staff_client: FlaskClient, customer: Any, pair: tuple[Contact, Contact],
        session: Session,
    ) -> None:  # fmt: skip
        """Find duplicates, compare, merge: the better values, one feed, the old address."""
        mara, again = pair
        session.add(HostTicket(subject="Printer", customer_id=customer.id, contact_id=again.id))
        session.commit()
        ids, old_tab = (mara.id, again.id), f"/customercontacts/edit/{customer.id}/{again.id}"
        assert f"{URL}/duplicates/{mara.id}" in staff_client.get(f"{URL}/show/{mara.id}").text
        found = staff_client.get(f"{URL}/duplicates/{mara.id}").text
        assert "Similar name" in found
        compare = unescape(re.search(r'href="([^"]*/merge\?[^"]*)"', found)[1])  # type: ignore[index]
        html = staff_client.get(compare).text
        text = words(html)
        for one in ("Mara Lind", "M. Lind", "mara@aurora.example stays the address",
                    "Tickets: 1", "cannot be undone", "Merge 2 contacts"):  # fmt: skip
            assert one in text, one
        assert chosen(html, "firstname") == str(mara.id)
        assert chosen(html, "position") == str(again.id)
        assert chosen(html, "email2") == f"{again.id}.email"
        answer = send(staff_client, compare)
        assert answer.status_code == 302
        assert answer.location.endswith(f"/show/{ids[0]}")
        shown = words(staff_client.get(answer.location).text)
        for one in ("M. Lind was merged into Mara Lind.", "Director", "m.lind@home.example",
                    "Merged with another contact", "Created"):  # fmt: skip
            assert one in shown, one
        session.expire_all()
        assert session.scalars(select(Contact.id)).all() == [ids[0]]
        assert session.scalars(select(HostTicket.contact_id)).all() == [ids[0]]
        for old, new in ((f"{URL}/show/{ids[1]}", f"{URL}/show/{ids[0]}"),
                         (f"{URL}/edit/{ids[1]}?list=active", f"{URL}/edit/{ids[0]}?list=active"),
                         (old_tab, f"/customercontacts/edit/{customer.id}/{ids[0]}")):  # fmt: skip
            moved = staff_client.get(old)
            assert (moved.status_code, moved.location) == (302, new), old
            assert staff_client.get(new).status_code == 200
        assert staff_client.get(f"{URL}/show/999").status_code == 404
        assert post(staff_client, f"{URL}/deactivate/{ids[1]}").status_code == 404

    def test_the_other_one_stays(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact], session: Session
    ) -> None:
        """With its address the login goes on; the page said so, and a choice can be another."""
        mara, again = pair
        html = staff_client.get(address(mara, again, keep=again.id)).text
        assert "The login mara@aurora.example goes on if this address is chosen" in words(html)
        assert chosen(html, "email") == str(mara.id)
        choices = {"choice-lastname": str(again.id), "choice-position": str(mara.id)}
        answer = send(staff_client, address(mara, again, keep=again.id), **choices)
        assert answer.location.endswith(f"/show/{again.id}")
        session.expire_all()
        kept = session.scalars(select(Contact)).one()
        assert (kept.id, kept.email, kept.position) == (again.id, "mara@aurora.example", None)
        assert kept.login is not None
        assert kept.is_primary

    def test_what_is_ticked_already(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
    ) -> None:
        """The notifications of the one that stays, not those of the other; a value of the other
        in place of an own one comes with its reason; a tick without its permission does not
        count."""
        keep = make_contact(customer, permissions=["invoices"], topics=["invoice"],
                            phone="+44 117 496 0123")  # fmt: skip
        other = make_contact(customer, permissions=["projects"], topics=["project"],
                             phone="+44 117 496 0124", do_not_call=True, **ALONE)  # fmt: skip
        url, pk = address(keep, other, keep=keep.id), keep.id
        html = staff_client.get(url).text
        assert form_of(html)["topics"] == ["invoice"]
        assert chosen(html, "phone") == str(keep.id)
        assert chosen(html, "do_not_call") == str(other.id)
        assert words(html).count("a ban stays") == 1
        silenced = {"topics": ["invoice", "project"], "silences": ["project"]}
        assert send(staff_client, url, **silenced).status_code == 302
        session.expire_all()
        assert session.get_one(Contact, pk).topic_names == {"invoice"}

    def test_a_login_that_stays_outside(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
    ) -> None:
        """Kept is a contact without a company whose login opens nothing at the other's: the page
        says that the merged contact has none, and the merge leaves it without."""
        there = make_contact(customer, lastname="Lind", **ALONE)
        free = make_contact(None, lastname="Lind", email="mara@home.example")
        url, pk = address(there, free, keep=free.id), free.id
        text = words(staff_client.get(url).text)
        assert "The login mara@home.example does not open this contact any more" in text
        assert "The merged contact has no login. Generate login gives it one" in text
        assert "stays the address and the login" not in text
        assert send(staff_client, url).status_code == 302
        session.expire_all()
        kept = session.scalars(select(Contact)).one()
        assert (kept.id, kept.customer_id, kept.login_id) == (pk, customer.id, None)
        assert kept.is_primary

    @pytest.mark.parametrize(
        "query",
        ["endpoint=x", "_method=PUT", "_external=1&_scheme=javascript", "_anchor=%22%3E", "self=x",
         "pk=5", "customer_pk=9", "tab=a&tab=b%26c"],
    )  # fmt: skip
    def test_a_former_address_with_arguments(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact], query: str
    ) -> None:
        """Whatever stands behind the address comes along as it is, and leads nowhere else."""
        mara, again = pair
        former = f"{URL}/show/{again.id}"
        assert send(staff_client, address(mara, again)).status_code == 302
        answer = staff_client.get(f"{former}?{query}")
        assert answer.status_code == 302
        assert answer.location == f"{URL}/show/{mara.id}?{query}"

    def test_from_the_list(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact], make_contact: Make
    ) -> None:
        """Ticked contacts are compared; one leads to its likenesses, too many are refused."""
        mara, again = pair
        assert "Merge" in words(staff_client.get(f"{URL}/").text)
        ticked = f"choose=selected&contact={mara.id}&contact={again.id}"
        assert "Where they differ" in staff_client.get(f"{URL}/merge?{ticked}").text
        answer = staff_client.get(f"{URL}/merge?choose=selected&contact={mara.id}")
        assert answer.location.endswith(f"/duplicates/{mara.id}")
        six = [make_contact(mara.customer_id, **ALONE) for _one in range(6)]
        answer = staff_client.get(address(*six), follow_redirects=True)
        assert "Choose at most 5 contacts." in words(answer.text)
        assert staff_client.get(f"{URL}/merge").status_code == 302

    def test_another_one_by_name(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact], make_contact: Make
    ) -> None:
        """Staff may compare with whom they name; nobody of that name is an error at the field."""
        mara, _again = pair
        other = make_contact(mara.customer_id, firstname="Zoe", lastname="Quill", **ALONE)
        page = f"{URL}/duplicates/{mara.id}?other="
        assert f"contact={other.id}" in staff_client.get(page + "Zoe+Quill").location
        for typed in ("Nobody+Here", "Mara+Lind", "x" * 400, "%00"):
            answer = staff_client.get(page + typed)
            assert answer.status_code in {404, 422}, typed
            if answer.status_code == 422:
                assert 'id="other-error"' in answer.text

    def test_one_without_a_company(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact], make_contact: Make,
        session: Session,
    ) -> None:  # fmt: skip
        """Who was typed before the company was known becomes the contact of the company."""
        mara, _again = pair
        free = make_contact(None, firstname="Mara", lastname="Lind", mobile_phone="+44 7700 900118",
                            email="mara@aurora.example", **ALONE)  # fmt: skip
        pk = free.id
        assert send(staff_client, address(mara, free)).status_code == 302
        session.expire_all()
        assert session.get(Contact, pk) is None
        session.refresh(mara)
        assert mara.mobile_phone == "+44 7700 900118"

    def test_links_in_old_mails(
        self, app: Flask, client: FlaskClient, staff_client: FlaskClient,
        pair: tuple[Contact, Contact], session: Session,
    ) -> None:  # fmt: skip
        """The links to choose topics and to leave a list, mailed to the former one, still work."""
        mara, again = pair
        news = MarketingList(name="News", name_key="news")
        session.add(news)
        session.flush()
        session.add(MarketingMember(list_id=news.id, contact_id=again.id, source="x"))
        session.commit()
        with app.app_context():
            topics = topic_url(again.uuid, "invoice")
            leave = marketing_url(again.uuid, news.uuid)
        assert send(staff_client, address(mara, again)).status_code == 302
        for url in (topics, leave):
            path = "/" + url.split("/", 3)[3]
            answer = client.get(path, follow_redirects=True)
            assert answer.status_code == 200, path
        answer = client.post("/" + leave.split("/", 3)[3], data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 204
        session.expire_all()
        member = session.scalars(select(MarketingMember)).one()
        assert member.contact_id == mara.id
        assert member.unsubscribed_at is not None


class TestWhatIsRefused:
    """With the reason, and nothing was changed."""

    def test_two_companies(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact], make_customer: Make,
        make_contact: Make, session: Session,
    ) -> None:  # fmt: skip
        """The page explains that it may be right so, and leads to Move; a form is refused."""
        mara, again = pair
        other = make_contact(make_customer(company="Borealis"), lastname="Lind", **ALONE)
        html = staff_client.get(address(mara, other)).text
        assert "contacts of different companies" in words(html)
        assert f"{URL}/move/{other.id}" in html
        assert "Merge 2 contacts" not in words(html)
        assert "Where they differ" not in words(html)
        assert "is the same" not in words(html)
        values = form_of(staff_client.get(address(mara, again)).text)
        changed = {**values, "contact": [str(mara.id), str(other.id)], "keep": str(mara.id)}
        answer = staff_client.post(f"{URL}/merge", data=changed)
        assert answer.status_code == 422
        session.expire_all()
        assert len(session.scalars(select(Contact)).all()) == 3

    def test_bad_forms(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact], session: Session
    ) -> None:
        """Junk is no server error and merges nobody; what was chosen before is kept."""
        mara, again = pair
        ids = {one.id for one in pair}
        for changes, status in (
            ({"choice-firstname": "x"}, 422), ({"permissions": "contracts"}, 422),
            ({"topics": ["\x00"]}, 422), ({"seen": "x"}, 422), ({"keep": "999"}, 404),
            ({"keep": "x"}, 404), ({"contact": "1"}, 400), ({"contact": "x,y"}, 404),
            ({"contact": [str(mara.id), "999"]}, 404), ({"is_primary": "y"}, 422),
            ({"csrf_token": ""}, 400),
        ):  # fmt: skip
            answer = send(staff_client, address(mara, again), **changes)  # type: ignore[arg-type]
            assert answer.status_code == status, changes
        answer = send(staff_client, address(mara, again), seen="x",
                      **{"choice-firstname": str(again.id)})  # fmt: skip
        assert "Somebody has changed one of these contacts" in words(answer.text)
        assert chosen(answer.text, "firstname") == str(again.id)
        session.expire_all()
        assert set(session.scalars(select(Contact.id))) == ids
        for query in ("contact=x", "contact=1&keep=x", "contact=999&contact=998", "choose=zzz"):
            assert staff_client.get(f"{URL}/merge?{query}").status_code in {302, 404}, query

    def test_somebody_was_quicker(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact], make_contact: Make
    ) -> None:
        """The second of two who merge at once is told, and sees what the contacts are now."""
        mara, again = pair
        third = make_contact(mara.customer_id, firstname="Mara", lastname="Linde", **ALONE)
        late = form_of(staff_client.get(address(mara, again)).text)
        later = form_of(staff_client.get(address(mara, again, third)).text)
        assert send(staff_client, address(mara, again)).status_code == 302
        answer = staff_client.post(f"{URL}/merge", data=late, follow_redirects=True)
        assert "Somebody has merged these contacts already." in words(answer.text)
        answer = staff_client.post(f"{URL}/merge", data=later, follow_redirects=True)
        assert "Somebody has merged one of these contacts meanwhile." in words(answer.text)
        assert "Where they differ" in answer.text

    def test_a_topic_that_nobody_would_get(
        self, staff_client: FlaskClient, pair: tuple[Contact, Contact]
    ) -> None:
        """Staff are told first, and confirm by sending the form again (N6)."""
        mara, again = pair
        values = form_of(staff_client.get(address(mara, again)).text)
        values.pop("topics")
        answer = staff_client.post(f"{URL}/merge", data=values)
        assert answer.status_code == 422
        assert "will get mail about these any more" in words(answer.text)
        confirmed = {**values, "silences": form_of(answer.text)["silences"]}
        assert staff_client.post(f"{URL}/merge", data=confirmed).status_code == 302

    def test_markup_is_text(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make
    ) -> None:
        """On every page, also in the hint and in the messages."""
        both = [make_contact(customer, lastname=PAYLOAD, notes=PAYLOAD, **ALONE) for _one in "ab"]
        typed = urlencode({"firstname": "Ada", "lastname": PAYLOAD})
        for url in (address(*both), f"{URL}/duplicates/{both[0].id}", f"{LIST}?kind=name",
                    f"{URL}/similar?{typed}"):  # fmt: skip
            html = staff_client.get(url).text
            assert "<script>alert" not in html, url
            assert "alert(1)" in html, url
        answer = send(staff_client, address(*both))
        assert "<script>alert" not in staff_client.get(answer.location).text


class TestWhileTyping:
    """A hint in both forms, without a script after saving; never in the way (S7)."""

    def test_in_both_forms(
        self, staff_client: FlaskClient, customer: Any, pair: tuple[Contact, Contact]
    ) -> None:
        """The forms say where to ask; the answer names who it may be and why."""
        mara, _again = pair
        for form, company in ((f"{URL}/new", {"company": "Aurora"}),
                              (f"/customercontacts/new/{customer.id}", {})):  # fmt: skip
            html = staff_client.get(form).text
            asks = unescape(re.search(r'data-contacts-similar="([^"]*)"', html)[1])  # type: ignore[index]
            assert "admin/similar.js" in html
            for typed, reason in (({"email": "MARA@aurora.example"}, "Same email"),
                                  ({"phone": "+44 (0)20 7946 0018"}, "Same phone"),
                                  ({"firstname": "Maria", "lastname": "Lind", **company},
                                   "Similar name")):  # fmt: skip
                url = f"{asks}{'&' if '?' in asks else '?'}{urlencode(typed)}"
                answer = words(staff_client.get(url).text)
                assert reason in answer, (form, typed)
                assert "Lind" in answer
        assert staff_client.get(f"{URL}/similar?firstname=Zz&lastname=Zz").text.strip() == ""
        assert staff_client.get(f"{URL}/similar?email=%25&phone=_&company=x").status_code == 200
        assert f'/show/{mara.id}"' in staff_client.get(f"{URL}/similar?email={mara.email}").text

    def test_without_a_script(
        self, staff_client: FlaskClient, customer: Any, pair: tuple[Contact, Contact],
        session: Session,
    ) -> None:  # fmt: skip
        """A form with an error shows it again, saving works all the same and says it."""
        mara, _again = pair
        values = form_of(staff_client.get(f"/customercontacts/new/{customer.id}").text)
        typed = {"firstname": "Mara", "lastname": "Lind", "email": "no address"}
        answer = staff_client.post(f"/customercontacts/new/{customer.id}", data={**values, **typed})
        assert answer.status_code == 422
        assert "Perhaps this contact is there already." in words(answer.text)
        assert value_of(answer.text, "lastname") == "Lind"
        assert "You can save all the same." not in words(answer.text)
        taken = {**typed, "email": mara.email}
        answer = staff_client.post(f"/customercontacts/new/{customer.id}", data={**values, **taken})
        assert answer.status_code == 422
        assert "Perhaps this contact is there already." in words(answer.text)
        assert "You can save all the same." not in words(answer.text)
        for company, may_save in ((customer.id, False), ("", True)):
            query = urlencode({"email": mara.email.upper(), "customer_pk": company})
            hint = words(staff_client.get(f"{URL}/similar?{query}").text)
            assert ("You can save all the same." in hint) is may_save
        values = form_of(staff_client.get(f"{URL}/new").text)
        typed = {"firstname": "Mara", "lastname": "Lind", "then": "exit", "email": ""}
        answer = staff_client.post(f"{URL}/new", data={**values, **typed})
        assert answer.status_code == 302
        page = staff_client.get(answer.location).text
        assert "This may be the same person as Mara Lind" in words(page)
        new = session.scalars(select(Contact.id).order_by(Contact.id.desc())).first()
        assert f"contact={mara.id}&amp;contact={new}" in page

    def test_hidden_contacts_are_never_told(
        self, app: Flask, session: Session, customer: Any, make_customer: Make, make_contact: Make
    ) -> None:
        """By no address, number or name, in no hint, list and no comparison (C6, S7)."""
        name = {"firstname": "Sol", "lastname": "Hidden", "phone": "+44 20 7946 0018"}
        where, address_there = hidden_customer(make_customer), "sol@hidden.example"
        secret = make_contact(where, **name, email=address_there)
        own = make_contact(customer, **name, email2=address_there, **ALONE)
        client = sign_in_limited(app, session, customer, *MERGES)
        for typed in ({"email": "sol@hidden.example"}, {"phone": "+44 20 7946 0018"},
                      {"firstname": "Sol", "lastname": "Hidden"},
                      {"email": address_there, "customer_pk": where.id}):  # fmt: skip
            html = client.get(f"{URL}/similar?{urlencode(typed)}").text
            assert f"/show/{secret.id}" not in html
            assert "Hidden Ltd" not in html
        for kind in ("email", "phone", "name"):
            assert words(client.get(f"{LIST}?kind={kind}").text).count("Sol Hidden") == 0
        assert "Nobody else" in words(client.get(f"{URL}/duplicates/{own.id}").text)
        assert client.get(f"{URL}/duplicates/{secret.id}").status_code == 404
        assert client.get(address(own, secret)).status_code == 404
        values = {"contact": [own.id, secret.id], "keep": own.id, "seen": "x"}
        assert post(client, f"{URL}/merge", **values).status_code == 404
        ids = {"contact": [own.id, secret.id], "kind": "email"}
        assert post(client, f"{LIST}dismiss", **ids).status_code == 404
        assert session.scalars(select(NotDuplicates)).all() == []

    def test_the_way_to_a_hidden_one_is_closed(
        self, app: Flask, session: Session, staff_client: FlaskClient, customer: Any,
        make_customer: Make, make_contact: Make,
    ) -> None:  # fmt: skip
        """The address of a former contact leads nobody to what they may not see."""
        where = hidden_customer(make_customer)
        keep, old = make_contact(where), make_contact(where, **ALONE)
        old_id, keep_id, key = old.id, keep.id, where.id
        assert send(staff_client, address(keep, old)).status_code == 302
        client = sign_in_limited(app, session, customer, *MERGES)
        assert client.get(f"{URL}/show/{old_id}").status_code == 404
        assert client.get(f"/customercontacts/edit/{key}/{old_id}").status_code == 404
        assert client.get(address(keep_id, old_id)).status_code == 404


class TestTheList:
    """CRM → Duplicates."""

    def test_kinds_and_reasons(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make
    ) -> None:
        """Each kind finds its own, with the reason, and leads to the comparison."""
        one = make_contact(customer, firstname="Kim", lastname="Berg", email="kim@x.example",
                           phone="+44 20 7946 0018", **ALONE)  # fmt: skip
        other = make_contact(customer, firstname="Kimm", lastname="Berg", email2="KIM@x.example",
                             mobile_phone="+44 20 7946 0018", **ALONE)  # fmt: skip
        make_contact(customer, firstname="Zoe", lastname="Quill", **ALONE)
        assert "Duplicates" in words(staff_client.get("/customer-contacts/").text)
        page = f"{URL}/duplicates/{one.id}"
        assert f'name="back" value="{one.id}"' in staff_client.get(page).text
        for kind, reason in (("email", "Same email"), ("phone", "Same phone"),
                             ("name", "Similar name")):  # fmt: skip
            html = staff_client.get(f"{LIST}?kind={kind}").text
            assert words(html).count("Kim Berg") >= 1, kind
            assert reason in words(html)
            assert "Zoe Quill" not in html
            assert f'name="contact" value="{one.id}"' in html
            assert f'name="contact" value="{other.id}"' in html

    def test_numbers_and_the_first_kind(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        """Each tab says how many groups there are, up to a number; the list opens on the first
        kind that has some."""
        pills = re.compile(r'(?s)<ul class="nav nav-pills contacts-states">.*?</ul>')
        empty = pills.search(staff_client.get(LIST).text)[0]  # type: ignore[index]
        assert words(empty).strip() == "Same email 0 Same phone 0 Similar name 0"
        for number in "123":
            for side in ("phone", "mobile_phone"):
                make_contact(customer, firstname=f"{side} {number}", lastname=f"Solo{number * 5}",
                             **{side: f"+44 20 7946 001{number}"}, **ALONE)  # fmt: skip
        html = staff_client.get(LIST).text
        shown = words(pills.search(html)[0]).strip()  # type: ignore[index]
        assert shown.startswith("Same email 0 Same phone 3 Similar name")
        assert re.search(r'kind=phone" aria-current="true"', html)
        monkeypatch.setattr(groups, "MOST_COUNTED", 2)
        html = staff_client.get(f"{LIST}?kind=email").text
        assert "Same phone 2+" in words(pills.search(html)[0])  # type: ignore[index]
        assert re.search(r'kind=email" aria-current="true"', html)

    def test_not_duplicates(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, session: Session
    ) -> None:
        """They are not shown together again, and who said so is kept; twice is no error."""
        both = [make_contact(customer, firstname="Kim", lastname="Berg", **ALONE) for _one in "ab"]
        values = form_of(staff_client.get(f"{LIST}?kind=name").text)
        answer = staff_client.post(f"{LIST}dismiss", data=values)
        assert answer.status_code == 302
        shown = words(staff_client.get(answer.location).text)
        assert "Not duplicates: Kim Berg, Kim Berg." in shown
        assert "No duplicates of this kind" in shown
        assert staff_client.post(f"{LIST}dismiss", data=values).status_code == 302
        said = session.scalars(select(NotDuplicates)).one()
        assert (said.said_by, said.first_id, said.second_id) == (
            "Ada Min",
            *[one.id for one in both],
        )
        assert "Nobody else" in words(staff_client.get(f"{URL}/duplicates/{both[0].id}").text)
        ids = {"contact": [one.id for one in both], "back": both[0].id}
        answer = post(staff_client, f"{LIST}dismiss", **ids)
        assert answer.location.endswith(f"/duplicates/{both[0].id}")
        with staff_client.application.app_context():
            delete_contact(session, customer.id, both[1].id, both[0].id)
        assert session.scalars(select(NotDuplicates)).all() == []

    def test_bad_addresses(self, staff_client: FlaskClient) -> None:
        """Junk is a page that is not there, and an empty list says so."""
        for query in ("kind=zzz", "kind=name&after=x%00", f"kind=email&after={'x' * 300}"):
            assert staff_client.get(f"{LIST}?{query}").status_code == 404, query
        assert "No duplicates" in words(staff_client.get(LIST).text)
        for ids in (["1"], ["x"], [], [str(one) for one in range(1, 13)]):
            answer = post(staff_client, f"{LIST}dismiss", contact=ids, kind="email")
            assert answer.status_code in {400, 404}, ids
        assert staff_client.get(f"{LIST}?kind=phone&after=%2B44").status_code == 200

    def test_flat(
        self, staff_client: FlaskClient, customer: Any, make_contact: Make, statements: Make
    ) -> None:
        """However many there are, the pages take as many statements as for few."""

        def count(url: str) -> int:
            staff_client.get(url)
            with statements() as seen:
                assert staff_client.get(url).status_code == 200
            return len(seen)

        def add(number: int) -> Any:
            return make_contact(customer, firstname="Kim", lastname=f"Berg{number % 3}",
                                phone=f"+44 20 7946 00{10 + number % 5}",
                                email2=f"kim{number % 5}@x.example", **ALONE)  # fmt: skip

        first, second = add(0), add(15)
        urls = [f"{LIST}?kind={kind}" for kind in ("email", "phone", "name")]
        urls += [f"{URL}/similar?firstname=Kim&lastname=Berg0", address(first, second),
                 f"{URL}/duplicates/{first.id}", f"{URL}/new"]  # fmt: skip
        few = [count(url) for url in urls]
        for number in range(12):
            add(number)
        assert [count(url) for url in urls] == few


def test_the_order_of_permissions_and_topics(
    staff_client: FlaskClient, customer: Any, make_contact: Make
) -> None:
    """They stand as on every other page: in the order in which they are registered."""
    registry = contacts.registry
    permissions, topics = list(registry.permissions), list(registry.topics)
    assert permissions != sorted(permissions)
    pair = [make_contact(customer, permissions=permissions, topics=topics) for _ in range(2)]
    html = staff_client.get(address(*pair)).text
    assert re.findall(r'name="permissions" value="([^"]+)"', html) == permissions
    assert re.findall(r'name="topics" value="([^"]+)"', html) == topics


def test_permissions(
    app: Flask, pair: tuple[Contact, Contact], session: Session, customer: Any
) -> None:
    """Merging, the list and Not duplicates each need their own; without, no button leads there."""
    mara, again = pair
    sees = tuple((f"can_{name}", "Customer contacts") for name in ("list", "show", "edit"))
    add_staff(app, "reader", VIEW_ALL, *sees, ("can_list", "Duplicates"))
    client = browser_of(app, "reader")
    for url in (address(mara, again), f"{URL}/duplicates/{mara.id}", f"{URL}/similar?email=x@y.z"):
        assert client.get(url).status_code in {302, 403}, url
    values = {"contact": [mara.id, again.id], "keep": mara.id}
    for url in (f"{URL}/merge", f"{LIST}dismiss"):
        assert post(client, url, **values).status_code in {302, 403}
    assert "duplicates" not in client.get(f"{URL}/show/{mara.id}").text.split("<main")[1]
    page = client.get(LIST).text
    assert "merge?" not in page
    assert "Not duplicates" not in words(page.split('<ul class="list-unstyled contacts-dup')[-1])
    session.expire_all()
    assert len(session.scalars(select(Contact)).all()) == 2
    verbs = set(session.scalars(select(Activity.verb)))
    assert "merged" not in verbs
