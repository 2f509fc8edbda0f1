"""The words that contacts are found by, and the index over them."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import format_decimal
from sqlalchemy import select

from ...i18n import _, _l
from ...models import Contact
from ...state import current_contacts
from ..agent import search_index, search_words
from .problems import NOTE, WARNING, Finding, problem

_LOOKED_AT = 50

NO_INDEX = problem(
    "FC321",
    NOTE,
    _l("There is no search index"),
    _l("Words are found where names, addresses and companies begin with them, not inside of them."),
    _l("Run `flask contacts create-search-index`, if you like; see docs/howto/search.md."),
)
STALE_INDEX = problem(
    "FC322",
    WARNING,
    _l("The search index lacks contacts"),
    _l(
        "The search does not find them: they were written past its triggers, as a restored backup "
        "is."
    ),
    _l("Run `flask contacts create-search-index`, which makes it anew."),
)
UNFOLDED = problem(
    "FC323",
    WARNING,
    _l("Contacts have no words to be found by"),
    _l(
        "The search and the order of the list pass them over: they were written by SQL past "
        "the models."
    ),
    _l("Run `flask contacts create-search-index --refill`."),
)


def check_search() -> Iterator[Finding]:
    """Whether contacts can be found."""
    session = current_contacts.session
    unfolded = select(Contact.id).where(Contact.lastname_key == "", Contact.lastname != "")
    if session.scalar(unfolded.limit(1)) is not None:
        yield UNFOLDED.found()
    if not search_index.is_there(session):
        yield NO_INDEX.found()
    elif search_index.dialect_of(session) == "sqlite":  # the others keep theirs by themselves
        yield from _compare()


def _compare() -> Iterator[Finding]:
    """On SQLite the index is a table beside ours: is each of the newest contacts in it?"""
    session = current_contacts.session
    newest = select(Contact.id, Contact.search_text).order_by(Contact.id.desc()).limit(_LOOKED_AT)
    lacking = 0
    for contact_id, found_by in session.execute(newest).all():
        longest = max(found_by.split(), key=len, default="")
        word = search_words.words_of(longest)
        if word and search_index.can_hold(word[0], "sqlite"):
            held = select(Contact.id).where(
                Contact.id == contact_id, search_index.holds(word[0], "sqlite")
            )
            lacking += session.scalar(held) is None
    if lacking:
        said = _(
            "Of the latest %(count)s contacts: %(number)s.",
            count=format_decimal(_LOOKED_AT),
            number=format_decimal(lacking),
        )
        yield STALE_INDEX.found(said)
