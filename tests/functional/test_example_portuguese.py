"""The example in Portuguese: no label of its own, ours or Flask-AppBuilder's stays English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from example_app.demo_data import DEMO_PASSWORD
from example_app.mail_store import MailStore
from flask_contacts.testing import portal_sign_in, staff_sign_in
from scripts import translations
from tests.example import filled_example

pytestmark = pytest.mark.filterwarnings("ignore:The Query.get")

CONCEICAO = "conceicao@padaria-sao-joao.example"
MODULES = ("invoices", "estimates", "contracts", "proposals", "support", "projects")
VIEWS = (
    *("InvoiceView", "EstimateView", "ProposalView", "ContractView", "TicketView", "ProjectView"),
    *("InvoiceLineView", "TaskView"),
)
#: What a newcomer found in English, and some more that a catalog might forget to know.
LABELS = {
    *("Invoices", "Estimates", "Contracts", "Proposals", "Support", "Projects", "Tickets"),
    *("Number", "Date", "Due", "Quantity", "Status", "Subject", "Priority", "Deadline", "Progress"),
    *("Paid", "Overdue", "Open", "In progress", "Draft", "Accepted", "High", "Low"),
    *("Lines", "Messages", "Tasks", "Sales", "Work", "Mailbox", "Customers", "Detail", "Issued On"),
}
_SHOWN = {"placeholder", "title", "aria-label", "alt"}


class Reader(HTMLParser):
    """Collects what a reader of a page sees: texts, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in {"script", "style"}
        self.texts |= {value.strip() for name, value in attrs if value and name in _SHOWN}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.add(" ".join(data.split()).strip(" :*"))

    def handle_endtag(self, tag: str) -> None:
        self._silent = False


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Every word of the three catalogs that is another one in Portuguese."""
    words = set(LABELS)
    fab = Path(str(files("flask_appbuilder"))) / "translations/pt_BR/LC_MESSAGES/messages.po"
    for path in (fab, *(body.path("pt_BR") for body in translations.ALL)):
        with path.open("rb") as file:
            catalog = translations.messages(read_po(file, locale="pt_BR"))
        words |= {word for word, [*forms] in catalog.items() if word not in forms}
    return words


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data, and a mail."""
    app = filled_example(tmp_path_factory.mktemp("portuguese"))
    message = EmailMessage()
    message["From"], message["Subject"] = "hello@northwind.example", "Olá"
    message.set_content("Olá")
    MailStore(app.config["EXAMPLE_MAILBOX"]).add(CONCEICAO, message.as_bytes())
    return app


def left_in_english(client: FlaskClient, url: str, english: set[str]) -> set[str]:
    """The labels of a page that are English; the page has to be there, and say its language."""
    page = client.get(url, headers={"Accept-Language": "pt-BR"})
    assert page.status_code == 200, url
    assert '<html lang="pt-BR"' in page.text, url
    reader = Reader()
    reader.feed(page.text)
    return reader.texts & english


def portal_pages(client: FlaskClient) -> Iterator[str]:
    """Every page of the portal, and one record of each module."""
    yield from ("/portal/", "/portal/email-notifications", "/portal/invoices/?q=zzz")
    for module in MODULES:
        yield f"/portal/{module}/"
        listed = client.get(f"/portal/{module}/").text
        found = re.search(rf'href="(/portal/{module}/\d+)"', listed)
        assert found is not None
        yield found[1]


def test_the_portal(example: Flask, english: set[str]) -> None:
    """Conceição's contact has Portuguese: navigation, headings, columns, badges, numbers."""
    client = example.test_client()
    for url in ("/portal/sign-in", "/portal/forgot-password", "/portal/forgot-password?sent=1"):
        assert left_in_english(client, url, english) == set(), url
    portal_sign_in(client, CONCEICAO, DEMO_PASSWORD)
    left = {url: left_in_english(client, url, english) for url in portal_pages(client)}
    assert {url: labels for url, labels in left.items() if labels} == {}


def test_the_staffs_pages(example: Flask, english: set[str]) -> None:
    """Menu, lists, details, forms, the customer's profile, the mailbox."""
    client = example.test_client()
    client.get("/lang/pt_BR")
    assert left_in_english(client, "/", english) == set()
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    pages = ["/", "/mailbox/", "/mailbox/1", "/customers/list/", "/customers/show/1"]
    for view in VIEWS:
        room = f"/{view.lower()}"
        pages += [f"{room}/{page}" for page in ("list/", "show/1", "edit/1", "add")]
    left = {url: left_in_english(client, url, english) for url in pages}
    assert {url: labels for url, labels in left.items() if labels} == {}


def test_a_refused_form_says_why_in_portuguese(example: Flask) -> None:
    """The messages at the customer's field and of a line without an invoice."""
    client = example.test_client()
    client.get("/lang/pt_BR")
    staff_sign_in(client, "admin", "admin")
    for url, message in (
        ("/invoiceview/add", "Escolha um cliente."),
        ("/invoicelineview/add", "Falta isto: Fatura."),
    ):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(url).text)
        assert token is not None
        assert message in client.post(url, data={"csrf_token": token[1], "customer": ""}).text
