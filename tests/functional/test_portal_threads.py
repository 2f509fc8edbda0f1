"""View instances serve every thread at once, and nobody sees another's rows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

pytestmark = pytest.mark.bundled_only(reason="threads share views, whoever the customers are")

THREADS = 8
ROUNDS = 12


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Let the interpreter change threads after every few instructions."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def test_eight_threads_two_contacts(
    app: Flask,
    session: Session,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
    portal_client: Callable[[Any], FlaskClient],
    eager_switching: None,
) -> None:
    """Lists, searches, records and dashboards of two customers, interleaved: each answer
    holds the own rows and none of the other's, each in the own language."""
    from tests.host_app import HostInvoice

    browsers: list[tuple[FlaskClient, str, str, int]] = []
    for mark, other, language in (("AAA", "BBB", "en"), ("BBB", "AAA", "pt_BR")):
        customer = make_customer(company=f"Company {mark}")
        contact = make_contact(customer, firstname=mark, permissions=["invoices"])
        session.get_one(type(contact), contact.id).language = language
        invoice = HostInvoice(
            number=f"{mark}-1", issued_on=date(2026, 1, 1), total=1234, customer_id=customer.id
        )
        session.add(invoice)
        session.commit()
        signed_in = [portal_client(contact) for _ in range(THREADS // 2)]
        browsers += [(browser, mark, other, invoice.id) for browser in signed_in]
    foreign = {mark: pk for _, mark, _, pk in browsers}

    def visit(browser: FlaskClient, mark: str, other: str, pk: int) -> list[str]:
        wrong = []
        for _ in range(ROUNDS):
            for path in (
                "/portal/",
                "/portal/invoices/",
                f"/portal/invoices/?q={mark}&order=number",
                f"/portal/invoices/{pk}",
            ):
                text = browser.get(path).text
                lang = 'lang="en"' if mark == "AAA" else 'lang="pt-BR"'
                if mark not in text or other in text or lang not in text:
                    wrong.append(path)
            if browser.get(f"/portal/invoices/{foreign[other]}").status_code != 404:
                wrong.append("foreign")
            if f"{other}-1" in browser.get(f"/portal/invoices/?q={other}").text:
                wrong.append("search")
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda arguments: visit(*arguments), browsers))
    assert results == [[]] * THREADS
