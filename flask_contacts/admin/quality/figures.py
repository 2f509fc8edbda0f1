"""The numbers of CRM → Data quality in words, each with the way to its list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import format_decimal

from ...i18n import _l
from ...services.agent.question import MOST_COUNTED
from ...services.quality import customers, figures
from ...services.quality.problems import (
    NO_PERMISSION,
    NO_TOPIC,
    OPENS_NOTHING,
    PROBLEMS,
    REFUSED,
)
from ...state import current_contacts
from ..contact_list.scope import current_scope
from ..customers.sight import visible_customers

#: What the address of the list of all contacts says for a number.
ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "no_email": {"address": "no"},
    NO_TOPIC: {"quality": NO_TOPIC},
    NO_PERMISSION: {"quality": NO_PERMISSION},
    OPENS_NOTHING: {"quality": OPENS_NOTHING},
    REFUSED: {"quality": REFUSED},
    "dormant": {"login": "dormant"},
    "primary_no_login": {"primary": "yes", "login": "no_login"},
}
_LABELS: Mapping[str, tuple[Any, Any]] = {
    "no_email": (
        _l("Without an e-mail address"),
        _l("They get no mail and cannot sign in."),
    ),
    NO_TOPIC: (
        PROBLEMS[NO_TOPIC],
        _l("They see it in the portal and are mailed about none of it."),
    ),
    NO_PERMISSION: (
        PROBLEMS[NO_PERMISSION],
        _l("The topic is on, but no mail about it goes out."),
    ),
    OPENS_NOTHING: (
        PROBLEMS[OPENS_NOTHING],
        _l("They sign in to a portal that shows them nothing."),
    ),
    REFUSED: (
        PROBLEMS[REFUSED],
        _l("The last mail to their address came back. It may have changed."),
    ),
    "dormant": (
        _l("Dormant for 12 months"),
        _l("They came in once, and have not signed in since."),
    ),
    "primary_no_login": (
        _l("Primary contacts without a login"),
        _l("Nobody can look after the company in the portal."),
    ),
    customers.NO_ACTIVE: (
        customers.PROBLEMS[customers.NO_ACTIVE],
        _l("Nobody is mailed there, and nobody can sign in."),
    ),
    customers.NO_PRIMARY: (
        customers.PROBLEMS[customers.NO_PRIMARY],
        _l("Something other than these pages has written it. Make one primary."),
    ),
}


@dataclass(frozen=True)
class Figure:
    """A number as it is shown; ``url`` is its list, or None for staff who may not open it."""

    name: str
    label: Any
    explanation: Any
    number: str
    is_good: bool
    url: str | None


def contact_figures(list_url: Callable[..., str] | None) -> list[Figure]:
    """The numbers of contacts; ``list_url`` takes the arguments of the list of contacts."""
    found = figures.count_figures(current_contacts.session, current_scope())
    return [
        _figure(name, count, list_url(**ARGUMENTS[name]) if list_url else None)
        for name, count in found.items()
    ]


def customer_figures(endpoint: str) -> list[Figure]:
    """The numbers of customers, with the ways to lists of ours."""
    counts = customers.count_customers(current_contacts.session, visible_customers())
    return [_figure(name, count, url_for(endpoint, problem=name)) for name, count in counts.items()]


def _figure(name: str, count: int | None, url: str | None) -> Figure:
    label, explanation = _LABELS[name]
    number = f"{format_decimal(MOST_COUNTED)}+" if count is None else format_decimal(count)
    return Figure(name, label, explanation, number, count == 0, url)
