"""Two who have one record's form open: neither writes over what the other has saved unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Activity, Contact, Customer, MarketingList
from flask_contacts.services.agent.contacts import create_agent_contact
from flask_contacts.services.contacts.activity import snapshot
from flask_contacts.services.contacts.moving import move_contact
from flask_contacts.services.marketing.lists import create_list
from flask_contacts.state import current_contacts
from tests.agent_pages import error_of, post, value_of, words
from tests.page_forms import forms_of, press

Make = Callable[..., Any]
AGENT, TAB = "/customer-contacts/edit/{pk}", "/customercontacts/edit/{customer}/{pk}"
both_forms = pytest.mark.parametrize("form", [AGENT, TAB])
#: Values as the services store them after they were typed in other ways.
STORED = {
    "email": "Grace@Example.com", "email2": "G.Hopper@home.example", "phone": "+44 20 7946 0958",
    "mobile_phone": "+44 7911 123456", "notes": "One.\n\nTwo.", "other_contacts": "a\nb",
    "birthday": "1906-12-09", "timezone": "Europe/London", "language": "pt_BR",
    "contact_preference": "email", "do_not_call": True, "position": "Admiral",
    "permissions": ["invoices", "support"], "topics": ["invoice", "tickets"],
}  # fmt: skip


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer."""
    return make_customer(company="Acme")


@pytest.fixture
def grace(app: Flask, customer: Any, make_contact: Make) -> Any:
    """Its contact; a colleague gets mail about everything as well, so that nobody is asked (N6)."""
    with app.app_context():
        registry = current_contacts.registry
    everything = {"permissions": [*registry.permissions], "topics": [*registry.topics]}
    make_contact(customer, email="all@example.com", **everything)
    return make_contact(customer, **STORED)


@pytest.fixture
def open_form(staff_client: FlaskClient, grace: Any) -> Callable[[str], Any]:
    """``open_form(AGENT)`` opens the form of the contact."""
    return lambda form: staff_client.get(form.format(pk=grace.id, customer=grace.customer_id))


@pytest.fixture
def now(session: Session, grace: Any) -> Callable[[], Contact]:
    """``now()`` is the contact as it is stored."""

    def read() -> Contact:
        session.expire_all()
        return session.get_one(Contact, grace.id)

    return read


def edits(session: Session) -> list[dict[str, Any]]:
    """What the activity says was changed by edits, the oldest first."""
    session.expire_all()
    rows = select(Activity).where(Activity.verb == "edited").order_by(Activity.id)
    return [row.changes for row in session.scalars(rows)]


def save(client: FlaskClient, page: Any, **changes: Any) -> Any:
    """Change fields of the page's form and press Save, as a browser does."""
    return press(client, page, "Save", **changes)


@both_forms
def test_what_was_not_touched_stays(
    staff_client: FlaskClient, open_form: Make, now: Make, session: Session, form: str
) -> None:
    """Each changes another field: both hold, and the activity names what each has changed."""
    page = open_form(form)
    assert save(staff_client, open_form(AGENT), middle_name="Brewster").status_code == 200
    assert save(staff_client, page, notes="Rang.", do_not_call=[]).status_code == 200
    grace = now()
    assert (grace.middle_name, grace.notes, grace.do_not_call) == ("Brewster", "Rang.", False)
    assert [sorted(one) for one in edits(session)] == [["middle_name"], ["do_not_call", "notes"]]


@both_forms
def test_both_changed_it(
    staff_client: FlaskClient, open_form: Make, now: Make, session: Session, form: str
) -> None:
    """Refused once at the field, with the value of now and all that was typed; who saves again
    has seen it, and overwrites that alone."""
    page = open_form(form)
    save(staff_client, open_form(AGENT), position="Captain", middle_name="Brewster")
    refused = save(staff_client, page, position="Commodore", notes="Rang.")
    assert refused.status_code == 422
    assert "Meanwhile this was changed to “Captain”." in error_of(refused.text, "position")
    assert value_of(refused.text, "position") == "Commodore"
    assert value_of(refused.text, "notes") == "Rang."
    assert error_of(refused.text, "middle_name") == ""
    assert (now().position, now().notes) == ("Captain", STORED["notes"])
    assert save(staff_client, refused).status_code == 200
    grace = now()
    assert (grace.position, grace.notes, grace.middle_name) == ("Commodore", "Rang.", "Brewster")
    assert edits(session)[-1]["position"] == ["Captain", "Commodore"]
    assert sorted(edits(session)[-1]) == ["notes", "position"]


