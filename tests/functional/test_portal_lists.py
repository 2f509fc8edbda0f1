"""Lists and records through ``PortalModelView``: search, order, pages, statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

Make = Callable[..., Any]
Browser = Callable[[Any], FlaskClient]
Statements = Callable[[], AbstractContextManager[list[str]]]
LIST = "/portal/invoices/"


@pytest.fixture
def customer(make_customer: Make) -> Any:
    """A customer."""
    return make_customer()


@pytest.fixture
def browser(customer: Any, make_contact: Make, portal_client: Browser) -> FlaskClient:
    """A browser with a contact who may see invoices."""
    return portal_client(make_contact(customer, permissions=["invoices", "support"]))


@pytest.fixture
def add_invoices(session: Session, customer: Any) -> Callable[..., None]:
    """``add_invoices(*numbers)``: an invoice of each number, each a day later than the last."""
    from tests.host_app import HostInvoice

    def add(*numbers: str) -> None:
        session.add_all(
            HostInvoice(
                number=number,
                issued_on=date(2026, 1, 1) + timedelta(days=index),
                total=1000 + index,
                customer_id=customer.id,
            )
            for index, number in enumerate(numbers)
        )
        session.commit()

    return add


def order_of(text: str, *numbers: str) -> list[str]:
    """The numbers in the order in which the page shows them."""
    return sorted((n for n in numbers if f">{n}<" in text), key=lambda n: text.index(f">{n}<"))


def test_nothing_at_all_and_nothing_found_differ(
    browser: FlaskClient, add_invoices: Callable[..., None]
) -> None:
    """An empty module says that something may come; a vain search offers the whole list."""
    page = browser.get(LIST)
    assert "Nothing here yet" in page.text
    assert 'name="q"' not in page.text
    add_invoices("INV-1")
    page = browser.get(f"{LIST}?q=zzz&order=number")
    assert "Nothing found" in page.text
    assert 'value="zzz"' in page.text
    assert 'href="/portal/invoices/?order=number"' in page.text


def test_values_are_in_the_readers_language(
    session: Session,
    browser: FlaskClient,
    add_invoices: Callable[..., None],
) -> None:
    """Dates and numbers follow the language; a record is a link to its page."""
    add_invoices("INV-1")
    english = browser.get(LIST)
    assert "Jan 1, 2026" in english.text
    assert "1,000.00" in english.text
    assert 'class="stretched-link" href="/portal/invoices/1"><bdi>INV-1</bdi></a>' in english.text
    portuguese = browser.get(LIST, headers={"Accept-Language": "pt-BR"})
    assert "1.000,00" in portuguese.text
    record = browser.get("/portal/invoices/1")
    assert "Jan 1, 2026" in record.text


def test_the_search_holds_every_word(
    browser: FlaskClient, add_invoices: Callable[..., None]
) -> None:
    """Any case, all words, in any order."""
    numbers = "alpha beta", "beta alpha x", "alpha"
    add_invoices(*numbers)
    assert set(order_of(browser.get(f"{LIST}?q=BETA+alpha").text, *numbers)) == set(numbers[:2])


@pytest.mark.parametrize(
    "q",
    [
        "%",
        "_",
        "%%",
        "INV_1",
        "\\",
        "'",
        '"',
        "' OR 1=1 --",
        ";",
        "/",
        "//%",
        "[a-z]",
        "*",
        "\x00",
        "INV\x00",
        "\r\n",
        "x" * 5000,
        "(" * 50,
        "{{7*7}}",
        "${7*7}",
        "é\u0301",
        "a b c d e f g h i j",
    ],
)
def test_a_search_takes_nothing_for_a_command(
    browser: FlaskClient, add_invoices: Callable[..., None], q: str
) -> None:
    """1.2.4: metacharacters are characters: no error, no row too many."""
    add_invoices("INV-1", "INV-2")
    response = browser.get(LIST, query_string={"q": q})
    assert response.status_code == 200
    if q.strip().strip("\x00"):
        shown = order_of(response.text, "INV-1", "INV-2")
        assert shown == ([] if q != "INV\x00" else ["INV-2", "INV-1"])


def test_order_follows_the_headings(
    browser: FlaskClient, add_invoices: Callable[..., None]
) -> None:
    """The view's own order first; a heading orders, and turns it round the second time."""
    numbers = "B-1", "A-1", "C-1"
    add_invoices(*numbers)
    assert order_of(browser.get(LIST).text, *numbers) == ["C-1", "A-1", "B-1"]
    page = browser.get(f"{LIST}?order=number")
    assert order_of(page.text, *numbers) == ["A-1", "B-1", "C-1"]
    assert 'aria-sort="ascending"' in page.text
    assert "?order=number&amp;direction=desc" in page.text
    page = browser.get(f"{LIST}?order=number&direction=desc")
    assert order_of(page.text, *numbers) == ["C-1", "B-1", "A-1"]
    assert 'aria-sort="descending"' in page.text


def way(text: str, which: str) -> str | None:
    """Where the page's link to the next (``next``) or former (``prev``) page leads."""
    found = re.search(rf'rel="{which}" href="([^"]*)"', text)
    return unescape(found[1]) if found else None


