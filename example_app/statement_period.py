"""The period of a statement, as somebody types it or chooses one that is offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext as _l, lazy_pgettext as _lp
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, Field, ValidationError
from wtforms.validators import InputRequired

from .clock import now
from .statement import Statement, TooManyEntries, statement_of


def this_year(today: date) -> tuple[date, date]:
    """From the first of January."""
    return today.replace(month=1, day=1), today


def last_year(today: date) -> tuple[date, date]:
    """The whole year before."""
    return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)


def last_months(count: int) -> Callable[[date], tuple[date, date]]:
    """So many months, the present one included."""

    def period(today: date) -> tuple[date, date]:
        first = today.year * 12 + today.month - count
        return date(first // 12, first % 12 + 1, 1), today

    return period


#: What is offered; the first one is chosen already.
OFFERED: tuple[tuple[Any, Callable[[date], tuple[date, date]]], ...] = (
    (_l("Last 12 months"), last_months(12)),
    (_l("Last 3 months"), last_months(3)),
    (_l("This year"), this_year),
    (_l("Last year"), last_year),
)


@dataclass(frozen=True)
class Preset:
    """A period that is offered; ``is_chosen`` where it is the one that is shown."""

    label: Any
    start: date
    end: date
    is_chosen: bool


def presets(form: PeriodForm) -> list[Preset]:
    """What is offered today beside the two days of the form."""
    today, chosen = now().date(), (form.start.data, form.end.data)
    periods = [(label, period(today)) for label, period in OFFERED]
    return [Preset(label, *period, is_chosen=period == chosen) for label, period in periods]


class PeriodForm(FlaskForm):
    """Two days; the last twelve months are offered."""

    class Meta:
        """It changes nothing, so it needs no token."""

        csrf = False

    start = DateField(
        _lp("period", "From"),
        default=lambda: OFFERED[0][1](now().date())[0],
        validators=[InputRequired()],
    )
    end = DateField(_l("Until"), default=lambda: now().date(), validators=[InputRequired()])

    def validate_end(self, field: Field) -> None:
        """Refuse a period that ends before it begins."""
        if self.start.data and field.data and field.data < self.start.data:
            raise ValidationError(gettext("The period ends before it begins."))


def asked_statement(session: Session, customer: Any) -> tuple[PeriodForm, Statement | None]:
    """The form as it was filled in, and the statement; None with the reason at a field."""
    typed = request.args if request.args.keys() & {"start", "end"} else None
    form = PeriodForm(formdata=typed)
    if typed is not None and not form.validate():
        return form, None
    try:
        return form, statement_of(session, customer, form.start.data, form.end.data)
    except TooManyEntries:
        form.end.errors = [gettext("This period has too many entries; choose a shorter one.")]
        return form, None
