"""Form fields of the staff views: fixed choices, amounts, and the record's parent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask_appbuilder.fieldwidgets import BS3TextFieldWidget, DatePickerWidget, Select2Widget
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import func, select
from wtforms import DateField, DecimalField, Field, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, NumberRange, Optional, StopValidation

from ..clock import now
from ..database import db
from ..words import STATUSES

LARGEST_AMOUNT = Decimal(10_000_000)


def choice(label: Any, values: tuple[str, ...], validators: Sequence[Any] = ()) -> Any:
    """A field with a fixed set of values, each in words."""

    def choices() -> list[tuple[str, Any]]:
        return [(value, STATUSES[value]) for value in values]

    return SelectField(label, choices=choices, widget=Select2Widget(), validators=validators)


class AmountField(DecimalField):
    """A decimal of two places; what is no number at all is told so, and nothing else."""

    widget = BS3TextFieldWidget()

    def pre_validate(self, form: object) -> None:
        """Nor is it asked whether the number is in the range."""
        if self.process_errors and any(map(str.strip, self.raw_data or ())):
            raise StopValidation


def amount(
    label: Any,
    largest: Decimal = LARGEST_AMOUNT,
    default: Decimal | None = None,
    *,
    is_required: bool = True,
) -> Any:
    """A field for a decimal of two places, never negative."""
    return AmountField(
        label,
        places=2,
        default=default,
        validators=[
            InputRequired() if is_required else Optional(),
            NumberRange(min=0, max=largest),
        ],
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


class RelatedField(StringField):
    """Another record of the form's customer, found by what one types; may stay empty.

    ``owner`` is the model that the form edits, ``related`` the attribute of the wanted
    model that is typed, such as ``Invoice.number`` or ``Contact.email``. However many
    there are, none is listed.
    """

    widget = BS3TextFieldWidget()

    def __init__(self, label: Any, owner: type, related: Any, hint: Any, **options: Any) -> None:
        super().__init__(label, description=hint, **options)
        self._owner, self._related = owner, related
        self._typed = ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep what was typed; who the customer is, is known when the form is validated."""
        self._typed = valuelist[0].strip() if valuelist else ""
        self.data = None

    def pre_validate(self, form: Any) -> None:
        """Look it up among the customer's own; one that the address names is one of these."""
        if not self._typed and self.data is None:
            return
        model = self._related.class_
        wanted = select(model).where(model.customer_id == _customer_id(form, self._owner))
        if self._typed:
            wanted = wanted.where(func.lower(self._related) == self._typed.lower())
        else:
            wanted = wanted.where(model.id == self.data.id)
        self.data = db.session.scalars(wanted.limit(1)).first()
        if self.data is None:
            raise ValidationError(gettext("This customer has nothing of that name."))

    def _value(self) -> str:
        return self._typed or (str(getattr(self.data, self._related.key)) if self.data else "")


def _customer_id(form: Any, owner: type) -> int | None:
    """The customer that was typed, or of the record that is being changed."""
    if "customer" in form:
        return None if form.customer.data is None else form.customer.data.id
    record: Any = db.session.get(owner, form._id)  # Flask-AppBuilder notes what is changed
    return record.customer_id