@both_forms
def test_a_second_change_is_told_too(
    staff_client: FlaskClient, open_form: Make, now: Make, form: str
) -> None:
    """Who saves again has seen one value, and is asked about the next one; to type what stood
    there at first is a change as well, and to take the other's value over is none."""
    page = open_form(form)
    save(staff_client, open_form(AGENT), position="Captain")
    refused = save(staff_client, page, position="Commodore")
    save(staff_client, open_form(AGENT), position="Major")
    again = save(staff_client, refused)
    assert "“Major”" in error_of(again.text, "position")
    assert now().position == "Major"
    assert save(staff_client, again, position="Major").status_code == 200
    assert now().position == "Major"
    assert save(staff_client, again, position="Admiral").status_code == 200
    assert now().position == "Admiral"


@both_forms
def test_the_same_from_both(
    staff_client: FlaskClient, open_form: Make, now: Make, session: Session, form: str
) -> None:
    """Both type the same, one with blanks around it: nothing to ask, and nothing changed."""
    page = open_form(form)
    changes = {"position": "Captain", "notes": "One.\nTwo.", "phone": "+44 20 7946 0000"}
    save(staff_client, open_form(AGENT), **changes)
    loosely = {"position": " Captain ", "notes": "One.\r\nTwo.\r\n", "phone": "+44 20 7946 0000 "}
    assert save(staff_client, page, **loosely).status_code == 200
    assert len(edits(session)) == 1
    assert now().notes == "One.\nTwo."


@both_forms
def test_nothing_stored_counts_as_touched(
    staff_client: FlaskClient, open_form: Make, now: Make, session: Session, form: str
) -> None:
    """Whatever a form shows of what is stored comes back as untouched: all of it may be changed
    meanwhile, and stays so."""
    page = open_form(form)
    save(staff_client, page)
    assert edits(session) == []
    changes = {
        "email": "Admiral@Example.com", "email2": "", "phone": "", "mobile_phone": "+44 7911 1",
        "notes": "Three.", "other_contacts": "", "birthday": "", "timezone": "", "language": "",
        "contact_preference": "any", "do_not_call": [], "position": "", "firstname": "Amazing",
        "permissions": ["contracts"], "topics": ["estimate"], "do_not_send_emails": "y",
    }  # fmt: skip
    assert save(staff_client, open_form(TAB), **changes).status_code == 200
    stored = snapshot(now())
    assert stored["email"] == "Admiral@Example.com"
    assert save(staff_client, page, middle_name="Brewster").status_code == 200
    assert snapshot(now()) == stored | {"middle_name": "Brewster"}
    assert edits(session)[-1] == {"middle_name": [None, "Brewster"]}


@both_forms
def test_an_error_elsewhere(
    staff_client: FlaskClient, open_form: Make, now: Make, form: str
) -> None:
    """What the form said when it was opened comes back with it through every round."""
    page = open_form(form)
    wrong = save(staff_client, page, email2="nobody", notes="Rang.")
    assert wrong.status_code == 422
    save(staff_client, open_form(AGENT), middle_name="Brewster", position="Captain")
    told = save(staff_client, wrong, position="Major")
    assert error_of(told.text, "email2")
    assert "“Captain”" in error_of(told.text, "position")
    assert save(staff_client, told, email2="").status_code == 200
    grace = now()
    assert (grace.middle_name, grace.position, grace.notes) == ("Brewster", "Major", "Rang.")


