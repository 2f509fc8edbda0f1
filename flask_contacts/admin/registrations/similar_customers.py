"""The customers that may be the company that somebody registered."""

from __future__ import annotations

from typing import Any

from ...services.registration.names import alike, search_words
from ..customers.search import customers_holding
from ..customers.sight import customer_key

#: At most so many are named.
MOST = 5


def similar_customers(company: str) -> list[Any]:
    """Visible customers of a like name, the likest first, at most :data:`MOST`.

    Looked for by the words that tell a company from others: a help, and no proof that there
    is none.
    """
    found: dict[Any, Any] = {}
    for word in search_words(company):
        found.update({customer_key(one): one for one in customers_holding(word)})
    ranked = alike(company, dict.fromkeys(map(str, found.values())))
    order = {name: place for place, name in enumerate(ranked)}
    near = [customer for customer in found.values() if str(customer) in order]
    return sorted(near, key=lambda customer: order[str(customer)])[:MOST]
