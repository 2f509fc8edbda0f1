"""The example in each of its languages: no word of its own, ours or Flask-AppBuilder's stays
English, on any page of staff or contacts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import gettext
from sqlalchemy import update

from example_app import create_app
from example_app.database import db
from example_app.demo_data import DEMO_PASSWORD
from example_app.mail_store import MailStore
from flask_contacts.models import Contact
from flask_contacts.testing import portal_sign_in, staff_sign_in
from scripts import translations
from tests import staff_pages
from tests.example import filled_example, post_form

pytestmark = pytest.mark.filterwarnings(
    "ignore:The Query.get", "ignore:Yielding raw tuples", "ignore:'DateTimeField' renders"
)

CONCEICAO = "conceicao@padaria-sao-joao.example"
MODULES = ("invoices", "estimates", "contracts", "proposals", "support", "projects")
ACCOUNT = ("", "password", "email", "sessions", "data", "two-factor")
#: What a newcomer found in English, and some more that a catalog might forget to know.
LABELS = {
    *("Invoices", "Estimates", "Contracts", "Proposals", "Support", "Projects", "Tickets"),
    *("Number", "Date", "Due", "Quantity", "Status", "Subject", "Priority", "Deadline", "Progress"),
    *("Paid", "Overdue", "Open", "In progress", "Draft", "Accepted", "High", "Low"),
    *("Lines", "Messages", "Tasks", "Sales", "Work", "Mailbox", "Customers", "Detail", "Issued On"),
}
#: English words that a page shows all the same: the names of roles, and a heading that
#: Flask-AppBuilder writes past its catalogs.
DATA = {"Admin", "User", "Groups"}
#: English words that are the language's own, with another sense than ours.
OWN: dict[str, set[str]] = {"es": set(), "it": set(), "pt": set(), "pt_BR": set()}
_SHOWN = {"placeholder", "title", "aria-label", "alt"}
_FILLED_IN = re.compile(r"%\(\w+\)[sd]")


class Reader(HTMLParser):
    """Collects what a reader of a page sees: texts, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent = tag in {"script", "style"}
        given = {name: value for name, value in attrs if value}
        self.texts |= {bare(value) for name, value in given.items() if name in _SHOWN}
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.texts.add(bare(given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.add(bare(data))

    def handle_endtag(self, tag: str) -> None:
        self._silent = False


def bare(text: str) -> str:
    """A text as it is compared: without line breaks, and the marks around a label."""
    return " ".join(text.split()).strip(" :*")


@dataclass(frozen=True)
class English:
    """What a page in another language must not show: words, and sentences with values in them."""

    words: set[str]
    sentences: re.Pattern[str]

    def among(self, page: str) -> set[str]:
        """The texts of a page that are English."""
        reader = Reader()
        reader.feed(page)
        return (reader.texts & self.words) | set(filter(self.sentences.fullmatch, reader.texts))


@pytest.fixture(scope="module", params=translations.LANGUAGES)
def catalog(request: pytest.FixtureRequest) -> str:
    """Each language that is shipped, by the name of its catalogs."""
    return str(request.param)


@pytest.fixture(scope="module")
def language(catalog: str) -> str:
    """The same as the example offers it: Babel's ``pt`` writes dates as Brazil does."""
    return {"pt": "pt_PT"}.get(catalog, catalog)


@pytest.fixture(scope="module")
def english(catalog: str) -> English:
    """Every word of the three catalogs that is another one in this language.

    A cognate is the same in both. Of three catalogs that know a word, the last one wins,
    and what any word is translated with is a word of the language.
    """
    fab = Path(str(files("flask_appbuilder"))) / f"translations/{catalog}/LC_MESSAGES/messages.mo"
    ours, hosts = (body.path(catalog, "mo") for body in translations.ALL)
    said: dict[tuple[str, str], str] = {("", word): "" for word in LABELS}
    for path in (ours, fab, hosts):
        with path.open("rb") as file:
            for message in read_mo(file):
                said |= _said_by(message)
    own = {bare(text) for text in said.values()} | OWN[catalog] | DATA
    words = {bare(word) for (_context, word), text in said.items() if text != word} - own
    return English(words, re.compile("|".join(map(_pattern, filter(_is_sentence, words)))))


def _said_by(message: Message) -> dict[tuple[str, str], str]:
    """A message's word with its translation, or its singular and its plural with theirs."""
    words, texts = (
        (list(one) if isinstance(one, (list, tuple)) else [one]) if one else []
        for one in (message.id, message.string)
    )
    context = str(message.context or "")
    return {(context, word): text for word, text in zip(words, texts, strict=False)}


def _is_sentence(word: str) -> bool:
    """Whether enough of it is there, besides its values, to know it by."""
    rest = _FILLED_IN.sub("", word)
    return rest != word and "<" not in rest and sum(map(str.isalpha, rest)) > 11


def _pattern(sentence: str) -> str:
    return ".+".join(map(re.escape, _FILLED_IN.split(sentence.replace("%%", "%"))))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The example with its demo data, and a mail."""
    app = filled_example(tmp_path_factory.mktemp("languages"))
    message = EmailMessage()
    message["From"], message["Subject"] = "hello@northwind.example", "Olá"
    message.set_content("Olá")
    MailStore(app.config["EXAMPLE_MAILBOX"]).add(CONCEICAO, message.as_bytes())
    return app


@pytest.fixture(scope="module")
def conceicao(example: Flask, language: str) -> str:
    """The address of Conceição, who has the language now."""
    with example.app_context():
        hers = update(Contact).where(Contact.email == CONCEICAO)
        db.session.execute(hers.values(language=language))
        db.session.commit()
    return CONCEICAO


@pytest.fixture(scope="module")
def own_pages(example: Flask, language: str, conceicao: str) -> tuple[str, ...]:
    """The pages of the package for staff, with something on each; what an import says of a
    row is kept in the language of who imports."""
    client = example.test_client()
    client.get(f"/lang/{language}")
    staff_sign_in(client, "admin", "admin")
    more = staff_pages.make_more(example, client, conceicao, language.replace("_", "-"))
    return (*staff_pages.OWN, *staff_pages.of_people(example), *more)


@pytest.fixture
def staff(example: Flask, language: str) -> FlaskClient:
    """A browser of an administrator who has chosen the language."""
    client = example.test_client()
    client.get(f"/lang/{language}")
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    return client


@pytest.fixture
def contact(example: Flask, conceicao: str) -> FlaskClient:
    """Conceição's browser, with the language in her contact."""
    client = example.test_client()
    portal_sign_in(client, conceicao, DEMO_PASSWORD)
    return client


def left_in_english(
    client: FlaskClient, urls: Iterable[str], english: English, language: str
) -> dict[str, set[str]]:
    """By page, the texts that are English; each page has to be there, and say its language."""
    left = {}
    tag = language.replace("_", "-")
    for url in urls:
        page = client.get(url, headers={"Accept-Language": tag})
        assert page.status_code == 200, url
        assert f'<html lang="{tag}"' in page.text, url
        left[url] = english.among(page.text)
    return {url: texts for url, texts in left.items() if texts}


def portal_pages(client: FlaskClient) -> Iterator[str]:
    """Every page of the portal, and one record of each module."""
    yield from ("/portal/", "/portal/email-notifications", "/portal/invoices/?q=zzz")
    yield from (f"/portal/account/{page}" for page in ACCOUNT)
    for module in MODULES:
        yield f"/portal/{module}/"
        listed = client.get(f"/portal/{module}/").text
        found = re.search(rf'href="(/portal/{module}/\d+)"', listed)
        assert found is not None
        yield found[1]


def test_the_english_words(english: English) -> None:
    """They are words and not pairs with a context, and some are sentences: else nothing below
    could fail."""
    assert {"Customer contacts", "New Contact", "Sign in"} <= english.words
    assert english.among("<p>Customer contacts</p><p>Copy of a mail to Rui.</p>") == {
        *("Customer contacts", "Copy of a mail to Rui."),
    }


def test_before_signing_in(example: Flask, english: English, language: str) -> None:
    """The portal's doors and the staff's."""
    doors = ("/portal/sign-in", "/portal/forgot-password", "/portal/forgot-password?sent=1")
    client = example.test_client()
    client.get(f"/lang/{language}")
    assert left_in_english(client, (*doors, "/", "/login/"), english, language) == {}


def test_the_portal(contact: FlaskClient, english: English, language: str) -> None:
    """Conceição's contact has the language: navigation, headings, columns, badges, account."""
    assert left_in_english(contact, portal_pages(contact), english, language) == {}


def test_the_staffs_own_pages(staff: FlaskClient, english: English, language: str) -> None:
    """Menu, lists, details, forms of the example, the mailbox, users and roles."""
    pages = ("/", "/mailbox/", "/mailbox/1", *staff_pages.of_views(), *staff_pages.FAB)
    assert left_in_english(staff, pages, english, language) == {}


def test_the_packages_pages(
    staff: FlaskClient, own_pages: tuple[str, ...], english: English, language: str
) -> None:
    """Customers and contacts, marketing lists, imports, mail, templates, settings."""
    assert left_in_english(staff, own_pages, english, language) == {}


def test_a_refused_form_of_staff(staff: FlaskClient, english: English) -> None:
    """What is wrong is said at the fields: of a contact, of a list, of the example's forms."""
    for url, wrong in (
        ("/customer-contacts/new", {"firstname": "", "email": "nobody", "phone": "x" * 99}),
        ("/contacts-marketing-lists/new", {"name": ""}),
        ("/contacts-email-templates/edit/set_password", {"subject": "", "body": "{nothing}"}),
        ("/invoiceview/add", {"customer": ""}),
        ("/invoicelineview/add", {}),
        ("/users/add", {"email": "nobody"}),
    ):
        answer = post_form(staff, url, **wrong)
        assert answer.status_code in {200, 422}, url
        assert english.among(answer.text) == set(), url


def test_a_refused_form_of_a_contact(contact: FlaskClient, english: English) -> None:
    """The profile without a name, an address that is none, a password that is too short."""
    for page, wrong in (
        ("", {"firstname": "", "lastname": ""}),
        ("email", {"email": "nobody", "password": "wrong"}),
        ("password", {"current": "wrong", "password": "short", "again": "other"}),
    ):
        answer = post_form(contact, f"/portal/account/{page}", **wrong)
        assert answer.status_code == 422, page
        assert english.among(answer.text) == set(), page


def test_a_host_that_speaks_it_first(language: str, tmp_path: Path) -> None:
    """Flask-AppBuilder asks for words while it starts, and what it has read by then knows
    nothing of ours: pages and commands of such a host are in its language all the same."""
    app = create_app(
        {
            "SECRET_KEY": "a secret key for tests only",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'demo.sqlite'}",
            "EXAMPLE_MAILBOX": str(tmp_path / "mailbox.sqlite"),
            "BABEL_DEFAULT_LOCALE": language,
        }
    )
    with app.app_context():
        assert gettext("Customer contacts") != "Customer contacts"
