"""The company's own details in the portal: what is shown, and what the primary contact edits.

Which fields there are says the host (``Contacts(company_fields=...)``); the bundled customer
has its own. They may lie in a table of the host's, so nothing is known of it but its columns.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from ...config import setting
from ...errors import ContactsError, InvalidInput
from ...i18n import _l, _lp
from ...models.binding import bound_customer
from ...models.customer import customer_key
from ...registry import CompanyField
from ...state import current_contacts
from ..contacts import activity, primary
from ..contacts.saved import find_customer
from ..contacts.values import check_phone
from ..field_checks import FieldChecks, is_web_address, links_in_names
from ..transaction import in_transaction
from .fields import column_of, longest
from .rights import Asker, require_primary

#: Before the name of a field in the activity, where contacts have fields of such names too.
PREFIX = "company."
# What stands on invoices and contracts is the staff's to change.
_BUNDLED = (
    CompanyField("company", _l("Company"), read_only=True),
    CompanyField("vat_number", _l("VAT Number"), read_only=True),
    CompanyField("phone", _l("Phone"), kind="tel"),
    CompanyField("website", _l("Website"), kind="url"),
    CompanyField("address", _l("Address")),
    CompanyField("zip_code", _l("Zip Code")),
    CompanyField("city", _l("City")),
    CompanyField("state", _lp("address", "State")),
    CompanyField("country", _l("Country")),
)


class ChangedMeanwhile(ContactsError):
    """Somebody else saved other values since the form was opened; nothing was written.

    ``now`` maps the fields in question to what they hold by now.
    """

    def __init__(self, now: Mapping[str, str]) -> None:
        super().__init__(f"changed meanwhile: {', '.join(now)}")
        self.now = dict(now)


def company_fields() -> tuple[CompanyField, ...]:
    """The fields of the page Company, in their order; none of a host's that named none."""
    named = current_contacts.registry.company_fields
    if named is not None:
        return named
    return _BUNDLED if bound_customer() is None else ()


def editable_fields() -> list[CompanyField]:
    """Those of them that the primary contact may change."""
    return [field for field in company_fields() if not field.read_only]


def present_values(customer: Any) -> dict[str, str]:
    """What the editable fields hold, as a form shows it."""
    return {field.name: _text(getattr(customer, field.name)) for field in editable_fields()}


def marks_of(values: Mapping[str, str]) -> dict[str, str]:
    """A mark of each value, for the form to bring back: it tells what the page had shown."""
    return {name: _mark(value) for name, value in values.items()}


def edit_company(
    session: Session, asker: Asker, raw: Mapping[str, object], marks: Mapping[str, str]
) -> dict[str, list[str]]:
    """Write the editable fields; gives those that changed with old and new values.

    ``raw`` holds them all, ``marks`` the marks of what the form was opened with. The change
    stands in the activity of the contact. Raises :class:`InvalidInput` with the problems at
    their fields, :class:`ChangedMeanwhile`, and :class:`NotPermitted`.
    """
    fields = editable_fields()
    names = {field.name for field in fields}
    if not fields or set(raw) != names or set(marks) != names:
        raise InvalidInput({"": [_l("This form is not complete. Open the page again.")]})
    values = _checked(fields, raw)

    def work() -> dict[str, list[str]]:
        primary.lock(session, asker.customer_id)
        contact = require_primary(session, asker)
        customer = _locked(session, asker.customer_id)
        present = present_values(customer)
        _refuse_stale(present, values, marks)
        changes = {
            name: [present[name], value]
            for name, value in values.items()
            if _mark(value) != _mark(present[name])
        }
        _write(customer, {name: new for name, (_old, new) in changes.items()})
        if changes:
            told = {f"{PREFIX}{name}": pair for name, pair in changes.items()}
            activity.record(session, asker.actor, contact, "company_edited", told)
        return changes

    try:
        return in_transaction(session, work)
    except (IntegrityError, DataError) as error:
        text = _l("The company's record does not take this. Nothing was saved.")
        raise InvalidInput({"": [text]}) from error


def _checked(fields: list[CompanyField], raw: Mapping[str, object]) -> dict[str, str]:
    """What was typed, by field; raises :class:`InvalidInput`."""
    checker = FieldChecks(raw)
    values = {}
    for field in fields:
        text = checker.text(field.name, longest(field), multiline=field.kind == "multiline")
        if field.required:
            checker.require(field.name)
        if text and field.kind == "email":
            checker.email(field.name)
        if text and field.kind == "tel":
            check_phone(checker, field.name, text, setting("PHONE_REGION"))
        if text and field.kind == "url" and not is_web_address(text):
            checker.fail(field.name, _l("Type an address that starts with https:// or http://."))
        refusal = field.check(text) if text and field.check is not None else None
        if refusal is not None and field.name not in checker.errors:
            checker.fail(field.name, refusal)
        values[field.name] = text or ""
    plain = [field.name for field in fields if field.kind == "text"]
    problems = {**links_in_names(raw, (), plain), **checker.errors}
    if problems:
        raise InvalidInput(problems)
    return values


def _locked(session: Session, customer_id: Any) -> Any:
    """The customer as it is now; only its key is named, so no join of the host's is locked."""
    session.execute(select(customer_key).where(customer_key == customer_id).with_for_update())
    customer = find_customer(session, customer_id)
    session.refresh(customer)
    return customer


def _refuse_stale(
    present: Mapping[str, str], typed: Mapping[str, str], marks: Mapping[str, str]
) -> None:
    now = {
        name: value
        for name, value in present.items()
        if _mark(value) not in (marks[name], _mark(typed[name]))
    }
    if now:
        raise ChangedMeanwhile(now)


def _write(customer: Any, values: Mapping[str, str]) -> None:
    if values:
        keep_staff_editor(customer)
    for name, value in values.items():
        empty = None if column_of(name).nullable else ""
        try:
            setattr(customer, name, value or empty)
        except ValueError as error:  # of the host's own validator
            refused = {name: [_l("This cannot be taken. Type it again.")]}
            raise InvalidInput(refused) from error


def keep_staff_editor(customer: Any) -> None:
    """Leave columns such as ``changed_by_fk`` as they are; call it before the first change.

    They fill themselves with the staff user of the request, who is nobody in the portal, and
    may not be empty (Flask-AppBuilder's ``AuditMixin``).
    """
    for attribute in inspect(customer).mapper.column_attrs:
        column: Any = attribute.columns[0]
        if getattr(column, "onupdate", None) is not None and column.foreign_keys:
            getattr(customer, attribute.key)  # what is not loaded cannot be kept
            flag_modified(customer, attribute.key)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _mark(value: str) -> str:
    """The same for texts that differ in blanks alone: a browser changes some on the way."""
    plain = " ".join(unicodedata.normalize("NFC", value).split())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]
