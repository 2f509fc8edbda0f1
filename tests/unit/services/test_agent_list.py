"""The list of all contacts: every one on one page, in order, and found by what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, ContactPermission, Customer
from flask_contacts.models.search_keys import contact_keys, folded
from flask_contacts.services.agent import cursors, question as agent_question
from flask_contacts.services.agent.filters import Filters
from flask_contacts.services.agent.listing import (
    CursorUnknown,
    ListQuery,
    Scope,
    contact_page,
    count_matching,
    matching_ids,
)
from flask_contacts.services.agent.search_words import Word, begins, words_of
from flask_contacts.services.contacts.states import deactivate_contact
from tests.host_app import CUSTOMER_NAME, add_customer

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("app_context")
START = datetime(2026, 1, 1)
NAMES = ["Silva", "silva", "Sílva", "Müller", "Muller", "Ødegård", "Zed", "van der Berg"]
ORDERS = [None, "name", "company", "signed_in", "created"]
people = st.lists(
    st.fixed_dictionaries(
        {
            "lastname": st.sampled_from(NAMES),
            "firstname": st.sampled_from(["Ada", "Ben", "Zed"]),
            "company": st.sampled_from([None, 0, 1]),
            "came": st.sampled_from([None, 0, 1]),
            "created": st.integers(0, 2),
            "active": st.booleans(),
        }
    ),
    max_size=25,
)


def add(session: Session, **columns: Any) -> Contact:
    """A contact straight into the table."""
    values = {"firstname": "Ada", "lastname": "Number", "email_scope": "x", **columns}
    contact = Contact(**values)
    session.add(contact)
    return contact


def scope() -> Scope:
    """Everything, with companies in the order of their names."""
    return Scope(company_columns=lambda: [getattr(Customer, CUSTOMER_NAME)])


def walk(
    session: Session,
    query: ListQuery,
    *,
    backwards: bool = False,
    totals: list[int | None] | None = None,
) -> list[list[int]]:
    """The ids of all pages, one after the other; backwards from the last one's end. ``totals``
    takes how many each page says that there are."""
    pages: list[list[int]] = []
    cursor, place = None, {**query.__dict__}
    while True:
        place.update(cursor=cursor, backwards=backwards)
        page = contact_page(session, scope(), ListQuery(**place))
        pages.append([one.id for one in page.contacts])
        if totals is not None:
            totals.append(page.total)
        cursor = page.before if backwards else page.after
        if cursor is None:
            return pages


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    wanted=people, order=st.sampled_from(ORDERS), falling=st.booleans(), size=st.integers(1, 6),
    most=st.sampled_from([0, 3, 1000]), state=st.sampled_from(["active", "inactive", "all"]),
    search=st.sampled_from(["", "silva", "z", "ada silva", "ada van der berg", "van d"]),
)  # fmt: skip
def test_every_contact_is_on_one_page(
    session: Session, monkeypatch: pytest.MonkeyPatch, make_customer: Make,
    wanted: list[dict[str, Any]], order: str | None, falling: bool, size: int, most: int,
    state: str, search: str,
) -> None:  # fmt: skip
    """Whatever the names, ties and gaps, the order, the filter and the page's size: the pages
    hold each match once, in order, and backwards the same, however few are counted."""
    monkeypatch.setattr(agent_question, "MOST_COUNTED", most)
    session.execute(delete(Contact))
    customers = [make_customer(), make_customer()]
    for row in wanted:
        company, came = row["company"], row["came"]
        add(
            session, lastname=row["lastname"], firstname=row["firstname"], active=row["active"],
            customer_id=None if company is None else customers[company].id,
            last_signed_in_at=None if came is None else START + timedelta(hours=came),
            created_at=START + timedelta(hours=row["created"]),
        )  # fmt: skip
    session.commit()
    falling = falling and order is not None
    query = ListQuery(search, Filters(state=state), order, falling, size=size)
    totals: list[int | None] = []
    pages = walk(session, query, totals=totals)
    found = [one for page in pages for one in page]
    kept = {one.id: one for one in session.scalars(select(Contact))}
    matching = {one.id for one in kept.values() if fits(one, state, search)}
    assert (len(found), set(found)) == (len(matching), matching)
    assert all(len(page) == size for page in pages[:-1])
    if order is not None or not search:
        assert_in_order([kept[one] for one in found], order or "name", falling)
    last = contact_page(session, scope(), ListQuery(**{**query.__dict__, "backwards": True}))
    back = [[one.id for one in last.contacts]]
    while last.before:
        place = {**query.__dict__, "cursor": last.before, "backwards": True}
        last = contact_page(session, scope(), ListQuery(**place))
        back.insert(0, [one.id for one in last.contacts])
    assert [one for page in back for one in page][-size:] == found[-size:]
    count = count_matching(session, scope(), query)
    assert count == (len(matching) if len(matching) <= most else None)
    assert set(totals) == {len(matching) if len(pages) == 1 else count}


def fits(contact: Contact, state: str, search: str) -> bool:
    """Whether a contact is to be found."""
    if state != "all" and contact.active != (state == "active"):
        return False
    names = (folded(contact.lastname), folded(contact.firstname))
    words = search.split()
    ends = [
        tuple(" ".join(words[start : end + 1]) for start in range(end + 1))
        for end in range(len(words))
    ]
    return all(any(name.startswith(texts) for name in names) for texts in ends)


def assert_in_order(contacts: list[Contact], order: str, falling: bool) -> None:
    """Nobody stands before somebody who comes first; who lacks the value comes last."""
    values = [value_of(one, order) for one in contacts]
    present = [one for one in values if one is not None]
    assert values == [*present, *[None] * (len(values) - len(present))]
    assert present == sorted(present, reverse=falling)


def value_of(contact: Contact, order: str) -> Any:
    """What an order is by."""
    match order:
        case "company":
            return None if contact.customer is None else str(contact.customer).lower()
        case "signed_in":
            return contact.last_signed_in_at
        case "created":
            return contact.created_at
        case _:
            return (contact.lastname_key, contact.firstname_key, contact.id)


@pytest.fixture
def crowd(session: Session, make_customer: Make) -> Any:
    """Contacts of two companies and one without."""
    acme, zenith = make_customer("Acme Größe"), make_customer("Zenith")
    rows = [
        ("Mara", "Müller", acme, {"phone_e164": "+493012345678"}),
        ("Ödön", "von Horváth", acme, {"mobile_phone_e164": "+441483123456"}),
        ("Silva", "Jones", zenith, {"language": "en", "do_not_send_emails": True}),
        ("Maria", "Silva", zenith, {"account_manager_id": 7}),
        ("Nobody", "Anywhere", None, {"email": None}),
    ]
    for first, last, customer, columns in rows:
        address = f"{folded(first)}@{folded(last).replace(' ', '')}.example"
        values = {"email": address, "customer_id": customer and customer.id, **columns}
        add(session, firstname=first, lastname=last, **values)
    session.commit()
    return acme, zenith


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("muller", ["Müller"]),
        ("MÜLL", ["Müller"]),
        ("mara mull", ["Müller"]),
        ("mull mara", ["Müller"]),
        ("mara jones", []),
        ("silva", ["Silva", "Jones"]),
        ("silva zenith", ["Silva", "Jones"]),
        ("zenith", ["Jones", "Silva"]),
        ("mara@muller.example", ["Müller"]),
        ("ODON@", ["von Horváth"]),
        ("+49 30 12345678", ["Müller"]),
        ("+44 (0)1483 123456", ["von Horváth"]),
        ("horváth", []),
        ("von Horváth", ["von Horváth"]),
        ("VON HORV", ["von Horváth"]),
        ("Ödön von horváth", ["von Horváth"]),
        ("von horváth, Ödön", ["von Horváth"]),
        ("Müller, Mara", ["Müller"]),
        ("acme große", ["Müller", "von Horváth"]),
        ("mara acme gr", ["Müller"]),
        ("große acme", []),
        ("zenith große", []),
        (",", None),
        ("%", []),
        ("_ara", []),
        ("\x00", None),
        ("' OR 1=1 --", []),
        ("a" * 5000, []),
        ("🙂 silva", []),
        ("   ", None),
    ],
)
def test_search(session: Session, crowd: Any, typed: str, expected: list[str] | None) -> None:
    """Every word has to begin a name, the address or the company, alone or after the words
    before it; case, accents and commas do not count, signs of LIKE mean nothing, and the last
    name comes before the first name."""
    everybody = ["Anywhere", "Jones", "Müller", "Silva", "von Horváth"]

    def companies(texts: tuple[str, ...]) -> list[Any]:
        return [one.id for one in crowd if folded(str(one)).startswith(texts)]

    page = contact_page(session, Scope(companies=companies), ListQuery(typed))
    found = [one.lastname for one in page.contacts]
    if typed in {"zenith", "acme große"}:
        assert sorted(found) == expected
    else:
        assert found == (everybody if expected is None else expected)
    assert page.total == len(found)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"has_email": False}, ["Anywhere"]),
        ({"wants_no_mail": True}, ["Jones"]),
        ({"language": "en"}, ["Jones"]),
        ({"manager": 7}, ["Silva"]),
        ({"invitation": "no_login"}, ["Anywhere", "Jones", "Müller", "Silva", "von Horváth"]),
        ({"invitation": "any"}, []),
        ({"primary": True}, []),
        ({"permission": "invoices"}, []),
        ({"state": "archived"}, []),
    ],
)
def test_filters(
    session: Session, crowd: Any, filters: dict[str, Any], expected: list[str]
) -> None:
    """Each filter leaves those it names, in the page and in the ids of all that match."""
    query = ListQuery(filters=Filters(**filters))
    page = contact_page(session, Scope(), query)
    assert [one.lastname for one in page.contacts] == expected
    ids, after = matching_ids(session, Scope(), query)
    assert (set(ids), after) == ({one.id for one in page.contacts}, None)


def test_company_and_permission(session: Session, crowd: Any) -> None:
    """A company's contacts, and those who hold a permission, together."""
    acme, _zenith = crowd
    mara = session.scalars(select(Contact).where(Contact.firstname == "Mara")).one()
    session.add(ContactPermission(contact_id=mara.id, name="invoices"))
    session.commit()
    query = ListQuery(filters=Filters(company=acme.id, permission="invoices"))
    assert [one.firstname for one in contact_page(session, Scope(), query).contacts] == ["Mara"]
    assert (
        len(contact_page(session, Scope(), ListQuery(filters=Filters(company=acme.id))).contacts)
        == 2
    )


