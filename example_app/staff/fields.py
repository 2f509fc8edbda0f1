"""Form fields of the staff views: fixed choices, amounts, and the record's parent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask_appbuilder.fieldwidgets import BS3TextFieldWidget, DatePickerWidget, Select2Widget
from flask_babel import gettext
from markupsafe import Markup
from wtforms import DateField, DecimalField, Field, SelectField, ValidationError
from wtforms.validators import InputRequired, NumberRange

from ..clock import now
from ..words import STATUSES

LARGEST_AMOUNT = Decimal(10_000_000)


def choice(label: Any, values: tuple[str, ...]) -> Any:
    """A field with a fixed set of values, each in words."""

    def choices() -> list[tuple[str, Any]]:
        return [(value, STATUSES[value]) for value in values]

    return SelectField(label, choices=choices, widget=Select2Widget())


def amount(label: Any, largest: Decimal = LARGEST_AMOUNT, default: Decimal | None = None) -> Any:
    """A field for a decimal of two places, never negative."""
    return DecimalField(
        label,
        places=2,
        default=default,
        widget=BS3TextFieldWidget(),
        validators=[InputRequired(), NumberRange(min=0, max=largest)],
    )


def day(label: Any, later: int = 0) -> Any:
    """A field for a date, which offers the one ``later`` days from today."""
    return DateField(
        label,
        default=lambda: now().date() + timedelta(days=later),
        widget=DatePickerWidget(),
        validators=[InputRequired()],
    )


class ParentField(Field):
    """The record that a new line, message or task belongs to.

    Nobody types it: Flask-AppBuilder takes it from the address of the + button in the
    parent's tab, and hides the field. Without it, the form says where to begin.
    """

    def __call__(self, **attributes: object) -> Markup:
        """A sentence in the place of an input."""
        return Markup("{}").format(
            gettext("Use + in the tab of: %(parent)s", parent=self.label.text)
        )

    def pre_validate(self, form: object) -> None:
        """Refuse a record without a parent."""
        if self.data is None:
            raise ValidationError(
                gettext(
                    "This is missing: %(parent)s. Open it, and use + in its tab.",
                    parent=self.label.text,
                )
            )
