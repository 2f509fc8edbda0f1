"""Flask-AppBuilder's own words are there in every language of ours."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from flask_contacts.admin import fab_words
from scripts import translations

FAB = Path(str(files("flask_appbuilder")))
#: What no catalog of ours can help: WTForms' is asked for it, or it ends with a blank.
BEYOND_REACH = {"Not a valid choice", "Sign In with "}
OURS = {str(word) for word in (*fab_words.LISTS_AND_FORMS, *fab_words.SECURITY)}


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every word that Flask-AppBuilder's code and pages ask a catalog for."""
    found = extract_from_dir(
        FAB,
        [("**.py", "python"), ("**.html", "jinja2")],
        keywords={**DEFAULT_KEYWORDS, "lazy_gettext": None, "__": None},
    )
    words: set[str] = set()
    for _name, _line, message, _comments, _context in found:
        words |= {message} if isinstance(message, str) else set(filter(None, message))
    return words


def translated(catalog: Catalog) -> set[str]:
    """The words of a catalog that have a translation."""
    return {str(message.id) for message in catalog if message.id and message.string}


def of_fab(language: str) -> set[str]:
    """What Flask-AppBuilder's compiled catalog translates."""
    with (FAB / "translations" / language / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        return translated(read_mo(file))


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_no_word_of_its_pages_is_missing(said: set[str], language: str) -> None:
    """What its catalog lacks is in ours, which is asked next."""
    with translations.PACKAGE.path(language).open("rb") as file:
        known = of_fab(language) | translated(read_po(file, locale=language))
    assert said - known - BEYOND_REACH == set()


def test_the_list_has_nothing_else(said: set[str]) -> None:
    """Each word of the list is one of its pages, and its own catalogs do lack it somewhere."""
    assert said >= OURS
    whole = set.intersection(*(of_fab(language) for language in translations.LANGUAGES))
    assert OURS & whole == set()
