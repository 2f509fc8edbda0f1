"""The mixin that lets staff send a host's records by e-mail (BEHAVIOUR N5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, url_for
from sqlalchemy import inspect

from ...errors import ConfigError
from ...later import later
from ...record_keys import typed_key
from .. import fab
from ..fab import expose, has_access
from .dialog import send_page

if TYPE_CHECKING:
    from ...documents import Document
    from ...models import Contact
    from ..safe_view import Answer

    _View = fab.ModelView
    from . import widgets
else:
    _View = object
    widgets = later("admin.sending.widgets")


class SendByEmail(_View):
    """Put it first: ``class InvoiceView(SendByEmail, SafeModelView)``.

    Each row of the list gets an envelope and the record's page a button, for staff who hold
    ``can_send`` on the view. Records are looked up through the view's base filters. A list
    or show widget of the host's own is kept; the envelope is one more column of it.
    """

    def document(self, record: Any) -> Document:
        """What is sent of a record; the host says it."""
        raise NotImplementedError

    def after_send(self, record: Any, sent: Sequence[Contact]) -> None:
        """Note on the record that it was sent, in the transaction of the mails.

        ``sent`` are the contacts who get one now; nobody, where it went to an address. What
        is raised here keeps the mails from being sent; :class:`InvalidInput` is shown.
        """

    def __init__(self, **options: Any) -> None:
        if len(inspect(self.datamodel.obj).primary_key) != 1:
            raise ConfigError(
                "contacts.C057",
                f"{type(self).__name__} sends records that have several key columns.",
                "Use SendByEmail with a model that has one, or a route with send_page().",
            )
        super().__init__(**options)
        widgets.with_envelopes(self)

    @expose("/send/<pk>", methods=("GET", "POST"))
    @has_access
    def send(self, pk: str) -> Answer:
        """The send dialog of a record."""
        document = self.document(self._sendable(pk))

        def after(sent: Sequence[Contact]) -> None:
            self.after_send(self._sendable(pk), sent)

        return send_page(self, document, self._page_of(pk), after)

    def _sendable(self, pk: str) -> Any:
        """The record, if this staff member may see it; else 404."""
        key = typed_key(pk, inspect(self.datamodel.obj).primary_key[0].type)
        record = None if key is None else self.datamodel.get(key, fab.base_filters(self))
        if record is None:
            abort(404)
        return record

    def _page_of(self, pk: str) -> str:
        """The record's page, else the list, else the admin's first page."""
        if f"{self.endpoint}.show" in current_app.view_functions:
            return url_for(f"{self.endpoint}.show", pk=pk)
        if f"{self.endpoint}.list" in current_app.view_functions:
            return url_for(f"{self.endpoint}.list")
        url: str = self.appbuilder.get_url_for_index
        return url
