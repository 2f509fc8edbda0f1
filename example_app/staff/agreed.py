"""Rooms of papers that keep their words once the customer has agreed to them."""

from __future__ import annotations

from typing import Any, ClassVar

from ..database import db
from .base import PaperView
from .seen import plain


class AgreedView(PaperView):
    """What was agreed on is shown in the form, and cannot be changed there.

    The form says why and refuses another value at its field. So do the models, whoever
    asks (see :mod:`example_app.models.agreed`); this is the polite way.
    """

    why_locked: ClassVar[Any]
    also_locked: ClassVar[tuple[str, ...]] = ()

    def stays_agreed(self, record: Any, status: str) -> bool:
        """Whether the paper is agreed on still when its status becomes ``status``."""
        return bool(record.is_agreed)

    def _init_forms(self) -> None:
        super()._init_forms()
        self.edit_form = type("AgreedForm", (_KeepsTheWords, self.edit_form), {"view": self})

    def prefill_form(self, form: Any, pk: Any) -> None:
        """Show what cannot be changed as such."""
        super().prefill_form(form, pk)
        record = db.session.get(self.datamodel.obj, pk)
        if not record.is_agreed:
            return
        names = self.locked_fields(record)
        for name in names:
            form[name].render_kw = {"readonly": True}
        for name in (names[0], names[-1]):
            form[name].description = self.why_locked

    def locked_fields(self, record: Any) -> list[str]:
        """The fields of the edit form that cannot be changed, in the form's order."""
        locked = {*record.agreed_columns, *self.also_locked}
        return [name for name in self.edit_columns if name in locked]

    def pre_delete(self, item: Any) -> None:
        """What was agreed on stays; Flask-AppBuilder shows the sentence."""
        if item.is_agreed:
            raise ValueError(str(self.why_locked))


class _KeepsTheWords:
    """First among the bases of an edit form; Flask-AppBuilder notes the key in ``_id``."""

    view: AgreedView

    def validate(self, *args: Any, **options: Any) -> bool:
        """Refuse another value in a field that was agreed on."""
        form: Any = self
        is_valid = bool(super().validate(*args, **options))  # type: ignore[misc]
        record = db.session.get(self.view.datamodel.obj, form._id)
        if not self.view.stays_agreed(record, form.status.data):
            return is_valid
        for name in self.view.locked_fields(record):
            kept = getattr(record, name)
            if plain(form[name].data) == plain(kept):
                form[name].data = kept  # not with the line breaks of a browser
            else:
                form[name].errors = [*form[name].errors, self.view.why_locked]
                is_valid = False
        return is_valid
