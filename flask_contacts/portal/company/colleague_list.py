"""The list of colleagues, active or deactivated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request, url_for
from markupsafe import Markup

from ...i18n import _, _p
from ...models import Contact
from ...services.company.colleague_lists import ColleaguePage, list_colleagues
from ...state import current_contacts
from ..account.pages import visitor
from ..records.formatters import as_text
from ..records.tables import Cell, Heading, Row
from ..visit import BLUEPRINT
from .colleague_access import colleague_page, permitted
from .colleague_words import state_badge

_NUMBER = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_SEARCH = 100
_MOST_WORDS = 6


@dataclass(frozen=True)
class Shown:
    """What the template draws."""

    headings: list[Heading]
    rows: list[Row]
    search: str
    first: int
    previous_url: str | None
    next_url: str | None

    @property
    def last(self) -> int:
        """The number of the last one shown."""
        return self.first + len(self.rows) - 1


@colleague_page
def colleagues() -> str:
    """The active ones, the visitor among them."""
    return _page(active=True)


@colleague_page
def former_colleagues() -> str:
    """Those who are deactivated."""
    return _page(active=False)


def _page(*, active: bool) -> str:
    number = request.args.get("page") or "1"
    if not _NUMBER.fullmatch(number):
        abort(404)
    search = _CONTROL.sub(" ", request.args.get("q", "")).strip()[:_LONGEST_SEARCH]
    visit = visitor()
    found = permitted(
        lambda: list_colleagues(
            current_contacts.session,
            visit.contact.customer_id,
            active=active,
            words=search.split()[:_MOST_WORDS],
            number=int(number),
        )
    )
    return render_template(
        "flask_contacts/portal/colleagues.html",
        active=active,
        list=_shown(found, search, visit.contact),
    )


def _shown(page: ColleaguePage, search: str, own: Contact) -> Shown:
    labels = [_("Name"), _("Position"), _p("address", "Email"), _("State")]
    rows = []
    for one in page.items:
        contact = one.contact
        is_own = contact.id == own.id
        texts = [
            _own_name(contact) if is_own else contact.name,
            as_text(contact.position),
            _address(contact.email),
            state_badge(one),
        ]
        cells = [Cell(label, label, text) for label, text in zip(labels, texts, strict=True)]
        url = None if is_own else url_for(f"{BLUEPRINT}.colleague", pk=contact.id)
        rows.append(Row(cells, url))
    number = page.number
    return Shown(
        headings=[Heading(label, label) for label in labels],
        rows=rows,
        search=search,
        first=page.first,
        previous_url=_url(search, number - 1) if number > 1 else None,
        next_url=_url(search, number + 1) if page.has_next else None,
    )


def _own_name(contact: Contact) -> Any:
    tag = Markup('{} <span class="badge portal-badge text-bg-primary">{}</span>')
    return tag.format(contact.name, _("You"))


def _address(email: str | None) -> Any:
    """An address that breaks where a reader would break it."""
    name, _at, domain = (email or "").rpartition("@")
    return Markup("{}@<wbr>{}").format(name, domain) if name else as_text(email)


def _url(search: str, number: int) -> str:
    assert request.endpoint is not None  # a list is shown by its route
    return url_for(request.endpoint, q=search or None, page=number if number > 1 else None)