def test_ids_in_chunks(session: Session, crowd: Any) -> None:
    """All that match, a few at a time, each once."""
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        ids, after = matching_ids(session, Scope(), ListQuery(), after, size=2)
        assert 0 < len(ids) <= 2
        found += ids
    assert found == sorted(session.scalars(select(Contact.id)))


def test_hidden_ones_are_not_counted(session: Session, crowd: Any) -> None:
    """What the asker may not see is in no row, no number, no search and no chunk (S7)."""
    acme, _zenith = crowd
    narrow = Scope(visible=Contact.customer_id == acme.id)
    page = contact_page(session, narrow, ListQuery())
    assert (page.total, page.about, len(page.contacts)) == (2, None, 2)
    assert contact_page(session, narrow, ListQuery("silva")).total == 0
    assert count_matching(session, narrow, ListQuery("silva")) == 0
    assert len(matching_ids(session, narrow, ListQuery())[0]) == 2


def test_numbers_of_a_page(session: Session, crowd: Any) -> None:
    """A page knows the number of its first contact, there and back."""
    first = contact_page(session, Scope(), ListQuery(size=2))
    second = contact_page(session, Scope(), ListQuery(size=2, cursor=first.after))
    third = contact_page(session, Scope(), ListQuery(size=2, cursor=second.after))
    assert [(one.first, len(one.contacts), one.total) for one in (first, second, third)] == [
        (1, 2, 5), (3, 2, 5), (5, 1, 5),
    ]  # fmt: skip
    assert (first.before, third.after) == (None, None)
    back = contact_page(session, Scope(), ListQuery(size=2, cursor=third.before, backwards=True))
    assert (back.contacts, back.first) == (second.contacts, 3)


