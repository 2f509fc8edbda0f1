"""The orders of the list of all contacts, as walks along indexes.

A walk is made of stretches, read one after the other: each has one condition and one order
that an index serves on every engine. So a page costs what its rows cost, wherever it is and
however many contacts there are. Contacts without the value that is sorted by come last, as a
stretch of their own: no engine reads ``NULLS LAST`` from an index made otherwise.

What is searched for comes first where a name begins with several of its words, then where the
last name begins with the longest one, then where the first name does, then the address, then
its number or its company, and last where it stands inside of a name: in an order by name the
common last name would be looked for among all contacts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, case, false, inspect as sa_inspect, or_, select
from sqlalchemy.sql.elements import ColumnElement

from ...later import later
from ...models import Contact, Customer
from ...models.binding import bound_customer
from .. import keyset

if TYPE_CHECKING:
    from . import search_index, search_words
    from .search_probe import Probe
    from .search_words import Companies, Word
else:
    search_index = later("services.agent.search_index")
    search_words = later("services.agent.search_words")


#: What the list can be ordered by; None is by name, and while searching by how well it fits.
ORDERS = ("name", "company", "signed_in", "created")
_LAST, _FIRST, _ID = "lastname_key", "firstname_key", "id"


class Stretch(NamedTuple):
    """A part of a walk. ``with_company`` joins the customers; ``fts`` the words that SQLite's
    search table is joined for; ``is_void`` where nothing is to be found in it, which keeps the
    place of the others; ``is_span`` where it is what lies between two values of its index."""

    terms: tuple[keyset.Term, ...]
    conditions: tuple[ColumnElement[bool], ...] = ()
    with_company: bool = False
    fts: tuple[Word, ...] = ()
    is_void: bool = False
    is_span: bool = False


Walk = list[Stretch]


def order_walk(order: str, dialect: str, company_name: Any, *, falling: bool = False) -> Walk:
    """The walk of an order; ``company_name`` is the column that customers are ordered by."""
    match order:
        case "company":
            by_name = _terms(dialect, falling, _LAST, _FIRST, _ID)
            by_key = (_term(Contact.customer_id, dialect, falling), *by_name)
            alone = Stretch(by_name, (Contact.customer_id.is_(None),))
            named = _term(company_name, dialect, falling)
            is_required = not getattr(company_name, "nullable", True)
            return [*_of_companies(named, by_key, is_required=is_required), alone]
        case "signed_in":
            came = Contact.last_signed_in_at
            return [
                Stretch(
                    _terms(dialect, falling, came.key, _ID), (came.is_not(None),), is_span=True
                ),
                Stretch(_terms(dialect, falling, _ID), (came.is_(None),)),
            ]
        case "created":
            return [Stretch(_terms(dialect, falling, "created_at", _ID), is_span=True)]
        case _:
            return [Stretch(_terms(dialect, falling, _LAST, _FIRST, _ID), is_span=True)]


def _of_companies(name: keyset.Term, by_key: tuple[keyset.Term, ...], *, is_required: bool) -> Walk:
    """The contacts of companies; those without a name come last, by their keys."""
    placed = Contact.customer_id.is_not(None)
    if is_required:
        return [Stretch((name, *by_key), (placed,), with_company=True)]
    is_named = name.column.is_not(None)
    return [
        Stretch((name, *by_key), (placed, is_named), with_company=True),
        Stretch(by_key, (placed, ~is_named), with_company=True),
    ]


def company_name_of(names: Sequence[Any]) -> Any:
    """What customers are ordered by: the bundled ones' key, else the first of ``names``."""
    if bound_customer() is None:
        return Customer.company_key
    return names[0] if names else sa_inspect(Customer).primary_key[0]


def search_walk(words: Sequence[Word], companies: Companies, dialect: str, probed: Probe) -> Walk:
    """The walk of what fits best: by the first word, with the others as conditions."""
    first, *others = words
    rest = tuple(any_place(word, companies, dialect, probed.has_index) for word in others)
    passed: list[ColumnElement[bool]] = []
    walk: Walk = []
    by_name = _terms(dialect, False, _LAST, _FIRST, _ID)
    if first.runs:
        found = search_words.holds_run(first)
        walk.append(Stretch(by_name, (found, *rest)))
        passed.append(found)
    else:
        walk.append(_nothing(by_name))
    for columns in ((_LAST, _FIRST, _ID), (_FIRST, _LAST, _ID), ("email_search", _ID)):
        terms, name = _terms(dialect, False, *columns), columns[0]
        if name not in probed.columns:
            walk.append(_nothing(terms))
            continue
        found = first.begin(getattr(Contact, name))
        walk.append(Stretch(terms, (found, *_none_of(passed), *rest), is_span=True))
        passed.append(found)
    newest = _terms(dialect, True, _ID)
    elsewhere = search_words.elsewhere(first, companies)
    if elsewhere:
        found = or_(*elsewhere)
        walk.append(Stretch(newest, (found, *_none_of(passed), *rest)))
        passed.append(found)
    else:
        walk.append(_nothing(newest))
    if probed.has_index and search_index.can_hold(first, dialect):
        walk.append(_inside(first, newest, (*_none_of(passed), *rest), dialect))
    return walk


def _nothing(terms: tuple[keyset.Term, ...]) -> Stretch:
    return Stretch(terms, (false(),), is_void=True)


def any_place(word: Word, companies: Companies, dialect: str, indexed: bool) -> ColumnElement[bool]:
    """The contact has the word somewhere; ``indexed`` where the search index is there."""
    found = (
        search_words.holds_beginning(word)
        | search_words.has_number(word)
        | search_words.at_company(word, companies)
    )
    return found | search_index.holds(word, dialect) if indexed else found


def _inside(word: Word, terms: tuple[keyset.Term, ...], conditions: Any, dialect: str) -> Stretch:
    if dialect == "sqlite":  # joined, its matches stream; in a subquery all are found first
        return Stretch(terms, (*search_index.matches(word), *conditions), fts=(word,))
    return Stretch(terms, (search_index.holds(word, dialect), *conditions))


def _none_of(conditions: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """None of them is true; a NULL among a row's values is not."""
    return [case((one, 1), else_=0) == 0 for one in conditions]


def _terms(dialect: str, falling: bool, *names: str) -> tuple[keyset.Term, ...]:
    return tuple(_term(getattr(Contact, name), dialect, falling) for name in names)


def _term(column: Any, dialect: str, falling: bool) -> keyset.Term:
    return keyset.term(column, column.type, dialect, falling=falling, nullable=False)


def statement_of(
    stretch: Stretch, columns: list[Any], conditions: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    """The rows of a stretch that fit the conditions as well, in no order."""
    statement = select(*columns).where(*conditions, *stretch.conditions)
    if stretch.with_company:
        statement = statement.join(Contact.customer)
    return search_index.joined(statement) if stretch.fts else statement
