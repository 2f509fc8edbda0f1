"""The numbers of CRM → Data quality that are lists of contacts: what each of them counts.

Each is a filter of the list of all contacts, and is counted as that list counts. So the number
and the list that it leads to cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...models import Contact
from ..agent.filters import Filters
from ..agent.listing import count_matching
from ..agent.question import ListQuery, Scope
from .problems import NO_PERMISSION, NO_TOPIC, OPENS_NOTHING, REFUSED

#: The filters by the name of the number; all are about active contacts.
FIGURES: Mapping[str, Filters] = {
    "no_email": Filters(has_email=False),
    NO_TOPIC: Filters(problem=NO_TOPIC),
    NO_PERMISSION: Filters(problem=NO_PERMISSION),
    OPENS_NOTHING: Filters(problem=OPENS_NOTHING),
    REFUSED: Filters(problem=REFUSED),
    "dormant": Filters(invitation="dormant"),
    "primary_no_login": Filters(primary=True, invitation="no_login"),
}


def count_figures(session: Session, scope: Scope) -> dict[str, int | None]:
    """How many contacts each number stands for; None: more than the list counts."""
    return {
        name: count_matching(session, scope, ListQuery(filters=filters))
        for name, filters in FIGURES.items()
    }


def has_contacts(session: Session, scope: Scope) -> bool:
    """Whether there is any contact, in whatever state."""
    return session.scalar(select(Contact.id).where(scope.visible).limit(1)) is not None