def test_a_cursor_of_another_order(session: Session, crowd: Any) -> None:
    """A cursor that was made up, or belongs to another order, is none."""
    cursor = contact_page(session, Scope(), ListQuery(size=2)).after
    for query in (
        ListQuery(cursor="junk"),
        ListQuery(cursor=cursor, order="created"),
        ListQuery("mara", cursor=cursor),
        ListQuery(cursor=cursor, order="name", descending=True),
    ):
        with pytest.raises(CursorUnknown):
            contact_page(session, Scope(), query)


@pytest.fixture
def two_searches(session: Session) -> None:
    """``zulu`` begins addresses; ``f yankee`` names, by both words together as well."""
    for number in range(6):
        add(session, firstname="Q", lastname="Q", email=f"zulu{number}@example.com")
        add(session, firstname="Yankee", lastname="F")
    session.commit()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.usefixtures("two_searches")
def test_a_cursor_of_another_search(session: Session, order: str | None) -> None:
    """A cursor of one search is none of another, whatever the order and the direction of
    reading, and having tried it changes nothing for who searches rightly."""
    ours, other = (
        contact_page(session, scope(), ListQuery(typed, order=order, size=2))
        for typed in ("zulu", "f yankee")
    )
    for backwards in (False, True):
        wrong = ListQuery("zulu", order=order, cursor=other.after, backwards=backwards)
        with pytest.raises(CursorUnknown):
            contact_page(session, scope(), wrong)
    query = ListQuery("zulu", order=order, size=2)
    assert [len(page) for page in walk(session, query)] == [2, 2, 2]
    assert ours.total == 6


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("", []), ("", [0, "a"]), ("", [0, "a", "b", 1, 1]),
        ("zulu", []), ("zulu", [3, "a"]), ("zulu", [3, "a", "b", 1]),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("two_searches")