def test_each_box_by_itself(
    staff_client: FlaskClient, open_form: Make, now: Make, session: Session
) -> None:
    """One gives a permission and a topic, the other takes another of each: all four hold."""
    page = open_form(TAB)
    save(
        staff_client,
        open_form(TAB),
        permissions=["invoices", "support", "contracts"],
        topics=["invoice", "tickets", "contract"],
    )
    assert save(staff_client, page, permissions=["support"], topics=["tickets"]).status_code == 200
    assert now().permission_names == {"support", "contracts"}
    assert now().topic_names == {"tickets", "contract"}
    assert edits(session)[-1]["permissions"] == [
        ["contracts", "invoices", "support"],
        ["contracts", "support"],
    ]


@both_forms
def test_a_login_that_was_taken_away(
    staff_client: FlaskClient, open_form: Make, now: Make, form: str
) -> None:
    """Nobody gives it back who saves something else."""
    page = open_form(form)
    save(staff_client, open_form(AGENT), is_user=[])
    assert save(staff_client, page, notes="Rang.").status_code == 200
    assert (now().login_id, now().notes) == (None, "Rang.")


def test_a_link_for_a_login_that_was_taken_away(
    staff_client: FlaskClient, open_form: Make, now: Make
) -> None:
    """A link is meant for the login and the address that stood there: both are asked about."""
    page = open_form(TAB)
    save(staff_client, open_form(AGENT), is_user=[], email="other@example.com")
    refused = save(staff_client, page, send_password_mail="y")
    assert "Meanwhile this was switched off." in error_of(refused.text, "is_user")
    assert "“other@example.com”" in error_of(refused.text, "email")
    assert now().login_id is None
    assert save(staff_client, refused).status_code == 200
    assert now().login.email == "Grace@Example.com"


def test_a_login_that_was_given(
    staff_client: FlaskClient, make_contact: Make, customer: Any, session: Session
) -> None:
    """Who empties the address meanwhile does not take it away: a login needs one."""
    without = make_contact(customer, email="w@example.com", is_user=False, password="")
    url = AGENT.format(pk=without.id)
    page = staff_client.get(url)
    assert save(staff_client, staff_client.get(url), is_user="y").status_code == 200
    refused = save(staff_client, page, email="")
    assert error_of(refused.text, "email") == "This field is required."
    session.expire_all()
    assert (without.login_id is None, without.email) == (False, "w@example.com")


def test_a_typed_password_is_asked_for_again(
    staff_client: FlaskClient, open_form: Make, now: Make
) -> None:
    """A page keeps no password: where the form comes back, whatever for, it says so."""
    page, before = open_form(TAB), now().login.password_hash
    save(staff_client, open_form(AGENT), position="Captain")
    typed = {"password": "correct horse battery", "position": "Commodore"}
    for more, field in (({}, "position"), ({"email2": "nobody"}, "email2")):
        refused = save(staff_client, page, **typed, **more)
        assert error_of(refused.text, field)
        assert error_of(refused.text, "password").startswith("Type it again")
    assert now().login.password_hash == before


@both_forms
def test_a_choice_that_is_not_offered_any_more(
    staff_client: FlaskClient, open_form: Make, now: Make, session: Session, form: str
) -> None:
    """It counts as none: who chooses another is told of no change."""
    now().language = "xx"
    session.commit()
    assert save(staff_client, open_form(form), language="en").status_code == 200
    assert now().language == "en"


def test_a_company_for_who_got_a_manager(
    app: Flask, staff_client: FlaskClient, customer: Any, session: Session
) -> None:
    """A contact without a company who comes to one leaves the manager behind, given meanwhile or
    shown in the form."""
    alone = {"firstname": "Ada", "is_user": False}
    with app.app_context():
        one, other, boss = (
            create_agent_contact(session, None, {**alone, "lastname": name}).contact.id
            for name in ("One", "Other", "Boss")
        )
    url = AGENT.format(pk=one)
    page = staff_client.get(url)
    assert save(staff_client, staff_client.get(url), manager="Ada Boss").status_code == 200
    assert session.get_one(Contact, one).manager_id == boss
    assert save(staff_client, page, company="Acme").status_code == 200
    url = AGENT.format(pk=other)
    save(staff_client, staff_client.get(url), manager="Ada Boss")
    assert save(staff_client, staff_client.get(url), company="Acme").status_code == 200
    session.expire_all()
    both = [session.get_one(Contact, pk) for pk in (one, other)]
    assert [(found.customer_id, found.manager_id) for found in both] == [(customer.id, None)] * 2


