"""Forms over a record: a new one, and changes to one that nobody else has changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import make_response, redirect, render_template, request
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from ...errors import ConfigError, DatabaseBusy, InvalidInput
from ...i18n import _
from ...state import current_contacts
from ..form_owner import is_of_another
from ..forms import too_busy, try_later
from ..notices import notify
from ..visit import current_contact
from . import forms as record_forms
from .changes import PortalRefused, change, locked

if TYPE_CHECKING:
    from .model_view import PortalModelView

#: The hidden field that says which state of the record a form shows.
VERSION_FIELD = "_version"


class Outdated(PortalRefused):
    """The record was changed since the form was opened; ``version`` is that of now."""

    def __init__(self, version: str, present: list[tuple[str, str]]) -> None:
        super().__init__(
            _(
                "Somebody has changed this meanwhile. What you typed is still here: compare it, "
                "and save again if it is to replace what is there now."
            )
        )
        self.version, self.present = version, present


@dataclass
class _Sheet:
    """A form's page: what it is about, and what is the matter with it."""

    title: Any
    back_url: str
    submit: Any
    record: Any = None
    version: str | None = None
    present: list[tuple[str, str]] = field(default_factory=list)

    def page(
        self,
        view: PortalModelView,
        form: Any,
        status: int = 200,
        refusal: Any = None,
    ) -> Response:
        page = render_template(
            view.form_template,
            module=view.module,
            list_title=view.heading,
            title=self.title,
            record=self.record,
            form=form,
            limits=record_forms.longest(form, view.model),
            submit=self.submit,
            back_url=self.back_url,
            version=self.version,
            present=self.present,
            refusal=refusal,
        )
        return make_response(page, status)


def create_page(view: PortalModelView) -> Response:
    """The form for a new record, and what it posts."""
    assert view.create_form is not None  # its route is there only then
    sheet = _Sheet(view.create_label or _("New"), view.list_url(), _("Send"))
    if request.method != "POST":
        return sheet.page(view, record_forms.empty_form(view.create_form))
    form = record_forms.sent_form(view.create_form)
    if is_of_another():
        return sheet.page(view, form, 409, _company_changed())
    if not record_forms.is_good(form, view.model):
        return sheet.page(view, form, 422)

    def work() -> tuple[Any, bool, str]:
        record = view.create(form)
        # Whose it is decides the server, whatever a form or an override has set.
        setattr(record, view.customer_column, current_contact.customer_id)
        current_contacts.session.add(record)
        current_contacts.session.flush()
        _keep_customer(view, record, "create")
        key, said = getattr(record, view.key), view.create_message or _("Saved.")
        return key, view.is_visible(key), str(said(record) if callable(said) else said)

    return _save(view, sheet, form, work)


def _company_changed() -> str:
    customer = current_contact.customer
    return str(
        _(
            "You have changed the company since you opened this form, and nothing was saved. "
            "What you typed is still here: send it again if it is meant for %(company)s.",
            company=customer,
        )
    )


def edit_page(view: PortalModelView, pk: str) -> Response:
    """The form for a record, and what it posts; 403 where ``may_edit`` says no."""
    assert view.edit_form is not None
    record_forms.refuse_of_another(view.edit_form)
    record = view.find(pk)
    if not view.may_edit(record):
        raise Forbidden
    key = getattr(record, view.key)
    sheet = _Sheet(view.title(record), view.url_of(key) or view.list_url(), _("Save"), record)
    if request.method != "POST":
        form = record_forms.empty_form(view.edit_form, record)
        sheet.version = record_forms.version_of(form, view.model)
        return sheet.page(view, form)
    form = record_forms.sent_form(view.edit_form, record)
    sheet.version = request.form.get(VERSION_FIELD, "")
    if not record_forms.is_good(form, view.model):
        return sheet.page(view, form, 422)

    def work() -> tuple[Any, bool, str]:
        now = locked(view, key)
        if now is None:
            raise NotFound
        if not view.may_edit(now):
            raise Forbidden
        present = record_forms.empty_form(view.edit_form, now)  # type: ignore[arg-type]
        version = record_forms.version_of(present, view.model)
        if version != sheet.version:
            raise Outdated(version, record_forms.differences(form, present, view.model))
        view.update(now, form)
        current_contacts.session.flush()
        _keep_customer(view, now, "update")
        return key, view.is_visible(key), str(view.edit_message or _("Your changes are saved."))

    return _save(view, sheet, form, work)


def _keep_customer(view: PortalModelView, record: Any, method: str) -> None:
    """Raise :class:`ConfigError`, so that nothing is saved, for a record of somebody else.

    Asked after the flush: a relationship that the host has set decides only there.
    """
    if getattr(record, view.customer_column) != current_contact.customer_id:
        raise ConfigError(
            "contacts.C043",
            f"{type(view).__name__}.{method}() gave the record to another customer than the "
            "visitor's. Nothing was saved.",
            "Leave the customer alone: it is set already.",
        )


def _save(view: PortalModelView, sheet: _Sheet, form: Any, work: Any) -> Response:
    try:
        key, is_visible, done = change(view.module.name, work)
    except Outdated as outdated:
        sheet.version, sheet.present = outdated.version, outdated.present
        return sheet.page(view, form, 409, outdated.message)
    except PortalRefused as refused:
        return sheet.page(view, form, 409, refused.message)
    except InvalidInput as invalid:
        record_forms.add_errors(form, invalid.errors)
        return sheet.page(view, form, 422)
    except DatabaseBusy:
        return try_later(sheet.page(view, form, 503, too_busy()))
    notify(done)
    return redirect((view.url_of(key) if is_visible else None) or view.list_url(), 303)
