"""What a staff member may see in the list of all contacts, and how companies are found there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func

from ...models import Customer
from ...models.binding import bound_customer
from ...services.agent.listing import Scope
from ...services.agent.search_words import MOST_COMPANIES, begins
from ..contact_visibility import visible_in_list
from ..customers.search import name_columns
from ..customers.sight import key_attribute, visible_customers


def current_scope() -> Scope:
    """The scope of this request's staff user (BEHAVIOUR S7)."""
    return Scope(visible_in_list(), _companies_about, name_columns()[:1])


def _companies_about(word: str) -> Sequence[Any]:
    """The keys of visible customers whose name begins with a folded word; of a host's own,
    whose column is not folded, those whose name holds it."""
    if bound_customer() is None:
        about: Any = begins(Customer.company_key, word)
    else:
        names = name_columns()
        if not names:
            return []
        about = func.lower(names[0]).contains(word, autoescape=True)
    query = visible_customers().filter(about).with_entities(key_attribute())
    return [row[0] for row in query.limit(MOST_COMPANIES)]