def test_a_cursor_of_an_older_walk(session: Session, typed: str, place: list[Any]) -> None:
    """A place that we signed with more or fewer values than its stretch has now is none, and
    breaks no statement of those who come with the right number."""
    query = ListQuery(typed, size=2)
    wrong = replace(query, cursor=cursors.sign(query, 2, place))
    for backwards in (False, True):
        with pytest.raises(CursorUnknown):
            contact_page(session, scope(), replace(wrong, backwards=backwards))
    assert [len(page) for page in walk(session, query)][:3] == [2, 2, 2]


@pytest.mark.parametrize("size", [2, 5])
def test_back_past_those_who_came_meanwhile(session: Session, crowd: Any, size: int) -> None:
    """Contacts who were added before a page are on the pages before it, each once."""
    add(session, lastname="Zuletzt")
    session.commit()
    first = contact_page(session, Scope(), ListQuery(size=size))
    page = contact_page(session, Scope(), ListQuery(size=size, cursor=first.after))
    came = [add(session, lastname=f"A {number}") for number in range(7)]
    session.commit()
    seen: list[int] = []
    while page.before:
        query = ListQuery(size=size, cursor=page.before, backwards=True)
        page = contact_page(session, Scope(), query)
        assert (page.first == 1) == (page.before is None)
        seen = [*(one.id for one in page.contacts), *seen]
    assert seen == [*(one.id for one in came), *(one.id for one in first.contacts)]


