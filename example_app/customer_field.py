"""A field that finds a customer by typing, however many there are.

A ``<select>`` of all customers would read the whole table for each form. This one offers
at most :data:`OFFERED` names and asks the server for others while one types; those of
customers that one may not see are not among them (BEHAVIOUR S7).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from flask import Response, jsonify, request, url_for
from flask_appbuilder import BaseView, expose, has_access
from flask_babel import gettext, lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import func
from wtforms import StringField, ValidationError
from wtforms.widgets import html_params

from flask_contacts.admin import visible_customers
from flask_contacts.models import Customer

OFFERED = 50
"""The most names that the page offers at once."""

_NUMBERED = re.compile(r"\(#(\d{1,9})\)\s*$")


def offered_customers(typed: str = "") -> list[str]:
    """Names that contain what was typed; those of one name have their numbers as well."""
    names = visible_customers().with_entities(Customer.id, Customer.company)
    if typed:
        names = names.filter(Customer.company.icontains(typed[:100], autoescape=True))
    found = names.order_by(Customer.company).limit(OFFERED).all()
    counts = Counter(company.lower() for _number, company in found)
    return [
        company if counts[company.lower()] == 1 else label(number, company)
        for number, company in found
    ]


def label(number: int, company: str) -> str:
    """How a customer is written in the field where others have its name."""
    return f"{company} (#{number})"


class CustomerWidget:
    """A text input with the browser's own list of suggestions."""

    def __call__(self, field: StringField, **attributes: Any) -> Markup:
        attributes = {
            "id": field.id,
            "name": field.name,
            "value": field._value(),
            "required": field.flags.required,
            "list": f"{field.id}-offered",
            "class": "form-control",
            "autocomplete": "off",
            "placeholder": gettext("Type a part of the company's name"),
            "data-customer-lookup": url_for("CustomerLookup.find"),
        }
        options = Markup("").join(
            Markup('<option value="{}"></option>').format(name) for name in offered_customers()
        )
        return Markup("<input {}><datalist id='{}'>{}</datalist>").format(
            Markup(html_params(**attributes)), attributes["list"], options
        )


class CustomerField(StringField):
    """Takes a name that only one customer has, or ``Aurora Bakery (#1)``; gives the customer."""

    widget = CustomerWidget()
    typed = ""

    def __init__(self, **options: Any) -> None:
        super().__init__(_l("Customer"), **options)
        self.flags.required = True

    def process_formdata(self, valuelist: list[str]) -> None:
        """Look the typed name up; what does not fit is refused at the field."""
        if not valuelist:
            return
        self.typed = valuelist[0].strip()
        self.data = None
        if self.typed:
            self.data = _found(self.typed)

    def pre_validate(self, form: object) -> None:
        """Refuse an empty field, unless there is a better reason already."""
        if self.data is None and not self.errors:
            raise ValidationError(gettext("Choose a customer."))

    def _value(self) -> str:
        if self.typed or not self.data:
            return self.typed
        name = self.data.company
        return name if len(_called(name)) == 1 else label(self.data.id, name)


def _found(typed: str) -> Any:
    numbered = _NUMBERED.search(typed)
    if numbered:
        customer = visible_customers().filter(Customer.id == int(numbered.group(1))).first()
        if customer is not None and label(customer.id, customer.company) == typed:
            return customer
        raise ValidationError(gettext("Choose a customer from the list."))
    found = _called(typed)
    if len(found) > 1:
        raise ValidationError(
            gettext("Several customers have this name; choose one from the list.")
        )
    if not found:
        raise ValidationError(gettext("No customer has this name; choose one from the list."))
    return found[0]


def _called(name: str) -> list[Any]:
    """The visible customers of that name, two at most."""
    query = visible_customers().filter(func.lower(Customer.company) == func.lower(name))
    found: list[Any] = query.limit(2).all()
    return found


class CustomerOrLeadField(CustomerField):
    """May stay empty where the form says to which lead it goes instead (``lead_email``)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.flags.required = False

    def pre_validate(self, form: Any) -> None:
        """Refuse neither and both."""
        lead = (form.lead_email.data or "").strip()
        if self.data is not None and lead:
            raise ValidationError(gettext("Choose a customer or write down a lead, not both."))
        if self.data is None and not self.errors and not lead:
            raise ValidationError(gettext("Choose a customer, or write down the lead's e-mail."))


class CustomerLookup(BaseView):
    """Answers the field's question while one types; for staff who may see customers."""

    route_base = "/customer-lookup"
    default_view = "find"

    @expose("/")
    @has_access
    def find(self) -> Response:
        """The names that contain ``q``, at most :data:`OFFERED`."""
        return jsonify(offered_customers(request.args.get("q", "").strip()))