@both_forms
def test_choices_are_told_in_words(staff_client: FlaskClient, open_form: Make, form: str) -> None:
    """The sentence has the words that the list has; what was emptied is said to be."""
    page = open_form(form)
    changes = {"contact_preference": "mobile_phone", "language": "en", "notes": ""}
    save(staff_client, open_form(AGENT), **changes)
    typed = {"contact_preference": "any", "language": "", "notes": "Rang."}
    refused = save(staff_client, page, **typed)
    assert "“Mobile phone”" in error_of(refused.text, "contact_preference")
    assert "“English”" in error_of(refused.text, "language")
    assert "Meanwhile this was emptied." in error_of(refused.text, "notes")


def test_the_managers_of_the_agents_form(
    staff_client: FlaskClient, open_form: Make, customer: Any, make_contact: Make, now: Make
) -> None:
    """A manager who was changed meanwhile, and called otherwise, stays; two who choose one at once
    are told the name."""
    one, other = (
        make_contact(customer, firstname=name, email=f"{name}@example.com") for name in "XY"
    )
    page = open_form(AGENT)
    save(staff_client, open_form(AGENT), manager="x@example.com")
    assert save(staff_client, page, notes="Rang.").status_code == 200
    assert now().manager_id == one.id
    renamed = open_form(AGENT)
    post(staff_client, AGENT.format(pk=one.id), firstname="Z", lastname="New", company="Acme")
    assert save(staff_client, renamed, notes="Rang twice.").status_code == 200
    assert now().manager_id == one.id
    refused = save(staff_client, page, manager="y@example.com")
    assert "“Z New”" in error_of(refused.text, "manager")
    assert now().manager_id == one.id
    assert save(staff_client, refused).status_code == 200
    assert now().manager_id == other.id


def test_the_manager_of_the_tab(
    staff_client: FlaskClient, open_form: Make, customer: Any, make_contact: Make, now: Make
) -> None:
    """A manager and one who looks after the contact stay as others have set them."""
    one = make_contact(customer, email="one@example.com")
    page = open_form(TAB)
    save(staff_client, open_form(TAB), manager="one@example.com", account_manager="admin")
    assert save(staff_client, page, notes="Rang.").status_code == 200
    assert (now().manager_id, now().account_manager_id is None) == (one.id, False)
    late = open_form(TAB)
    save(staff_client, open_form(TAB), manager="", account_manager="")
    assert save(staff_client, late, notes="Rang twice.").status_code == 200
    assert (now().manager_id, now().account_manager_id) == (None, None)


def test_the_company_of_the_agents_form(
    app: Flask,
    staff_client: FlaskClient,
    open_form: Make,
    grace: Any,
    customer: Any,
    make_customer: Make,
    session: Session,
    now: Make,
) -> None:
    """Who opened the form before a move does not move the contact back; who names a third company
    is told where it is now."""
    borealis, third = make_customer(company="Borealis"), make_customer(company="Cirrus")
    page = open_form(AGENT)
    with app.app_context():
        move_contact(session, customer.id, grace.id, borealis.id)
    saved = save(staff_client, page, notes="Rang.")
    assert saved.request.path == AGENT.format(pk=grace.id)
    assert "still at its old company" not in words(saved.text)
    assert (now().customer_id, now().notes) == (borealis.id, "Rang.")
    refused = save(staff_client, page, company="Cirrus")
    assert refused.status_code == 422
    assert "Meanwhile this was changed to “Borealis" in error_of(refused.text, "company")
    asked = save(staff_client, refused)
    assert asked.request.path == f"/customer-contacts/move/{grace.id}"
    assert third.id != now().customer_id == borealis.id