@pytest.mark.own_only(reason="the bundled customers have a name")
@pytest.mark.parametrize("falling", [False, True])
def test_companies_without_a_name(session: Session, *, falling: bool) -> None:
    """Where a host's customers may lack what they are ordered by, their contacts are on the
    pages by company too, each once, after the others and before those of no company."""
    homes = ["http://b.example", None, "http://a.example", None]
    companies = [add_customer(session, company="C", homepage=home) for home in homes]
    contacts = [
        add(session, lastname=f"N {number % 2}", customer_id=company and company.id)
        for company in (*companies, None)
        for number in range(3)
    ]
    session.commit()
    homes_of = {one.id: one.customer and (one.customer.homepage or "") for one in contacts}
    sight = Scope(company_columns=lambda: [Customer.homepage])
    found: list[int] = []
    query = ListQuery(order="company", descending=falling, size=2)
    while True:
        page = contact_page(session, sight, query)
        found += [one.id for one in page.contacts]
        if page.after is None:
            break
        query = replace(query, cursor=page.after)
    order = sorted((home for home in homes if home), reverse=falling)
    assert [homes_of[one] for one in found[::3]] == [*order, "", "", None]
    assert sorted(found) == sorted(homes_of)
    back = [one.id for one in page.contacts]
    while page.before:
        page = contact_page(session, sight, replace(query, cursor=page.before, backwards=True))
        back = [one.id for one in page.contacts] + back
    assert back == found


