"""The catalogs are complete, current and safe to fill in."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from scripts import translations

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
_TAG = re.compile(r"</?\w+[^>]*>")


@pytest.fixture(params=translations.LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    """Each language that is shipped."""
    return str(request.param)


@pytest.fixture(scope="module", params=translations.ALL, ids=lambda body: body.name)
def body(request: pytest.FixtureRequest) -> translations.Words:
    """The package's words, and the example's."""
    found: translations.Words = request.param
    return found


@pytest.fixture
def catalog(body: translations.Words, language: str) -> Catalog:
    """The catalog of that language as it stands in the repository."""
    return read_po(BytesIO(body.path(language).read_bytes()), locale=language)


@pytest.fixture(scope="module")
def template(body: translations.Words) -> Catalog:
    """The words that the sources hold now."""
    return translations.extract(body)


def words(catalog: Catalog) -> list[Message]:
    """All messages but the header."""
    return [message for message in catalog if message.id]


def variants(text: object) -> list[str]:
    """The singular and the plural of a message, or its only text."""
    return [str(part) for part in text] if isinstance(text, (list, tuple)) else [str(text)]


def test_something_is_extracted_from_every_place(
    body: translations.Words, template: Catalog
) -> None:
    """Python and HTML sources both give words; an empty template would pass all the rest."""
    places = {name for message in words(template) for name, _ in message.locations}
    for folder in body.sources:
        assert any(place.startswith(f"{folder}/") for place in places)
    assert {place.rpartition(".")[2] for place in places} >= {"py", "html"}


def test_files_are_up_to_date() -> None:
    """``make translations`` was run after the last change: .pot, .po and .mo agree."""
    stale = [path.name for path, content in translations.stale()]
    assert stale == []


def test_nothing_is_missing(catalog: Catalog, template: Catalog) -> None:
    """Every word of the sources is in the catalog and translated."""
    missing = [
        message.id
        for message in words(template)
        if (known := catalog.get(message.id, message.context)) is None
        or not all(variants(known.string or ""))
    ]
    assert missing == []


def test_nothing_is_fuzzy(catalog: Catalog) -> None:
    """No guess of a tool passes for a translation."""
    assert [message.id for message in words(catalog) if message.fuzzy] == []


def test_plurals_are_complete(catalog: Catalog) -> None:
    """A message with a plural has each form that the language knows."""
    short = [
        message.id
        for message in words(catalog)
        if message.pluralizable and len(variants(message.string)) != catalog.num_plurals
    ]
    assert short == []


def test_placeholders_agree(catalog: Catalog) -> None:
    """A translation fills in what its original does: a missing %(x)s is a lie, one more a 500."""
    for message in words(catalog):
        originals = [set(_PLACEHOLDER.findall(text)) for text in variants(message.id)]
        allowed = set.union(*originals)
        for text in filter(None, variants(message.string)):
            found = set(_PLACEHOLDER.findall(text))
            assert found <= allowed, message.id
            assert found in originals, message.id


def test_markup_agrees(catalog: Catalog) -> None:
    """A translation has its original's tags, so that no catalog brings markup of its own."""
    for message in words(catalog):
        for text in filter(None, variants(message.string)):
            assert sorted(_TAG.findall(text)) == sorted(_TAG.findall(variants(message.id)[0]))


def test_spaces_agree(catalog: Catalog) -> None:
    """No message starts or ends with a space or holds a line break from a template's layout."""
    for message in words(catalog):
        for text in (*variants(message.id), *variants(message.string)):
            assert text == text.strip()
            assert "\n" not in text


def test_compiled_catalog_says_the_same(
    body: translations.Words, language: str, catalog: Catalog
) -> None:
    """What gettext reads at run time is what translators wrote."""
    compiled = read_mo(BytesIO(body.path(language, "mo").read_bytes()))
    assert translations.messages(compiled) == translations.messages(catalog)


def test_obvious_words_are_translated(catalog: Catalog) -> None:
    """The words of the seed (003) stand in the catalog: the right file has the right language."""
    seeds = ("Contacts", "New Contact", "Support", "Invoices")
    obvious = {
        "es": ("Contactos", "Nuevo contacto", "Soporte", "Facturas"),
        "it": ("Contatti", "Nuovo contatto", "Assistenza", "Fatture"),
        "pt": ("Contactos", "Novo contacto", "Suporte", "Faturas"),
        "pt_BR": ("Contatos", "Novo contato", "Suporte", "Faturas"),
    }
    for english, translated in zip(seeds, obvious[str(catalog.locale)], strict=True):
        found = catalog.get(english)
        assert found is not None, english
        assert found.string == translated


def test_the_two_agree(language: str) -> None:
    """A word that both bodies have is translated once: the example's would win on every page."""
    package, example = (
        translations.messages(read_po(BytesIO(body.path(language).read_bytes()), locale=language))
        for body in translations.ALL
    )
    both = package.keys() & example.keys()
    assert {word: example[word] for word in both if example[word] != package[word]} == {}
