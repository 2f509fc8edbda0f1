"""Values as a reader of the page's language writes them; and formatters for hosts.

A formatter takes a value that is not None and gives text, or ``Markup`` that it has
escaped itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import (
    format_currency,
    format_date,
    format_decimal,
    format_time,
    get_locale,
)
from markupsafe import Markup

from ...i18n import _
from ...later import later
from ..reader_clock import moment

if TYPE_CHECKING:
    from ...services import timezones
else:
    timezones = later("services.timezones")


Formatter = Callable[[Any], Any]

#: What stands for a value that is missing.
NOTHING = "–"

_WRITTEN = "contacts_written"
_MOST_WRITTEN = 4096
_TONES = {"primary", "secondary", "success", "info", "warning", "danger"}


def money(currency: str) -> Formatter:
    """A formatter for amounts of ``currency``, an ISO code such as ``"EUR"``."""
    return lambda value: _remembered(format_currency, value, currency)


def badge(states: Mapping[Any, tuple[str, Any]]) -> Formatter:
    """A formatter that shows a state as a coloured badge.

    ``states`` maps a value to a tone and a label (may be lazy). Tones are Bootstrap's:
    ``primary``, ``secondary``, ``success``, ``info``, ``warning``, ``danger``. A value
    that is not listed is shown as it is, in grey. Raises ValueError for another tone.
    """
    for tone, _label in states.values():
        if tone not in _TONES:
            raise ValueError(f"a badge has no tone {tone!r}; use one of {sorted(_TONES)}")

    def show(value: Any) -> Markup:
        tone, label = states.get(value, ("secondary", as_text(value)))
        return Markup('<span class="badge portal-badge text-bg-{}">{}</span>').format(tone, label)

    return show


def as_text(value: Any) -> str:
    """Any value in words, numbers and dates of the page's language."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, (datetime, date, time)):
        return _moment(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(as_text(part) for part in value) or NOTHING
    return str(value)


def is_number(value: Any) -> bool:
    """Whether a column of such values is set flush right."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _number(value: int | float | Decimal) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        # An amount keeps its decimals: 10.50 is not 10.5.
        exponent = value.as_tuple().exponent
        places = max(0, -int(exponent))
        return _remembered(format_decimal, value, "#,##0" + ("." + "0" * places if places else ""))
    return _remembered(format_decimal, value)


def _moment(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        # What has no zone is shown as the host stored it, not taken for UTC.
        if value.tzinfo is not None:
            return moment(value)
        return _remembered(timezones.in_words, value, str(get_locale() or "en"))
    if isinstance(value, date):
        return _remembered(format_date, value, "medium", False)
    return _remembered(format_time, value, "short", False)


def _remembered(write: Callable[..., Any], value: Any, *arguments: Any) -> str:
    """``write(value, *arguments)`` in the page's language, kept for the next time.

    To write a date or an amount is most of what a row of a list costs, and lists show the
    same ones again and again.
    """
    written: dict[Any, str] = current_app.extensions.setdefault(_WRITTEN, {})
    # By its text: Decimal("10.50") equals Decimal("10.5"), and is written with its decimals.
    key = (write, type(value), str(value), arguments, get_locale())
    text = written.get(key)
    if text is None:
        if len(written) >= _MOST_WRITTEN:
            written.clear()
        try:
            text = str(write(value, *arguments))
        except ArithmeticError:  # a number with hundreds of digits
            text = str(value)
        written[key] = text
    return text