def test_a_page_without_the_marks(
    staff_client: FlaskClient, open_form: Make, grace: Any, now: Make
) -> None:
    """A form that a program sends, or an old page, is written as it stands."""
    save(staff_client, open_form(AGENT), middle_name="Brewster")
    typed = {"firstname": "Grace", "lastname": "Hopper", "company": "Acme", "then": "stay"}
    assert post(staff_client, AGENT.format(pk=grace.id), **typed).status_code == 302
    assert (now().middle_name, now().notes, now().login_id) == (None, None, None)


@pytest.mark.parametrize("sent", ["", "&&=;%", "permissions=x&topics", "firstname=0", "opened=1"])
def test_marks_that_are_none(
    staff_client: FlaskClient, open_form: Make, now: Make, sent: str
) -> None:
    """Whatever is sent in their place is no error of the server, and loses nothing typed."""
    page = open_form(TAB)
    form = next(one for one in forms_of(page.text) if "Save" in one.buttons)
    typed = {**form.values.to_dict(flat=False), "notes": "Rang.", "opened": sent}
    answer = staff_client.post(page.request.path, data=typed)
    assert answer.status_code in {302, 422}
    if answer.status_code == 422:
        assert value_of(answer.text, "notes") == "Rang."
    else:
        assert now().notes == "Rang."


def test_no_secret_is_carried(staff_client: FlaskClient, open_form: Make) -> None:
    """The hidden input has a mark for each value of the record, and none of what is typed into
    Password: not when the form opens, nor when it comes back."""
    page = open_form(TAB)
    both = {"password": "a perfectly good password", "send_password_mail": "y"}
    for html in (page.text, save(staff_client, page, **both).text):
        [sent] = re.findall('name="opened" value="([^"]*)"', html)
        carried = parse_qs(unescape(sent), keep_blank_values=True)
        assert {"firstname", "notes", "is_user", "permissions"} <= set(carried)
        assert not {"password", "send_password_mail", "is_primary", "silences"} & set(carried)
        assert "good" not in sent
    assert 'name="opened"' not in staff_client.get("/customer-contacts/new").text


@pytest.mark.bundled_only(reason="a host's own customers have forms of the host's own")
def test_customers(staff_client: FlaskClient, customer: Any, session: Session) -> None:
    """The same holds for the form of a company."""
    url = f"/customers/edit/{customer.id}"
    page, late = (staff_client.get(url) for _ in range(2))
    save(staff_client, page, city="Lisbon")
    assert save(staff_client, late, phone="+351 21 000 0000").status_code == 200
    refused = save(staff_client, page, city="Porto", country="Portugal")
    assert refused.status_code == 422
    assert "“Lisbon”" in error_of(refused.text, "city")
    assert value_of(refused.text, "country") == "Portugal"
    assert save(staff_client, refused).status_code == 200
    session.expire_all()
    stored = session.get_one(Customer, customer.id)
    assert (stored.city, stored.country, stored.phone) == ("Porto", "Portugal", "+351 21 000 0000")


def test_marketing_lists(app: Flask, staff_client: FlaskClient, session: Session) -> None:
    """The same holds for the words of a marketing list."""
    with app.app_context():
        pk = create_list(session, {"name": "News", "description": "One."}).id
    page, late = (staff_client.get(f"/contacts-marketing-lists/edit/{pk}") for _ in range(2))
    save(staff_client, page, name="Newsletter")
    assert save(staff_client, late, description="Two.").status_code == 200
    refused = save(staff_client, page, name="Gazette")
    assert "“Newsletter”" in error_of(refused.text, "name")
    assert save(staff_client, refused).status_code == 200
    session.expire_all()
    stored = session.get_one(MarketingList, pk)
    assert (stored.name, stored.description) == ("Gazette", "Two.")
