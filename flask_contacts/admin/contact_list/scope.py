"""What a staff member may see in the list of all contacts, and how companies are found there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from ...later import later
from ...models import Customer
from ...models.binding import bound_customer
from ...state import current_contacts
from ..contact_visibility import visible_in_list
from ..customers.sight import key_attribute, sees_every_customer, visible_customers

if TYPE_CHECKING:
    from ...services.agent import listing, made_statements, search_words
    from ...services.agent.listing import Scope
    from ...services.agent.search_words import Word
    from ..customers import search
else:
    search = later("admin.customers.search")
    listing = later("services.agent.listing")
    made_statements = later("services.agent.made_statements")
    search_words = later("services.agent.search_words")


def current_scope() -> Scope:
    """The scope of this request's staff user (BEHAVIOUR S7)."""
    sees_all = sees_every_customer()
    known_by = _is_known_by if sees_all and bound_customer() is None else None
    visible = true() if sees_all else visible_in_list()
    return listing.Scope(visible, _companies_about, lambda: search.name_columns()[:1], known_by)


def _companies_about(texts: tuple[str, ...]) -> Sequence[Any]:
    """The keys of visible customers whose name begins with one of some folded texts; of a
    host's own, whose column is not folded, those whose name holds the word itself."""
    if bound_customer() is None and sees_every_customer():
        return _keys_about(texts)
    if bound_customer() is None:
        about: Any = or_(*(search_words.begins(Customer.company_key, one) for one in texts))
    else:
        names = search.name_columns()
        if not names:
            return []
        about = func.lower(names[0]).contains(texts[0], autoescape=True)
    query = visible_customers().filter(about).with_entities(key_attribute())
    return [row[0] for row in query.limit(search_words.MOST_COMPANIES)]


def _is_known_by(word: Word) -> ColumnElement[bool]:
    """The same question where none is hidden, for a statement that asks more."""
    key = Customer.company_key
    return exists().where(or_(word.begin(key), *word.run_begins(key)))


def _keys_about(texts: tuple[str, ...]) -> Sequence[Any]:
    """The same where none is hidden: in a statement that is made once for so many texts."""
    words = [search_words.Word(text, place=place) for place, text in enumerate(texts)]
    shape = ("companies", *(word.shape for word in words))
    values = {name: value for word in words for name, value in word.values.items()}
    with made_statements.dropped_if_failing(shape):
        statement = made_statements.made_once(shape, lambda: _statement_about(words))
        return current_contacts.session.scalars(statement, values).all()


def _statement_about(words: Sequence[Word]) -> Any:
    about = or_(*(word.begin(Customer.company_key) for word in words))
    return select(Customer.__table__.c.id).where(about).limit(search_words.MOST_COMPANIES)
