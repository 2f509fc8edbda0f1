"""The period of a statement, as somebody types it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import DateField, Field, ValidationError
from wtforms.validators import InputRequired

from .clock import now
from .statement import Statement, TooManyEntries, statement_of

OFFERED_DAYS = 90


class PeriodForm(FlaskForm):
    """Two days; the last ninety days are offered."""

    class Meta:
        """It changes nothing, so it needs no token."""

        csrf = False

    start = DateField(
        _l("From"),
        default=lambda: now().date() - timedelta(days=OFFERED_DAYS),
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
