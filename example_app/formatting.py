"""How the studio writes money, dates and statuses, for staff and in the portal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent
from flask import url_for
from flask_babel import format_currency, format_date, format_decimal, get_locale, gettext
from markupsafe import Markup

from flask_contacts import portal
from flask_contacts.admin.moments import moment_element
from flask_contacts.models import Customer
from flask_contacts.state import current_contacts

from .words import STATUSES

CURRENCY = "EUR"

#: Each status and the tone of its badge, in the words of Bootstrap.
TONES = {
    **dict.fromkeys(("draft", "closed", "to do", "not started", "low", "normal"), "default"),
    **dict.fromkeys(("replaced", "withdrawn", "new", "discovery", "lost"), "default"),
    **dict.fromkeys(("contacted", "qualified", "offer made", "negotiation"), "info"),
    **dict.fromkeys(("converted", "won"), "success"),
    "open": "info",
    "sent": "info",
    "awaiting signature": "warning",
    "in progress": "info",
    "answered": "success",
    "accepted": "success",
    "active": "success",
    "issued": "success",
    "paid": "success",
    "completed": "success",
    "finished": "success",
    "done": "success",
    "overdue": "danger",
    "declined": "danger",
    "high": "danger",
    "expired": "warning",
    "on hold": "warning",
}


def money(value: Decimal | None) -> str:
    """An amount in the studio's currency, as the reader's language writes it."""
    return "" if value is None else str(format_currency(value, CURRENCY))


def quantity(value: Decimal) -> str:
    """A number without zeros at its end, with the comma or point of the reader's language."""
    return str(format_decimal(value.normalize()))


def percent(value: Decimal) -> str:
    """A number of percent, such as a tax rate."""
    return format_percent(value / 100, locale=get_locale(), decimal_quantization=False)


def day(value: date | None) -> str:
    """A date without the time, never broken into two lines."""
    return "" if value is None else _unbroken(format_date(value, "medium", rebase=False))


def month(value: date, *, full: bool = False) -> str:
    """A month by any of its days: ``Nov``, or in full with its year."""
    return str(format_date(value, "LLLL y" if full else "LLL", rebase=False))


def number(value: str) -> Markup:
    """The number of a paper, never broken into two lines."""
    return Markup('<span class="text-nowrap">{}</span>').format(value)


def moment(value: datetime | None) -> str:
    """A date with the time on the reader's clock; never broken into two lines."""
    return "" if value is None else _unbroken(portal.moment(value))


def staff_moment(value: datetime | None) -> Markup | str:
    """The same as all other pages of staff have it: its time zone is shown by the pointer."""
    if value is None:
        return ""
    return Markup('<span class="text-nowrap">{}</span>').format(moment_element(value))


def utc_moment(value: datetime) -> str:
    """The same in UTC, as it was stored: for signatures, which say so beside it."""
    return f"{day(value)},\N{NO-BREAK SPACE}{value:%H:%M}"


def local_day(value: datetime) -> str:
    """The day of a moment on the reader's calendar."""
    return day(portal.local_time(value))


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def file_size(value: int) -> str:
    """How large a file is, in the unit that people use for it."""
    for unit, bytes_of_unit in (("MB", 1_000_000), ("kB", 1_000)):
        if value >= bytes_of_unit:
            return f"{format_decimal(round(value / bytes_of_unit, 1))}\N{NO-BREAK SPACE}{unit}"
    return f"{format_decimal(value)}\N{NO-BREAK SPACE}B"


def flag(value: bool) -> Markup | str:
    """A milestone's mark; nothing for any other task."""
    if not value:
        return ""
    return Markup('<span class="text-nowrap">\N{BLACK FLAG} {}</span>').format(gettext("Milestone"))


def staff_badge(status: str) -> Markup:
    """A status as a label of Bootstrap 3, which Flask-AppBuilder wears."""
    return Markup('<span class="label label-{}">{}</span>').format(
        TONES.get(status, "default"), STATUSES.get(status, status)
    )


