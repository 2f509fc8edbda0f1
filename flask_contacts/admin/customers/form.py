"""The form of a bundled customer, with its rules at the fields."""

from __future__ import annotations

import unicodedata
from typing import Any

from wtforms import StringField
from wtforms.validators import ValidationError

from ...i18n import _, _l, _lp, _p
from ...models import Customer
from ...services.field_checks import is_visible, is_web_address, unprintable
from ..opened_form import OpenedForm


def _text(form: Any, field: Any) -> None:
    """Trim, and refuse what cannot be shown or stored."""
    field.data = unicodedata.normalize("NFC", field.data or "").strip()
    if any(map(unprintable, field.data)):
        raise ValidationError(_("This holds characters that cannot be shown. Type it again."))
    longest = Customer.__table__.c[field.name].type.length
    if len(field.data) > longest:
        raise ValidationError(_("Use at most %(count)s characters.", count=longest))


def _required(form: Any, field: Any) -> None:
    if not is_visible(field.data):
        raise ValidationError(_p("form", "This field is required."))


def _web_address(form: Any, field: Any) -> None:
    """Only http and https: the address becomes a link."""
    if field.data and not is_web_address(field.data):
        raise ValidationError(_("Type an address that starts with https:// or http://."))


class CustomerFields(OpenedForm):
    """What staff keep about a company."""

    company = StringField(_l("Company"), [_text, _required])
    vat_number = StringField(_l("VAT Number"), [_text])
    phone = StringField(_l("Phone"), [_text])
    website = StringField(_l("Website"), [_text, _web_address])
    address = StringField(_l("Address"), [_text])
    city = StringField(_l("City"), [_text])
    state = StringField(_lp("address", "State"), [_text])
    zip_code = StringField(_l("Zip Code"), [_text])
    country = StringField(_l("Country"), [_text])
