"""What a contact does to a record: accept it, sign it, close it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response
from wtforms import Form

from ...errors import DatabaseBusy, InvalidInput
from ...i18n import _
from ...later import later
from ...state import current_contacts
from ..notices import notify
from ..visit import BLUEPRINT
from .changes import NoLongerPossible, PortalRefused, change, locked
from .files import always

if TYPE_CHECKING:
    from .. import forms
    from . import forms as record_forms
    from .model_view import PortalModelView
else:
    forms = later("portal.forms")
    record_forms = later("portal.records.forms")


@dataclass(frozen=True)
class PortalAction:
    """Something that a contact can do to a record, at ``/<module>/<pk>/<name>``.

    GET asks: a page with the ``question``, and the ``form`` (a WTForms class) if there is
    one. POST does it: ``run(record, form)`` is called in a transaction on a record that is
    locked, ``form`` is None without one; what it returns is said on the next page. It
    raises :class:`PortalRefused` to refuse (409) and :class:`flask_contacts.errors.InvalidInput`
    for a message at a field (422); the page then keeps what was typed. It may be called
    again when a race was lost, so it changes the database and nothing else.

    ``condition(record)`` says when it is offered; it is asked again under the lock, so
    that of two at once one wins and the other is told (409). ``icon`` is the name of one of
    Bootstrap's, ``style`` a button's (``primary``, ``danger``, ``outline-primary``).
    """

    name: str
    label: Any
    run: Callable[..., Any]
    condition: Callable[[Any], bool] = always
    question: Any = None
    form: type[Form] | None = None
    icon: str = "check2"
    style: str = "primary"
    template: str = "flask_contacts/portal/action.html"


class ActionLink(NamedTuple):
    """An action as the record's page offers it; ``new_form()`` is its empty form, for a
    template that shows it in place (it posts to ``url``)."""

    name: str
    label: str
    icon: str
    style: str
    url: str
    form: type[Form] | None = None

    def new_form(self) -> Any:
        """The action's form, empty; None without one."""
        return None if self.form is None else record_forms.empty_form(self.form)


def action_links(view: PortalModelView, record: Any) -> list[ActionLink]:
    """The actions that the record offers now."""
    return [
        ActionLink(
            one.name, str(one.label), one.icon, one.style, action_url(view, record, one), one.form
        )
        for one in view.actions
        if one.condition(record)
    ]


def action_url(view: PortalModelView, record: Any, action: PortalAction) -> str:
    """Where the action asks and is done."""
    endpoint = f"{BLUEPRINT}.{view.module.name}_action"
    return url_for(endpoint, pk=getattr(record, view.key), action=action.name)


def action_page(view: PortalModelView, pk: str, name: str) -> Response:
    """Ask, or do; 404 for a record or an action that is not there."""
    action = next((one for one in view.actions if one.name == name), None)
    record_forms.refuse_of_another(None if action is None else action.form)
    record = view.find(pk, view.list_columns)
    if action is None:
        raise NotFound
    is_sent = request.method == "POST"
    form = None
    if action.form is not None:
        build = record_forms.sent_form if is_sent else record_forms.empty_form
        form = build(action.form)
    if not action.condition(record):
        return _page(view, record, action, form, NoLongerPossible())
    if not is_sent:
        return _page(view, record, action, form)
    if form is not None and not record_forms.is_good(form, None):
        return _page(view, record, action, form, status=422)
    return _do(view, pk, action, form)


def _do(view: PortalModelView, pk: str, action: PortalAction, form: Any) -> Response:
    key = view.typed_key(pk)

    def work() -> tuple[Any, bool]:
        record = locked(view, key)
        if record is None:
            raise NotFound
        if not action.condition(record):
            raise NoLongerPossible
        message = action.run(record, form)
        current_contacts.session.flush()
        return message, view.is_visible(key)

    try:
        message, is_visible = change(view.module.name, work)
    except PortalRefused as refused:
        return _page(view, view.find(pk, view.list_columns), action, form, refused)
    except InvalidInput as invalid:
        return _refuse_input(view, view.find(pk, view.list_columns), action, form, invalid)
    except DatabaseBusy:
        return forms.try_later(
            _page(
                view,
                view.find(pk, view.list_columns),
                action,
                form,
                PortalRefused(forms.too_busy()),
                503,
            )
        )
    notify(_("Done.") if message is None else message)
    return redirect((view.url_of(key) if is_visible else None) or view.list_url(), 303)


def _refuse_input(
    view: PortalModelView, record: Any, action: PortalAction, form: Any, invalid: InvalidInput
) -> Response:
    if form is None:
        words = " ".join(str(text) for texts in invalid.errors.values() for text in texts)
        return _page(view, record, action, None, PortalRefused(words), 422)
    record_forms.add_errors(form, invalid.errors)
    return _page(view, record, action, form, status=422)


def _page(
    view: PortalModelView,
    record: Any,
    action: PortalAction,
    form: Any,
    refused: PortalRefused | None = None,
    status: int | None = None,
) -> Response:
    is_over = isinstance(refused, NoLongerPossible)
    page = render_template(
        action.template,
        module=view.module,
        list_title=view.heading,
        title=view.title(record),
        record=record,
        fields=view.presenter.row(record, view.list_columns).cells,
        action=action,
        form=form,
        limits={} if form is None else record_forms.longest(form, None),
        typed=record_forms.typed_texts(form) if is_over else [],
        is_over=is_over,
        refusal=None if refused is None else refused.message,
        back_url=view.url_of(getattr(record, view.key)),
    )
    return make_response(page, status or (200 if refused is None else 409))