def badges(words: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Statuses in these words as labels of the portal's Bootstrap 5."""
    return portal.badge(
        {one: (tone.replace("default", "secondary"), words[one]) for one, tone in TONES.items()}
    )


#: A status as the portal shows it.
portal_badge = badges(STATUSES)


def who_and_when(value: tuple[str, datetime] | None) -> Markup | str:
    """A name and the day: who answered or signed a paper."""
    if value is None:
        return ""
    name, answered_at = value
    return Markup("{}, {}").format(name, local_day(answered_at))


def progress(value: int) -> Markup:
    """A bar and a number; an element of HTML's own, so that no inline style is needed."""
    return Markup(
        '<span class="text-nowrap">'
        '<progress value="{}" max="100" aria-label="{}">{}</progress> '
        '<span class="studio-share">{}</span></span>'
    ).format(value, gettext("Progress"), *[percent(Decimal(value))] * 2)


def customer_link(customer: Any) -> Any:
    """The customer's name, which opens the profile; a lead's name as it is."""
    if not isinstance(customer, Customer):
        return customer or ""
    address = url_for(f"{current_contacts.customer_view.endpoint}.show", pk=customer.id)
    return Markup('<a href="{}">{}</a>').format(address, customer)


def paragraphs(text: str | None) -> list[tuple[str, bool]]:
    """The lines of a long text, each with whether it is a heading: short, and no sentence."""
    lines = (line.strip() for line in (text or "").splitlines())
    return [(line, len(line) <= 60 and line[-1] not in ".:;,!?") for line in lines if line]


def or_nothing(value: Any) -> Any:
    """A value that may be missing: Flask-AppBuilder would write ``None``."""
    return "" if value is None else value


#: What the staff views and the portal pages share; statuses differ.
SHARED_FORMATTERS: dict[str, Callable[[Any], Any]] = {
    "number": number,
    "subtotal": money,
    "tax": money,
    "total": money,
    "value": money,
    "balance": money,
    "to_pay": money,
    "unit_price": money,
    "amount": money,
    "quantity": quantity,
    "tax_rate": percent,
    "progress": progress,
    "opened_at": moment,
    "updated_at": moment,
    **dict.fromkeys(
        (
            "issued_on",
            "due_on",
            "valid_until",
            "sent_on",
            "open_till",
            "starts_on",
            "ends_on",
            "signed_on",
            "paid_on",
            "close_on",
        ),
        day,
    ),
    "sent_at": moment,
    "answered": who_and_when,
    "answered_at": moment,
    "signed": who_and_when,
    "mailed_at": moment,
    "size": file_size,
    "is_milestone": flag,
    "method": lambda value: STATUSES.get(value, value),
}
STAFF_FORMATTERS = {
    **SHARED_FORMATTERS,
    "status": staff_badge,
    "state": staff_badge,
    "stage": staff_badge,
    **dict.fromkeys(
        ("answered_at", "converted_at", "mailed_at", "opened_at", "sent_at", "updated_at"),
        staff_moment,
    ),
    "priority": staff_badge,
    "source": lambda value: STATUSES.get(value, value),
    "customer": customer_link,
    "addressee": customer_link,
    **dict.fromkeys(
        (
            *("assignee", "company", "contact", "description", "email", "invoice", "lead_email"),
            *("notes", "phone", "scope", "summary", "terms"),
            *("answered_by", "answer_address", "answer_comment", "replaces", "replacement"),
        ),
        or_nothing,
    ),
}
PORTAL_FORMATTERS = {
    **SHARED_FORMATTERS,
    "status": portal_badge,
    "state": portal_badge,
    "priority": portal_badge,
}

#: What our templates call by name.
FOR_TEMPLATES = {
    "money": money,
    "day": day,
    "moment": moment,
    "staff_moment": staff_moment,
    "utc_moment": utc_moment,
    "local_day": local_day,
    "month": month,
    "paragraphs": paragraphs,
    "customer_link": customer_link,
    "file_size": file_size,
    "status_badge": portal_badge,
    "percent": percent,
}
