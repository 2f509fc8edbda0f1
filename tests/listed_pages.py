"""Walks through the pages of a list, forwards and back, for tests of their order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session

from flask_contacts.portal.records.model_view import PortalModelView
from flask_contacts.portal.records.paging import Order, page_of
from flask_contacts.portal.visit import as_if
from flask_contacts.services import keyset
from flask_contacts.state import current_contacts
from tests.proposal_pages import HostProposal, Size

#: Values that many rows share, that are missing, and that engines and drivers write differently.
VALUES: dict[str, Sequence[Any]] = {
    "subject": ["a", "A", "á", "b ", "b", "", "0", "10", "9", "zz", "Zürich", "ß", "_", "%"],
    "status": ["open", "accepted"],
    "value": [None, Decimal("0.10"), Decimal("0.30"), Decimal("-5.00"), Decimal("9999999999.99")],
    "rating": [None, 0.1, 0.3, 1 / 3, -2.5, 1e15, 1e-7],
    "size": [None, Size.SMALL, Size.LARGE],
    "valid_until": [None, date(2026, 2, 28), date(1999, 12, 31), date(2026, 3, 1)],
    "sent_at": [None, datetime(2026, 1, 1), datetime(2026, 1, 1, 12, 30, 59)],
    "is_urgent": [True, False],
    "note": [None, "", "x" * 300 + "a", "x" * 300 + "b", "short"],
}
ORDERS = [name for name in VALUES if name != "id"]


def proposals_view(app: Flask) -> PortalModelView:
    """The test host's view of proposals."""
    view: PortalModelView = app.view_functions[
        "contacts_portal.proposals_list"
    ].__wrapped__.__self__  # type: ignore[attr-defined]
    return view


def add_rows(session: Session, customer_id: Any, count: int, chance: random.Random) -> None:
    """Add proposals of random values, the same ones again and again."""
    rows = [
        {name: chance.choice(values) for name, values in VALUES.items()}
        | {"customer_id": customer_id}
        for _ in range(count)
    ]
    session.execute(insert(HostProposal), rows)
    session.commit()


@contextmanager
def seen_by(app: Flask, contact: Any) -> Iterator[PortalModelView]:
    """The view of proposals, asked as this contact."""
    with app.app_context(), as_if(contact):
        yield proposals_view(app)


def forwards(view: PortalModelView, order: Order, size: int) -> list[list[int]]:
    """The keys of every page, from the first one on."""
    pages: list[list[int]] = []
    token = None
    while True:
        page = page_of(view.records(), view.model, (), order, order.position(token, None), size)
        pages.append([one.id for one in page.records])
        token = page.after
        if token is None:
            return pages
        assert len(pages) < 1000, "no end"


def backwards(view: PortalModelView, order: Order, size: int) -> list[list[int]]:
    """The keys of the pages before the last row, from the last page to the first."""
    pages: list[list[int]] = []
    token: str | None = last_place(view, order)
    while token is not None:
        page = page_of(view.records(), view.model, (), order, order.position(None, token), size)
        pages.append([one.id for one in page.records])
        token = page.before if not page.is_beyond else None
        assert len(pages) < 1000, "no end"
    return pages


def last_place(view: PortalModelView, order: Order) -> str:
    """The token of the last row."""
    statement = keyset.ordered(view.records(), order.terms, None, backwards=True).limit(1)
    row = current_contacts.session.execute(statement).one()
    return keyset.sign(order.salt, keyset.Place(1, row[-len(order.terms) :]))


def in_order(view: PortalModelView, name: str, *, falling: bool) -> list[int]:
    """All keys in the order that the database gives them by a plain ORDER BY."""
    column = getattr(HostProposal, name)
    statement = view.records().with_only_columns(HostProposal.id)
    if falling:
        statement = statement.order_by(column.is_(None), column.desc(), HostProposal.id.desc())
    else:
        statement = statement.order_by(column.is_(None), column, HostProposal.id)
    return list(current_contacts.session.scalars(statement))
