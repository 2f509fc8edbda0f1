"""A module's list on each engine: its order, its pages, and an action that two do at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.testing import csrf_token, portal_sign_in
from tests.listed_pages import ORDERS, add_rows, backwards, forwards, in_order, seen_by
from tests.proposal_pages import HostProposal

Make = Callable[..., Any]
#: Ordered by their beginning, and by their place in the list, where plain SQL does otherwise.
IN_ANOTHER_WAY = {"note", "size"}


@pytest.fixture
def contact(make_customer: Make, make_contact: Make) -> Any:
    """A contact who sees the proposals of its customer."""
    found = make_contact(make_customer(), permissions=["proposals"])
    assert found.customer_id is not None
    assert found.is_primary
    return found


@pytest.mark.parametrize("name", ORDERS)
def test_pages_are_the_list_in_order(
    app: Flask, session: Session, make_customer: Make, contact: Any, name: str
) -> None:
    """Every type of column, with ties, gaps and values that drivers round or pad: each row is on
    one page, forwards and back, and no stranger's is on any."""
    add_rows(session, contact.customer_id, 90, random.Random(name))
    add_rows(session, make_customer().id, 20, random.Random(1))
    with seen_by(app, contact) as view:
        for falling, size in ((False, 7), (True, 7), (False, 30), (True, 1)):
            order = view.order(name, falling)
            everything = [key for page in forwards(view, order, size) for key in page]
            if name in IN_ANOTHER_WAY:
                assert sorted(everything) == sorted(in_order(view, name, falling=falling))
            else:
                assert everything == in_order(view, name, falling=falling)
            back = [key for page in reversed(backwards(view, order, size)) for key in page]
            assert back == everything[:-1]


def test_a_search_and_filters_and_a_file_work_everywhere(
    app: Flask, session: Session, contact: Any
) -> None:
    """What the address asks for is asked of every engine in words that it understands."""
    add_rows(session, contact.customer_id, 60, random.Random(3))
    browser = app.test_client()
    assert portal_sign_in(browser, contact.email).status_code == 303
    address = (
        "/portal/proposals/{}?q=z&size=SMALL&is_urgent=no&sent_at_from=2026-01-01"
        "&sent_at_until=2026-01-01&valid_until_until=2026-02-28&order=rating&direction=desc"
    )
    assert browser.get(address.format("")).status_code == 200
    assert browser.get("/portal/proposals/?size=None").status_code == 200
    file = browser.get("/portal/proposals/export.csv?order=size")
    assert len(file.text.splitlines()) == 61
    assert browser.get(address.format("export.csv")).status_code == 200
    assert browser.get("/portal/").status_code == 200


def test_of_eight_who_accept_at_once_one_does(app: Flask, session: Session, contact: Any) -> None:
    """The record is locked and asked again: one wins, seven get the page that says so (409)."""
    proposal = HostProposal(subject="Sign", customer_id=contact.customer_id)
    session.add(proposal)
    session.commit()
    address = f"/portal/proposals/{proposal.id}/accept"
    browsers = []
    for _ in range(8):
        browser = app.test_client()
        assert portal_sign_in(browser, contact.email).status_code == 303
        browsers.append((browser, csrf_token(browser, address)))
    barrier = Barrier(len(browsers))

    def accept(number: int) -> tuple[int, str]:
        browser, token = browsers[number]
        barrier.wait()
        response = browser.post(
            address, data={"csrf_token": token, "name": f"Number {number}", "comment": "typed"}
        )
        return response.status_code, response.text

    with ThreadPoolExecutor(len(browsers)) as pool:
        answers = list(pool.map(accept, range(len(browsers))))
    codes = [code for code, _text in answers]
    assert sorted(codes) == [303] + [409] * 7
    winner = codes.index(303)
    session.rollback()
    assert session.scalars(select(HostProposal.accepted_by)).all() == [f"Number {winner}"]
    assert all("not possible any more" in text for code, text in answers if code == 409)
