"""A search in a chosen order, where many match: the same contacts whichever way they are found,
and never by a walk along the order past all who do not match."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select, text
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, ContactPermission, Customer
from flask_contacts.models.search_keys import folded
from flask_contacts.services.agent import bounded_walk, question as agent_question, search_ways
from flask_contacts.services.agent.filters import Filters
from flask_contacts.services.agent.listing import ListQuery, Scope, contact_page
from flask_contacts.services.agent.orders import ORDERS
from flask_contacts.services.agent.search_index_making import create_search_index
from flask_contacts.services.agent.search_probe import COLUMNS
from tests.host_app import CUSTOMER_NAME, add_customer

START = datetime(2026, 1, 1)
LAST = ["Abel", "Silva", "Silva Zorn", "Zorn", "von der Zorn", "O'Zorn", "Basilva", "Zornig"]
COMPANIES = ["Zorn Works", "Acme", "Silva 49301234"]
SEARCHES = [
    "zorn", "silva", "ilv", "ornig", "zorn silva", "o'zorn", "zo", "von der zorn", "ada zorn",
    "zorn@", "person1@example.com", "example", "zorn works", "49301234", "silva 49301234", "ada",
    "der", "zorn example ada",
]  # fmt: skip
FILTERS = [
    Filters(), Filters(state="all"), Filters(state="archived"), Filters(permission="invoices"),
    Filters(company=2), Filters(created_from=START.date() + timedelta(days=9)),
    Filters(language="pt", has_email=True),
]  # fmt: skip


#: Words that no index has as they are: too long, longer once they are folded, of letters that
#: MariaDB's knows as signs, with marks among the letters.
ODD_NAMES = [
    "x" * 90, f"a-{'y' * 92}", "ﷺ" * 90, "𠮷田太郎", "𠮷野家", "田太郎", "कीमतरामनी", "किरपालनी",
    "ʹabcd", "ؠefgh", "a_b_zorn", "__abc", "x" * 84, "abcd",
]  # fmt: skip
ODD_SEARCHES = [
    "xxx", "x" * 84, "x" * 88, "yyy", "y" * 88, "ﷺ", "صلى الله", "odd2@example.com", "odd2", "𠮷田",
    "𠮷野家", "田太郎", "野家", "कीमतराम", "मतराम", "किरपाल", "रपालनी", "abcd", "ʹabcd", "ؠefgh",
    "a_b", "b_zorn", "__abc", "___", "x_x xxx",
]  # fmt: skip


@pytest.fixture
def app(separate_host: Flask) -> Flask:
    """A host with a table of its own for the search."""
    return separate_host


@pytest.fixture
def people(app: Flask, session: Session, engine: Engine) -> Iterator[list[Customer]]:
    """Contacts who hold the words in every way, in an application context."""
    with app.app_context():
        customers = [add_customer(session, name) for name in COMPANIES]
        session.flush()
        for number in range(64):
            contact = Contact(
                firstname=("Ada", "Zorn", "Ben")[number % 3],
                lastname=LAST[number % len(LAST)],
                email=None if number % 7 == 0 else f"person{number}@example.com",
                email_scope=str(number),
                phone_e164="+4930123456" if number % 9 == 0 else None,
                customer_id=None if number % 5 == 0 else customers[number % 3].id,
                created_at=START + timedelta(days=number // 4),
                last_signed_in_at=START if number % 4 == 1 else None,
                active=number % 6 != 0,
                archived_at=START if number % 12 == 0 else None,
                language="pt" if number % 2 else "en",
            )
            session.add(contact)
            if number % 3:
                contact.permissions.append(ContactPermission(name="invoices"))
        session.commit()
        yield customers
        session.rollback()


@contextmanager
def asked(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements of a block, with what they are given."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        seen.append((statement, given))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def scope_of(customers: list[Customer]) -> Scope:
    """Everything, with companies that are found by their names."""
    name = getattr(Customer, CUSTOMER_NAME)
    keys = {str(getattr(one, CUSTOMER_NAME)).lower(): one.id for one in customers}

    def about(texts: tuple[str, ...]) -> list[Any]:
        return [key for called, key in keys.items() if called.startswith(texts)]

    return Scope(companies=about, company_columns=lambda: [name])


def pages(session: Session, scope: Scope, query: ListQuery) -> list[int]:
    """The ids of all pages, from the first one on or from the last one back."""
    found: list[int] = []
    while True:
        page = contact_page(session, scope, query)
        ids = [one.id for one in page.contacts]
        found = ids + found if query.backwards else found + ids
        cursor = page.before if query.backwards else page.after
        if cursor is None:
            return found
        query = replace(query, cursor=cursor)


@pytest.mark.parametrize("has_index", [False, True])
def test_every_way_finds_the_same(
    session: Session, engine: Engine, people: list[Customer], monkeypatch: pytest.MonkeyPatch,
    *, has_index: bool,
) -> None:  # fmt: skip
    """Found first and put in order, met on the way, gathered past a bound: the same contacts in
    the same order, by every order both ways, on later pages, backwards, and with filters. What is
    met on the way with the search index is gathered without it, and the other way round."""
    if has_index:
        create_search_index(engine)
    scope, whole = scope_of(people), 100
    company = people[1].id
    asking = [
        ListQuery(search, filters, order, falling, size=whole)
        for number, search in enumerate(SEARCHES)
        for filters in (FILTERS[0], FILTERS[1 + number % (len(FILTERS) - 1)])
        for place, order in enumerate(ORDERS)
        for falling in ((number + place) % 2 == 0,)
    ]
    wanted = [
        replace(one, filters=replace(one.filters, company=one.filters.company and company))
        for one in asking
    ]
    expected = [pages(session, scope, one) for one in wanted]
    assert sum(map(bool, expected)) > len(expected) / 3
    monkeypatch.setattr(agent_question, "MOST_COUNTED", 1)
    both = list(zip(wanted, expected, strict=True))
    for turn, (near, commonness, backwards) in enumerate(((0, 0, False), (5, 10_000, True))):
        monkeypatch.setattr(bounded_walk, "NEAR", near)
        monkeypatch.setattr(search_ways, "_ONE_IN", commonness)
        for query, ids in both[(turn + has_index) % 2 :: 2]:
            turned = replace(query, size=7, backwards=backwards)
            assert pages(session, scope, turned) == ids, turned


def test_odd_words_are_found_in_every_way(
    app: Flask, session: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words that an index does not have: who begins with one is found, and every way finds the
    same, each once."""
    with app.app_context():
        for number, odd in enumerate(ODD_NAMES):
            for names in (
                {"firstname": "Ada", "lastname": odd},
                {"firstname": odd, "lastname": "B"},
            ):
                several = {"middle_name": odd, "email2": f"{'q' * 90}@other.example"}
                address = {"email": f"odd{number}@example.com", "email_scope": names["lastname"]}
                session.add(Contact(**names, **several, **address))
        session.commit()
        create_search_index(engine)
        for search in ODD_SEARCHES:
            query, ways = ListQuery(search, Filters(state="all"), size=100), []
            monkeypatch.setattr(agent_question, "MOST_COUNTED", 100)
            ways += [pages(session, Scope(), replace(query, order=one)) for one in (None, "name")]
            monkeypatch.setattr(agent_question, "MOST_COUNTED", 1)
            for near, commonness in ((0, 0), (0, 10_000), (5000, 0), (5000, 10_000)):
                monkeypatch.setattr(bounded_walk, "NEAR", near)
                monkeypatch.setattr(search_ways, "_ONE_IN", commonness)
                ways.append(pages(session, Scope(), replace(query, order="name")))
            assert [sorted(one) for one in ways] == [sorted(set(ways[0]))] * len(ways), search
            begun = [
                key
                for key, *keys in session.execute(select(Contact.id, *map(_column, COLUMNS)))
                if any(one.startswith(folded(search)) for one in keys)
            ]
            assert set(begun) <= set(ways[0]), search
        session.rollback()


