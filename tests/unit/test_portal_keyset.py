"""Pages by keys hold every row once, in order, whatever the rows are."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from flask_contacts.portal.records.paging import page_of
from flask_contacts.services import keyset
from flask_contacts.services.keyset import Place
from tests.listed_pages import ORDERS, VALUES, backwards, forwards, in_order, seen_by
from tests.proposal_pages import HostProposal

Make = Callable[..., Any]

rows = st.lists(
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}),
    min_size=1,
    max_size=25,
)


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """A contact who sees the proposals of its customer."""
    found = make_contact(make_customer(), permissions=["proposals"])
    assert found.customer_id is not None
    assert found.is_primary
    return found


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wanted=rows, name=st.sampled_from(ORDERS), falling=st.booleans(), size=st.integers(1, 9))
def test_every_row_is_on_one_page(
    app: Flask,
    session: Session,
    contact: Any,
    wanted: list[dict[str, Any]],
    name: str,
    falling: bool,
    size: int,
) -> None:
    """Whatever the values, their ties and gaps, and the page's size: the pages one after the
    other are the whole list in order, forwards and back, with full pages."""
    session.execute(delete(HostProposal))
    session.execute(
        insert(HostProposal), [{**row, "customer_id": contact.customer_id} for row in wanted]
    )
    session.commit()
    with seen_by(app, contact) as view:
        order = view.order(name, falling)
        pages = forwards(view, order, size)
        everything = [key for page in pages for key in page]
        if name == "note":  # long text is ordered by its beginning
            assert sorted(everything) == sorted(in_order(view, name, falling=falling))
        else:
            assert everything == in_order(view, name, falling=falling)
        assert all(len(page) == size for page in pages[:-1])
        back = [key for page in reversed(backwards(view, order, size)) for key in page]
        assert back == everything[:-1]


def test_rows_that_come_and_go_move_no_other(app: Flask, session: Session, contact: Any) -> None:
    """While somebody reads, rows are added before and after, and the row that the page ended
    with is deleted: what was there all the time is shown once."""
    chance = random.Random(7)
    with seen_by(app, contact) as view:
        order = view.order("subject", False)
        for round_ in range(5):
            session.execute(delete(HostProposal))
            session.execute(
                insert(HostProposal),
                [
                    {"subject": f"s{number:03}", "customer_id": contact.customer_id}
                    for number in range(0, 100, 2)
                ],
            )
            session.commit()
            seen: list[str] = []
            gone: set[str] = set()
            token = None
            while True:
                position = order.position(token, None)

                page = page_of(view.records(), view.model, (), order, position, 7)
                seen += [one.subject for one in page.records]
                last = page.records[-1]
                gone.add(last.subject)
                session.execute(delete(HostProposal).where(HostProposal.id == last.id))
                session.execute(
                    insert(HostProposal),
                    [
                        {
                            "subject": f"s{chance.randrange(100):03}x",
                            "customer_id": contact.customer_id,
                        }
                        for _ in range(5)
                    ],
                )
                session.commit()
                token = page.after
                if token is None:
                    break
            stayed = [subject for subject in seen if not subject.endswith("x")]
            assert stayed == [f"s{number:03}" for number in range(0, 100, 2)], round_


@pytest.mark.usefixtures("app_context")
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        2**62,
        0.1,
        float("inf"),
        "words “here”",
        "\x00",
        Decimal("10.50"),
        date(2026, 2, 28),
        datetime(2026, 2, 28, 12, 1, 2, 345),
        datetime(2026, 2, 28, 12, tzinfo=timezone(timedelta(hours=-3))),
        time(1, 2),
        timedelta(seconds=90.5),
        UUID(int=7),
        b"\x00\xff",
    ],
)
def test_a_place_round_trips(value: object) -> None:
    """What a driver can give comes back as it was, in the same type."""
    token = keyset.sign("list", Place(21, [value, 3]))
    place = keyset.read("list", token, 2)
    assert place == Place(21, [value, 3])
    assert type(place.values[0]) is type(value)


@pytest.mark.usefixtures("app_context")
def test_a_place_belongs_to_its_list() -> None:
    """A token of another list, another order or another hand opens nothing."""
    token = keyset.sign("invoices.number.asc", Place(21, ["A", 3]))
    assert keyset.read("invoices.number.desc", token, 2) is None
    assert keyset.read("invoices.number.asc", token, 3) is None
    for junk in ("", "x", token[:-1], token + "x", "." + token, "WzEsMl0.x", "é", "\x00"):
        assert keyset.read("invoices.number.asc", junk, 2) is None, junk