def test_pages_hold_every_row_once(browser: FlaskClient, add_invoices: Callable[..., None]) -> None:
    """20 rows a page; the links keep search and order, and lead there and back."""
    numbers = [f"INV-{index:03}" for index in range(45)]
    add_invoices(*numbers)
    path: str | None = f"{LIST}?q=INV&order=total"
    pages, texts = [], []
    while path:
        assert path.startswith(f"{LIST}?q=INV&order=total")
        texts.append(browser.get(path).text)
        pages.append(order_of(texts[-1], *numbers))
        path = way(texts[-1], "next")
    assert [len(page) for page in pages] == [20, 20, 5]
    assert [number for page in pages for number in page] == numbers
    for text, words in zip(texts, ("1–20", "21–40", "41–45"), strict=True):
        assert f"{words} of 45" in text
    assert way(texts[0], "prev") is None
    for page in (1, 0):
        back = way(texts[-1], "prev")
        assert back is not None
        texts.append(browser.get(back).text)
        assert order_of(texts[-1], *numbers) == pages[page]
        assert f"{page * 20 + 1}–{page * 20 + 20} of 45" in texts[-1]
    assert way(texts[-1], "prev") is None


def test_pages_stay_where_rows_come_and_go(
    session: Session, browser: FlaskClient, add_invoices: Callable[..., None]
) -> None:
    """A page that nothing is left of, or that rows came before, is the first page, full."""
    from tests.host_app import HostInvoice

    numbers = [f"INV-{index:03}" for index in range(30)]
    add_invoices(*numbers)
    second = way(browser.get(f"{LIST}?order=number").text, "next")
    assert second is not None
    first = way(browser.get(second).text, "prev")
    assert first is not None
    session.execute(delete(HostInvoice).where(HostInvoice.number >= "INV-020"))
    session.commit()
    assert order_of(browser.get(second).text, *numbers) == numbers[:20]
    session.execute(delete(HostInvoice).where(HostInvoice.number < "INV-010"))
    session.commit()
    page = browser.get(first).text
    assert order_of(page, *numbers) == numbers[10:20]
    assert "10 records" in page


@pytest.mark.parametrize(
    "arguments",
    [
        "after=x",
        "before=x",
        "after=.",
        "after=WzEsMl0.x",
        "after=%00",
        "after=é",
        "before=" + "x" * 5000,
        "order=id",
        "order=customer_id",
        "order=customer",
        "order=__dict__",
        "order=number;drop",
        "order=number&direction=up",
        "order=customer.company",
        "order=%00",
    ],
)
def test_junk_in_the_address_is_404(
    browser: FlaskClient, add_invoices: Callable[..., None], arguments: str
) -> None:
    """A page or an order that the list does not have is no page."""
    add_invoices("INV-1")
    response = browser.get(f"{LIST}?{arguments}")
    assert response.status_code == 404
    assert "Page not found" in response.text


def test_a_place_is_good_for_its_own_list(
    browser: FlaskClient, add_invoices: Callable[..., None]
) -> None:
    """The token of one order is none in another, and two at once are none at all."""
    add_invoices(*(f"INV-{index}" for index in range(25)))
    address = way(browser.get(f"{LIST}?order=number").text, "next")
    assert address is not None
    token = address.partition("after=")[2]
    assert browser.get(address).status_code == 200
    for other in (
        f"order=total&after={token}",
        f"order=number&direction=desc&after={token}",
        f"after={token}",
        f"order=number&after={token}&before={token}",
    ):
        assert browser.get(f"{LIST}?{other}").status_code == 404, other


@pytest.mark.parametrize(
    "arguments", ["after=", "before=", "order=", "q=", "x=y", "page=7", "q=1&q=2"]
)
def test_an_empty_argument_is_none(
    browser: FlaskClient, add_invoices: Callable[..., None], arguments: str
) -> None:
    """What says nothing changes nothing."""
    add_invoices("INV-1", "INV-2")
    assert browser.get(f"{LIST}?{arguments}").status_code == 200


def test_head_answers_as_get(browser: FlaskClient, add_invoices: Callable[..., None]) -> None:
    """P2: the same status and headers, no body."""
    add_invoices("INV-1")
    for path in ("/portal/", LIST, "/portal/invoices/1", "/portal/invoices/2", "/portal/x"):
        get, head = browser.get(path), browser.head(path)
        assert get.status_code == head.status_code
        assert get.content_type == head.content_type
        assert not head.data


def test_statements_do_not_grow_with_rows(
    browser: FlaskClient, add_invoices: Callable[..., None], statements: Statements
) -> None:
    """Each page has its number of statements, with two rows and with two thousand."""
    paths = ("/portal/", LIST, "/portal/invoices/1", f"{LIST}?q=INV", f"{LIST}?order=total")

    def counted() -> list[int]:
        counts = []
        for path in paths:
            with statements() as seen:
                assert browser.get(path).status_code == 200
            counts.append(len(seen))
        return counts

    add_invoices("INV-1", "INV-2")
    few = counted()
    add_invoices(*(f"INV-{index}" for index in range(3, 2000)))
    many = counted()
    with statements() as frame:
        assert browser.get("/portal/nothing").status_code == 404
    # The modules are counted at once. A list that has more pages counts its rows, up to 1,000.
    assert [count - len(frame) for count in few] == [1, 1, 1, 1, 1]
    assert [count - len(frame) for count in many] == [1, 2, 1, 2, 2]
    assert max(many) <= 6
    assert "1–20 of more than 1,000" in browser.get(LIST).text.replace("1000", "1,000")
    assert "more than 99 records" in browser.get("/portal/").text
