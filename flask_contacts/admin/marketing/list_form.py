"""The form of a marketing list."""

from __future__ import annotations

from wtforms import StringField, TextAreaField

from ...i18n import _l
from ..opened_form import OpenedForm


class ListFields(OpenedForm):
    """A list's own words."""

    name = StringField(_l("Name"))
    description = TextAreaField(_l("Description"))
