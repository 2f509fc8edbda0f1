"""Filters of a module's list: choices, yes and no, spans of days; chips that lift them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy.orm import Session

from flask_contacts import PortalModule
from flask_contacts.errors import ConfigError
from flask_contacts.portal import PortalFilter, PortalModelView
from tests.proposal_pages import HostProposal, Size

LIST = "/portal/proposals/"


@pytest.fixture
def browser(
    session: Session, make_customer: Callable[..., Any], make_contact: Any, portal_client: Any
) -> FlaskClient:
    """A browser of a contact with four proposals."""
    customer = make_customer()
    for subject, status, size, day, urgent in (
        ("Alpha", "open", Size.SMALL, date(2026, 1, 31), True),
        ("Beta", "accepted", Size.LARGE, date(2026, 2, 1), False),
        ("Gamma", "open", None, None, False),
        ("Hidden", "draft", Size.SMALL, date(2026, 2, 1), False),
    ):
        session.add(
            HostProposal(
                subject=subject, status=status, size=size, valid_until=day, is_urgent=urgent,
                sent_at=datetime(2026, 3, 5, 23, 59) if subject == "Beta" else None,
                customer_id=customer.id,
            )
        )  # fmt: skip
    session.commit()
    return portal_client(make_contact(customer, permissions=["proposals"]))


def shown(text: str) -> list[str]:
    """The subjects that the page shows."""
    return [name for name in ("Alpha", "Beta", "Gamma", "Hidden") if f">{name}<" in text]


@pytest.mark.parametrize(
    ("arguments", "subjects"),
    [
        ("status=open", ["Alpha", "Gamma"]),
        ("status=accepted", ["Beta"]),
        ("status=draft", []),
        ("size=LARGE", ["Beta"]),
        ("size=None", ["Gamma"]),
        ("is_urgent=yes", ["Alpha"]),
        ("is_urgent=no", ["Beta", "Gamma"]),
        ("valid_until_from=2026-02-01", ["Beta"]),
        ("valid_until_until=2026-01-31", ["Alpha"]),
        ("valid_until_from=2026-01-31&valid_until_until=2026-02-01", ["Alpha", "Beta"]),
        ("valid_until_from=0001-01-01", ["Alpha", "Beta"]),
        ("valid_until_until=9999-12-31", ["Alpha", "Beta"]),
        ("sent_at_from=2026-03-05&sent_at_until=2026-03-05", ["Beta"]),
        ("sent_at_until=2026-03-04", []),
        ("sent_at_until=9999-12-31", ["Beta"]),
        ("status=open&is_urgent=no&q=gam", ["Gamma"]),
        ("status=", ["Alpha", "Beta", "Gamma"]),
        ("valid_until_from=", ["Alpha", "Beta", "Gamma"]),
        ("customer_id=7", ["Alpha", "Beta", "Gamma"]),
    ],
)
def test_a_filter_narrows(browser: FlaskClient, arguments: str, subjects: list[str]) -> None:
    """Each kind of filter, alone and together; both days of a span belong to it."""
    response = browser.get(f"{LIST}?{arguments}")
    assert response.status_code == 200
    assert shown(response.text) == subjects


def test_chips_say_and_lift(browser: FlaskClient) -> None:
    """What the list is narrowed to stands above it in words; each can be lifted, all at once
    too; search and order stay where they were."""
    page = browser.get(f"{LIST}?q=a&status=open&valid_until_until=2026-01-31&order=subject").text
    assert "Status: Open" in page
    assert "Valid until: until Jan 31, 2026" in page
    assert (
        'href="/portal/proposals/?q=a&amp;valid_until_until=2026-01-31&amp;order=subject"' in page
    )
    assert 'href="/portal/proposals/?q=a&amp;status=open&amp;order=subject"' in page
    assert 'href="/portal/proposals/?order=subject"' in page
    assert '<option value="open" selected>Open</option>' in page
    assert 'name="valid_until_until" value="2026-01-31"' in page
    assert '<input type="hidden" name="order" value="subject">' in page
    assert "portal-chip" not in browser.get(LIST).text


def test_pages_headings_and_the_file_keep_the_filters(
    session: Session, browser: FlaskClient
) -> None:
    """The links to the next page, to another order and to the CSV carry the filters along."""
    customer_id = session.query(HostProposal.customer_id).first()[0]
    session.add_all(HostProposal(subject=f"P{n}", customer_id=customer_id) for n in range(30))
    session.commit()
    page = browser.get(f"{LIST}?status=open&q=P").text
    assert "?q=P&amp;status=open&amp;after=" in page
    assert "?q=P&amp;status=open&amp;order=value" in page
    assert "/export.csv?q=P&amp;status=open" in page


@pytest.mark.parametrize(
    "arguments", ["status=x", "status=open%00", "size=small", "size=1", "is_urgent=True"]
)
def test_a_choice_that_there_is_not_is_404(browser: FlaskClient, arguments: str) -> None:
    """Nobody types a choice; as for an order, such an address is none."""
    assert browser.get(f"{LIST}?{arguments}").status_code == 404
    assert browser.get(f"{LIST}export.csv?{arguments}").status_code == 404


@pytest.mark.parametrize(
    "typed", ["31/12/2025", "yesterday", "2026-02-30", "'", "0000-00-00", "<b>", "1" * 500, "\x00"]
)
def test_a_date_that_is_none_is_told_at_its_field(browser: FlaskClient, typed: str) -> None:
    """Somebody typed it: it stays in the open form with a message, and narrows nothing."""
    response = browser.get(LIST, query_string={"valid_until_from": typed, "status": "open"})
    assert response.status_code == 422
    assert "Enter a date such as 2026-12-31." in response.text
    assert 'aria-describedby="filter-valid_until_from-error"' in response.text
    assert re.search('<details class="portal-filters"[^>]* open>', response.text)
    assert shown(response.text) == ["Alpha", "Gamma"]
    assert "<b>" not in response.text


def test_nothing_found_has_a_way_out(browser: FlaskClient) -> None:
    """A filter that finds nothing keeps its form, and offers the whole list."""
    page = browser.get(f"{LIST}?status=accepted&is_urgent=yes&order=value").text
    assert "Nothing found" in page
    assert "There is nothing here that fits all of this." in page
    assert 'href="/portal/proposals/?order=value">Show all</a>' in page
    assert '<option value="accepted" selected>' in page


def test_filters_are_asked_in_the_readers_language(browser: FlaskClient) -> None:
    """Yes and no, and the days of a chip, are those of the page."""
    page = browser.get(f"{LIST}?is_urgent=yes&valid_until_from=2026-01-31").text
    assert "Is urgent: Yes" in page
    assert "Valid until: from Jan 31, 2026" in page


@pytest.mark.parametrize(
    "wanted", ["subject", "nothing", "customer", PortalFilter("order", choices={1: "One"})]
)
def test_a_filter_that_cannot_be_is_told_at_start(app: Flask, wanted: str | PortalFilter) -> None:
    """Text without choices, a relationship, no column: told to the developer."""
    view = type(
        "Slip",
        (PortalModelView,),
        {"datamodel": SQLAInterface(HostProposal), "filter_columns": [wanted]},
    )
    with pytest.raises(ConfigError):
        view(PortalModule("proposals", "Proposals", view=view))
