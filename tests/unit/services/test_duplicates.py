"""Who may be the same person: what is alike, what is found along the indexes, what is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from flask_contacts.actors import Actor
from flask_contacts.clock import utc_now
from flask_contacts.errors import NotFound
from flask_contacts.models import Contact, Login, NotDuplicates
from flask_contacts.services.contacts.archive import archive_contact
from flask_contacts.services.duplicates import name_walk
from flask_contacts.services.duplicates.candidates import (
    EMAIL,
    NAME,
    PHONE,
    Person,
    candidates,
)
from flask_contacts.services.duplicates.groups import KINDS, group_page
from flask_contacts.services.duplicates.judgements import say_not_duplicates
from flask_contacts.services.duplicates.key_walk import next_keys
from flask_contacts.services.duplicates.likeness import name_score

Make = Callable[..., Any]
ALL: ColumnElement[bool] = true()
ALONE = {"is_user": False, "password": ""}


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Aurora Bakery")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("jon", "smith"), ("john", "smith")),
        (("j.", "smith"), ("john", "smith")),
        (("anna", "muller"), ("ann", "muller")),
        (("katherine", "o'neil"), ("catherine", "oneil")),
        (("smith", "john"), ("john", "smith")),
    ],
)
def test_alike(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Spellings, initials, and first and last name exchanged, in either direction."""
    assert name_score(one, other) is not None
    assert name_score(other, one) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("mara", "lind"), ("mark", "lind")),
        (("peter", "lind"), ("petra", "lind")),
        (("j.", "smith"), ("john", "smythe")),
        (("john", "smith"), ("john", "schmidt")),
        (("k.", "smith"), ("john", "smith")),
        (("", "smith"), ("john", "smith")),
    ],
)
def test_not_alike(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Different people of one family, and an initial with a name that differs."""
    assert name_score(one, other) is None


@pytest.mark.usefixtures("app_context")
class TestCandidates:
    """While a contact is typed."""

    def names(
        self, session: Session, visible: ColumnElement[bool] = ALL, **typed: Any
    ) -> list[Any]:
        """Who is found, with the kinds of reasons."""
        found = candidates(session, Person(**typed), visible)
        return [(one.contact.lastname, [why.kind for why in one.reasons]) for one in found]

    def test_addresses_and_numbers(
        self, session: Session, customer: Any, make_customer: Make, make_contact: Make
    ) -> None:
        """Everywhere, in each of their fields, however they are written."""
        make_contact(customer, lastname="First", email="kim@x.example", **ALONE)
        elsewhere = make_customer(company="Borealis")
        make_contact(elsewhere, lastname="Second", email2="Kim@X.example", **ALONE)
        make_contact(None, lastname="Third", mobile_phone2="+44 20 7946 0018", **ALONE)
        assert self.names(session, emails=["KIM@x.example"]) == [
            ("First", [EMAIL]), ("Second", [EMAIL]),
        ]  # fmt: skip
        assert self.names(session, numbers=["+442079460018"]) == [("Third", [PHONE])]
        assert self.names(session, visible=false(), emails=["kim@x.example"]) == []
        assert self.names(session, emails=["kim"], numbers=[""]) == []

    def test_names(
        self, session: Session, customer: Any, make_customer: Make, make_contact: Make
    ) -> None:
        """A like name at the same company; the same at a similar one or none; no other."""
        make_contact(customer, firstname="Jon", lastname="Smithe", **ALONE)
        other = make_customer(company="Aurora Bakery Ltd")
        make_contact(other, firstname="John", lastname="Smith", position="Similar", **ALONE)
        make_contact(None, firstname="John", lastname="Smith", position="None", **ALONE)
        far = make_customer(company="Borealis")
        make_contact(far, firstname="John", lastname="Smith", position="Far", **ALONE)
        person = Person("John", "Smith", customer_id=customer.id, company="Aurora Bakery")
        found = candidates(session, person, ALL)
        assert {one.contact.position for one in found} == {None, "Similar", "None"}
        assert {why.kind for one in found for why in one.reasons} == {NAME}

    def test_a_like_last_name(
        self, session: Session, customer: Any, make_customer: Make, make_contact: Make
    ) -> None:
        """Beside the same first name: also where no company is typed, or a similar one; not with
        another first name, and not at a company of another name."""
        make_contact(customer, firstname="Olivia", lastname="Hart", **ALONE)
        make_contact(customer, firstname="Oliver", lastname="Hart", **ALONE)
        assert self.names(session, firstname="Olivia", lastname="Hartt") == [("Hart", [NAME])]
        assert self.names(session, firstname="Olivia", lastname="Harrison") == []
        assert self.names(session, visible=false(), firstname="Olivia", lastname="Hartt") == []
        for company, count in (("Aurora Bakery Ltd", 1), ("Borealis", 0)):
            other = make_customer(company=company)
            typed = {"customer_id": other.id, "company": company}
            found = self.names(session, firstname="Olivia", lastname="Hartt", **typed)
            assert len(found) == count, company

    def test_archived_and_own(self, session: Session, customer: Any, make_contact: Make) -> None:
        """Neither the contact itself, nor who is out of the books."""
        one = make_contact(customer, lastname="Berg", email2="kim@x.example", **ALONE)
        gone = make_contact(customer, lastname="Berg", email2="kim@x.example", **ALONE)
        archive_contact(session, customer.id, gone.id)
        person = Person("Ada", "Berg", emails=["kim@x.example"], customer_id=customer.id)
        assert [each.contact.id for each in candidates(session, person, ALL)] == [one.id]
        assert candidates(session, person, ALL, but=[one.id]) == []

    def test_the_likeliest_first(self, session: Session, customer: Any, make_contact: Make) -> None:
        """An address before a number before a name; at most five."""
        make_contact(customer, firstname="Kim", lastname="Berg", **ALONE)
        make_contact(customer, lastname="Phone", phone="+44 20 7946 0018", **ALONE)
        make_contact(customer, lastname="Email", email="kim@x.example", **ALONE)
        typed = {"firstname": "Kim", "lastname": "Berg", "emails": ["kim@x.example"],
                 "numbers": ["+442079460018"], "customer_id": customer.id}  # fmt: skip
        assert [name for name, _why in self.names(session, **typed)] == ["Email", "Phone", "Berg"]
        for _number in range(6):
            make_contact(customer, firstname="Kim", lastname="Berg", **ALONE)
        assert len(self.names(session, **typed)) == 5


@pytest.mark.usefixtures("app_context")
class TestGroups:
    """In the list of all."""

    def groups(self, session: Session, kind: str, visible: ColumnElement[bool] = ALL) -> list[Any]:
        """The last names in each group."""
        found = group_page(session, kind, visible)
        assert found.after is None
        return [sorted(one.lastname for one in group.contacts) for group in found.groups]

    def test_a_person_of_two_companies(
        self, session: Session, customer: Any, make_customer: Make, make_contact: Make
    ) -> None:
        """Who signs in with one login is one person already (C6); without it they are listed."""
        elsewhere = make_customer(company="Borealis")
        make_contact(customer, lastname="One", email="kim@x.example")
        login = session.scalars(select(Login)).one()
        login.held, login.proven_at = True, utc_now()
        session.commit()
        make_contact(elsewhere, lastname="Two", email="kim@x.example")
        assert self.groups(session, EMAIL) == []
        make_contact(None, lastname="Three", email="kim@x.example", **ALONE)
        assert self.groups(session, EMAIL) == [["One", "Three", "Two"]]
        group = group_page(session, EMAIL, ALL).groups[0]
        assert not group.can_merge

    def test_a_switchboard(self, session: Session, customer: Any, make_contact: Make) -> None:
        """A number that very many share says nothing of any."""
        for number in range(10):
            make_contact(
                customer, lastname=f"Colleague {number}", phone="+44 20 7946 0018", **ALONE
            )
        assert len(self.groups(session, PHONE)[0]) == 10
        make_contact(customer, lastname="Eleventh", phone="+44 20 7946 0018", **ALONE)
        assert self.groups(session, PHONE) == []

    def test_one_contact_with_it_twice(
        self, session: Session, customer: Any, make_contact: Make
    ) -> None:
        """A number in two fields of one contact is no duplicate."""
        make_contact(customer, phone="+44 20 7946 0018", mobile_phone="+44 20 7946 0018", **ALONE)
        assert self.groups(session, PHONE) == []

    def test_hidden_and_told_apart(
        self, session: Session, customer: Any, make_contact: Make
    ) -> None:
        """Who may not be seen is in no group, and who was told apart in none together."""
        ids = [make_contact(customer, firstname="Kim", lastname="Berg", **ALONE).id
               for _one in range(3)]  # fmt: skip
        assert self.groups(session, NAME) == [["Berg"] * 3]
        assert self.groups(session, NAME, Contact.id != ids[0]) == [["Berg"] * 2]
        assert self.groups(session, NAME, Contact.id == ids[0]) == []
        staff = Actor("staff", "Ada Min", staff_id=7)
        say_not_duplicates(session, ids[:2], staff, visible=ALL)
        assert self.groups(session, NAME) == [["Berg"] * 3]  # both may be the third
        say_not_duplicates(session, ids, staff, visible=ALL)
        assert self.groups(session, NAME) == []
        said = session.scalars(select(NotDuplicates)).all()
        assert len(said) == 3
        assert {(one.said_by, one.said_by_id) for one in said} == {("Ada Min", 7)}
        for wrong in ([ids[0]], [*ids, 999], []):
            with pytest.raises(NotFound):
                say_not_duplicates(session, wrong, staff, visible=ALL)
        with pytest.raises(NotFound):
            say_not_duplicates(session, ids, staff, visible=false())

    @pytest.mark.parametrize("kind", KINDS)
    def test_pages(
        self, session: Session, make_customer: Make, make_contact: Make, kind: str
    ) -> None:
        """Page after page each group comes once, and the last one has none after it."""
        for number in range(5):
            customer = make_customer(company=f"Company {number}")
            for _one in "ab":
                make_contact(
                    customer, firstname="Kim", lastname=f"Berg {'abcde'[number] * 4}",
                    phone=f"+44 20 7946 001{number}", email2=f"kim{number}@x.example", **ALONE,
                )  # fmt: skip
        seen: list[tuple[int, ...]] = []
        after = None
        for _page in range(5):
            page = group_page(session, kind, ALL, after, size=2)
            seen += [tuple(one.id for one in group.contacts) for group in page.groups]
            after = page.after
            if after is None:
                break
        assert after is None
        assert len(seen) == len(set(seen)) == 5

    def test_stretches(
        self, session: Session, make_customer: Make, make_contact: Make, monkeypatch: Any
    ) -> None:
        """What a stretch of an index does not reach, the next one does; none is left out."""
        for number in range(6):
            customer = make_customer(company=f"Company {number}")
            for _one in "ab"[: 1 + number % 2]:
                make_contact(customer, firstname="Kim", lastname=f"Berg{number}",
                             phone=f"+44 20 7946 001{number}", **ALONE)  # fmt: skip
        found: list[str] = []
        after: str | None = None
        for _stretch in range(20):
            keys, after = next_keys(session, PHONE, ALL, after, 25, stretch=2)
            found += keys
            if after is None:
                break
        assert found == [f"+44207946001{number}" for number in (1, 3, 5)]
        pairs: list[Any] = []
        place: Any = None
        for _stretch in range(20):
            some, place = name_walk.next_pairs(session, ALL, place, 25, stretch=3)
            pairs += some
            if place is None:
                break
        assert len(set(pairs)) == len(pairs) == 3

    def test_no_address_of_a_hidden_contact(
        self, session: Session, customer: Any, make_contact: Make
    ) -> None:
        """Not even where a page ends, which is told to the browser, and not as half of a pair."""
        seen = make_contact(customer, email="b@x.example", email2="d@x.example", **ALONE)
        for one in ("a", "c", "e"):
            make_contact(customer, email=f"{one}@x.example", email2="d@x.example", **ALONE)
        after: str | None = None
        for _stretch in range(9):
            visible = Contact.id == seen.id
            keys, after = next_keys(session, EMAIL, visible, after, 25, stretch=1)
            assert keys == []
            assert after in {"b@x.example", "d@x.example", None}
            if after is None:
                break
        assert after is None

    def test_large_companies(
        self, session: Session, customer: Any, make_contact: Make, monkeypatch: Any
    ) -> None:
        """With very many contacts those are compared that stand next to each other by name."""
        monkeypatch.setattr(name_walk, "ALL_PAIRS", 3)
        monkeypatch.setattr(name_walk, "NEXT_ONES", 1)
        for first in ("Kim", "Zoe", "Kim", "Kim"):
            make_contact(customer, firstname=first, lastname="Berg", **ALONE)
        assert self.groups(session, NAME) == [["Berg"] * 3]

    def test_a_crowd_of_one_name(self, session: Session, customer: Any, make_contact: Make) -> None:
        """As many as can be told apart at once are shown, the others counted; when they are told
        apart, others are shown with them, until nobody is left."""
        for _number in range(13):
            make_contact(customer, firstname="Kim", lastname="Berg", **ALONE)
        session.commit()
        shown = []
        while groups := group_page(session, NAME, ALL).groups:
            (group,) = groups
            shown.append((len(group.contacts), group.more))
            ids = [one.id for one in group.contacts]
            say_not_duplicates(session, ids, Actor("staff", staff_id=1), visible=ALL)
        assert shown == [(10, 3), (10, 3), (6, 0)]