def test_more_than_are_counted(
    session: Session, crowd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the limit there is no total: about how many in all, and nothing while searching."""
    monkeypatch.setattr(agent_question, "MOST_COUNTED", 2)
    page = contact_page(session, Scope(), ListQuery(size=2))
    assert page.total is None
    assert page.about is not None
    assert page.about >= 5
    without = ListQuery(filters=Filters(invitation="no_login"), size=2)
    narrowed = contact_page(session, Scope(), without)
    assert (narrowed.total, narrowed.about) == (None, None)
    assert contact_page(session, Scope(), ListQuery("silva")).total == 2


def test_statements_of_a_search(
    session: Session, crowd: Any, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of a common last name, and on the pages after the first one what is asked before:
    how many there are comes with them, also past what is counted."""
    for number in range(6):
        add(session, lastname="Schmidt", firstname=f"Ada {number}", active=number > 0)
    add(session, lastname="Ada", firstname="Schmidtke")
    session.commit()
    monkeypatch.setattr(agent_question, "MOST_COUNTED", 4)
    query = ListQuery("schmidt", size=2)
    with statements() as seen:
        first = contact_page(session, Scope(), query)
        second = contact_page(session, Scope(), replace(query, cursor=first.after))
    assert (len(seen), first.total, second.total) == (3, None, None)
    monkeypatch.setattr(agent_question, "MOST_COUNTED", 6)
    assert contact_page(session, Scope(), query).total == 6
    assert contact_page(session, Scope(), replace(query, cursor=second.after)).total == 6


def test_statements_of_an_address(session: Session, crowd: Any, statements: Any) -> None:
    """What is known of it is asked along with the contacts whose address begins with it; names
    that look like one come first all the same, and are not counted twice."""
    for name in ("Zed", "Zoe"):
        add(session, lastname=name, email=f"z@{name}.example")
    session.commit()
    with statements() as seen:
        found = contact_page(session, Scope(), ListQuery("z@zed.exam"))
    assert ([one.lastname for one in found.contacts], found.total, len(seen)) == (["Zed"], 1, 1)
    assert contact_page(session, Scope(), ListQuery("z@nobody.example")).contacts == []
    add(session, lastname="Away", email="z@away.example", active=False)
    session.commit()
    inactive = ListQuery("z@away", Filters(state="inactive"))
    assert [one.lastname for one in contact_page(session, Scope(), inactive).contacts] == ["Away"]
    add(session, lastname="z@zed", email="other@example.com")
    add(session, lastname="Abel", firstname="z@zed.example")
    session.commit()
    for typed, names in (("z@zed", ["z@zed", "Abel", "Zed"]), ("z@zed.", ["Abel", "Zed"])):
        found = contact_page(session, Scope(), ListQuery(typed))
        assert ([one.lastname for one in found.contacts], found.total) == (names, len(names))
        first = contact_page(session, Scope(), ListQuery(typed, size=1))
        second = contact_page(session, Scope(), ListQuery(typed, size=1, cursor=first.after))
        assert [one.lastname for one in (*first.contacts, *second.contacts)] == names[:2]


def test_companies_are_asked_for_where_there_are_any(session: Session, crowd: Any) -> None:
    """The keys of the companies that a word is about are not asked for where the question before
    the search has found none; those of the other words are."""
    asked: list[str] = []

    def companies(texts: tuple[str, ...]) -> list[Any]:
        asked.append(texts[0])
        return [one.id for one in crowd if folded(str(one)).startswith(texts)]

    def known_by(word: Word) -> Any:
        return exists().where(word.begin(func.lower(getattr(Customer, CUSTOMER_NAME))))

    scope = Scope(companies=companies, known_by=known_by)
    for typed, found, about in (
        ("acme", 2, ["acme"]),
        ("mara", 1, []),
        ("muller acme", 1, ["acme"]),
    ):
        asked.clear()
        assert len(contact_page(session, scope, ListQuery(typed)).contacts) == found
        assert asked == about


def test_keys_follow_the_contact(session: Session, make_customer: Make, make_contact: Make) -> None:
    """A changed name is found, the old one is not, and what else changes leaves the keys."""
    contact = make_contact(
        make_customer(), lastname="Before", firstname="Ida", phone="+49 30 1234567"
    )
    contact = session.get_one(Contact, contact.id)
    contact.lastname = "Öfter"
    session.commit()
    assert [one.id for one in contact_page(session, Scope(), ListQuery("ofter")).contacts] == [
        contact.id
    ]
    assert contact_page(session, Scope(), ListQuery("before")).contacts == []
    assert contact.search_text.split() == [*["ofter", "ida"], contact.email, "49301234567"]
    other = make_contact(contact.customer_id)
    deactivate_contact(session, contact.customer_id, contact.id, other.id)
    assert session.get_one(Contact, contact.id).lastname_key == "ofter"


def test_no_statement_for_each_contact(
    session: Session, crowd: Any, statements: Any, make_customer: Make
) -> None:
    """A page costs as many statements with 50 contacts of 50 companies as with five."""
    query = ListQuery(size=50)
    with statements() as few:
        contact_page(session, Scope(), ListQuery(size=4), ["lastname", "firstname"])
    for number in range(60):
        add(session, lastname=f"Number {number}", customer_id=make_customer().id)
    session.commit()
    session.expunge_all()
    with statements() as many:
        page = contact_page(session, Scope(), query, ["lastname", "firstname"])
        names = [(one.name, str(one.customer)) for one in page.contacts]
    assert len(names) == 50
    assert len(many) == len(few) <= 3


@given(text=st.text(max_size=5), rest=st.text(max_size=3))
def test_a_beginning_is_a_span(text: str, rest: str) -> None:
    """What begins with a folded text lies in the span that is looked for, and nothing else."""
    found = begins(Contact.lastname_key, text).compile()
    bounds = list(found.params.values())
    inside = text + rest
    assert bounds[0] <= inside
    assert len(bounds) == 1 or inside.encode() < bounds[1].encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Größe\tÉmile ", "grosse emile"), ("ØRSTED", "orsted"), ("Łódź", "lodz"),
        ("İstanbul", "istanbul"), ("Ελλάς", "ελλασ"), ("田中", "田中"), ("ﬁn", "fin"), (None, ""),
    ],
)  # fmt: skip
def test_folding(text: str | None, expected: str) -> None:
    """Lower case, no accents, single spaces, in any script; folding again changes nothing."""
    assert folded(text) == expected
    assert folded(folded(text)) == expected


def test_keys_fit_their_columns() -> None:
    """However long a name becomes when it is taken apart, its keys fit."""
    keys = contact_keys({"lastname": "ﷺ" * 100, "firstname": "A" * 100, "email": "a" * 254})
    table: Any = Contact.__table__
    assert all(len(keys[name]) <= table.c[name].type.length for name in keys)


def test_words() -> None:
    """The longest word is looked for first; a number is one word, whatever stands in it."""
    assert [one.text for one in words_of("von Horváth")] == ["horvath", "von"]
    [number] = words_of("(030) 123-456 78", "DE")
    assert (number.digits, number.numbers) == ("3012345678", ("+493012345678",))
    assert len(words_of(" ".join(map(str, range(50))) + " a")) == 6
    assert words_of("") == []