def _column(name: str) -> Any:
    return getattr(Contact, name)


def test_who_stands_last_is_gathered(
    session: Session, engine: Engine, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where all matches stand behind the bound, four statements find a page: some ids, the
    bound, the rows before it, and all that the search index finds, which alone are put in
    order; two more where the index and the bound are asked for other things first."""
    create_search_index(engine)
    monkeypatch.setattr(agent_question, "MOST_COUNTED", 1)
    monkeypatch.setattr(bounded_walk, "NEAR", 5)
    query = ListQuery("zornig", Filters(state="all"), "name", size=4)
    with asked(engine) as seen:
        found = contact_page(session, Scope(), query)
    assert {one.lastname for one in found.contacts} == {"Zornig"}
    assert len(seen) <= 6
    statement, given = seen[-1]
    plan = plan_of(session, statement, given)
    named = {"sqlite": "VIRTUAL TABLE", "postgresql": "ix_contacts_contact_search"}
    assert named.get(engine.dialect.name, "fulltext") in plan
    assert "ix_contacts_contact_lastname" not in plan
    assert len(bounds_of(seen)) == 1


def test_what_is_near_is_not_gathered(
    session: Session, engine: Engine, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the first rows hold a page of matches, nothing is asked after them."""
    create_search_index(engine)
    monkeypatch.setattr(agent_question, "MOST_COUNTED", 1)
    monkeypatch.setattr(bounded_walk, "NEAR", 60)
    query = ListQuery("example", Filters(state="all"), "created", size=2)
    with asked(engine) as seen:
        contact_page(session, Scope(), query)
    assert len(seen) - 1 == next(
        number for number, (one, _given) in enumerate(seen) if one in bounds_of(seen)
    ) + 1  # fmt: skip


def bounds_of(seen: list[tuple[str, Any]]) -> list[str]:
    """Those of the statements that ask for a bound."""
    return [one for one, _given in seen if "place_0" in one and "page" not in one]


def plan_of(session: Session, statement: str, given: Any) -> str:
    """How the database runs a statement; PostgreSQL as if the table were too large to read."""
    connection = session.connection()
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN QUERY PLAN" if dialect == "sqlite" else "EXPLAIN"
    rows = connection.exec_driver_sql(f"{explain} {statement}", given).all()
    return "\n".join(" ".join(map(str, row)) for row in rows)
