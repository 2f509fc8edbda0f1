"""The forms of an import: the file, and what its columns are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField

from ...errors import InvalidInput
from ...i18n import _l
from ...models import ContactImport
from ...record_keys import typed_key
from ...services.importing.columns import LABELS
from ...services.importing.dates import ORDERS
from ...services.importing.delimited import DELIMITERS
from ...services.importing.encodings import ENCODINGS
from ...services.importing.job import Options
from ..customers.search import label_of, offered_customers, typed_customer
from ..customers.sight import customer_key, find_visible, key_attribute
from ..fields import CarryingForm, OneOf
from ..look_up import LookUp, labels
from .importer import may_create_customers, may_invite

_FLAGS = ("create_customers", "same_person", "invite")
_GUESS = ("", _l("Found out from the file"))


class FileForm(CarryingForm):
    """What a file is written in, where the guess is wrong; the file itself is no field."""

    encoding = OneOf(_l("Encoding"))
    delimiter = OneOf(_l("Between two cells"))

    def __init__(self, typed: Any = None, **options: Any) -> None:
        super().__init__(typed, **options)
        self["encoding"].choices = [_GUESS, *ENCODINGS.items()]
        self["delimiter"].choices = [_GUESS, *((_name(one), DELIMITERS[one]) for one in DELIMITERS)]

    def checked(self) -> tuple[str | None, str | None]:
        """Encoding and delimiter, None where they are to be found out; refuses what is neither."""
        encoding = self["encoding"].data or None
        delimiter = self["delimiter"].data or None
        if encoding not in {None, *ENCODINGS}:
            raise InvalidInput({"encoding": [_unknown()]})
        if delimiter not in {None, *map(_name, DELIMITERS)}:
            raise InvalidInput({"delimiter": [_unknown()]})
        return encoding, "\t" if delimiter == "tab" else delimiter


class _ColumnsForm(CarryingForm):
    date_order = OneOf(_l("Dates"))
    customer = LookUp(_l("Company of the rows that name none"))
    create_customers = BooleanField(_l("Create the companies that do not exist"))
    same_person = BooleanField(_l("The same name at the same company is the same person"))
    invite = BooleanField(_l("Invite the new contacts"))


def columns_form(found: ContactImport, typed: Any = None) -> Any:
    """The form of one file: a choice for each of its columns, and how it is imported."""
    names = column_names(found)
    fields = {name: OneOf(header) for name, header in zip(names, found.headers, strict=True)}
    kind: Any = type("ColumnsForm", (_ColumnsForm,), fields)
    options = Options(**found.options)
    form = kind(
        typed,
        data={
            **dict(zip(names, found.columns, strict=True)),
            **{name: getattr(options, name) for name in _FLAGS},
            "date_order": options.date_order,
            "customer": _label(options.customer),
        },
    )
    for name in names:
        form[name].choices = [("", _l("Leave out")), *LABELS.items()]
    form["date_order"].choices = [("", _GUESS[1]), *ORDERS.items()]
    if not may_create_customers():
        del form.create_customers
    if not may_invite():
        del form.invite
    return form


def column_names(found: ContactImport) -> list[str]:
    """The names of the form's fields for the columns of a file."""
    return [f"column_{number}" for number in range(len(found.headers))]


def typed_options(form: Any, found: ContactImport) -> tuple[Sequence[str], Options]:
    """What the form says; raises :class:`InvalidInput` for a customer that is not there."""
    values = form.typed_values()
    customer = None
    if values["customer"].strip():
        chosen = typed_customer(values["customer"])
        if chosen is None:
            text = _l("There is no such company. Choose one of the list.")
            alike = labels(offered_customers(None, values["customer"].strip()))
            raise InvalidInput({"customer": [form["customer"].offer(alike, text)]})
        customer = str(customer_key(chosen))
    options = Options(
        date_order=values["date_order"] or None,
        customer=customer,
        **{name: bool(values.get(name)) for name in _FLAGS},
    )
    return [values[name] for name in column_names(found)], options


def _label(key: str | None) -> str:
    """A customer as it was chosen; nothing where it has gone, or is hidden."""
    customer = find_visible(key) if key and typed_key(key, key_attribute().type) else None
    return label_of(customer) if customer is not None else ""


def _name(delimiter: str) -> str:
    """A tab would not survive a form."""
    return "tab" if delimiter == "\t" else delimiter


def _unknown() -> Any:
    return _l("This holds a choice that does not exist. Choose again.")
