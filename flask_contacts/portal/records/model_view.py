"""A module's pages over a host's model, always scoped to who is signed in.

``PortalModelView`` is to the portal what Flask-AppBuilder's ``ModelView`` is to the
admin. Unlike that one, an instance never changes after it is made: it serves every
thread, and what belongs to a request is passed along or asked from the request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from flask import url_for
from sqlalchemy import Select, select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response
from wtforms import Form

from ... import record_keys
from ...later import later
from ...registry import PortalModule
from ...state import current_contacts
from ..visit import BLUEPRINT, current_contact
from . import columns
from .actions import PortalAction, action_page
from .files import PortalFile, file_page, related_file
from .filters import Filters, PortalFilter
from .formatters import Formatter
from .related_lists import RelatedList

if TYPE_CHECKING:
    from . import (
        forms as record_forms,
        key_addresses,
        pages as record_pages,
        paging,
        scope as records,
        tables,
        view_checks,
        writing,
    )
    from .paging import Order
else:
    record_forms = later("portal.records.forms")
    key_addresses = later("portal.records.key_addresses")
    record_pages = later("portal.records.pages")
    paging = later("portal.records.paging")
    records = later("portal.records.scope")
    tables = later("portal.records.tables")
    view_checks = later("portal.records.view_checks")
    writing = later("portal.records.writing")


_ANY_KEY = "-key-"


class PortalModelView:
    """Subclass it, set ``datamodel`` and the columns, and give it to a ``PortalModule``.

    Names of columns may go through relationships (``project.name``), except in
    ``order_columns`` and ``filter_columns``. ``search_columns`` and ``order_columns``
    default to those of the list that can be. ``base_order`` is ``(column, "asc" or
    "desc")``. ``customer_column`` holds the customer's id; ``contact_column`` the
    contact's, needed where the module has ``own_records``. Labels and formatters serve the
    related lists too. Without ``show_columns`` there is no detail page, and so no files,
    actions or ``edit_form``. With ``can_export`` the list can be saved as CSV.

    ``create_form`` and ``edit_form`` are WTForms classes; their fields have the names of
    the model's attributes, or :meth:`create` and :meth:`update` know what to do with them.
    ``create_message`` and ``edit_message`` are what the next page says of a saved one.
    Raises :class:`ConfigError` when it is made, for names and settings that cannot be.
    """

    datamodel: ClassVar[Any]
    list_columns: ClassVar[Sequence[str]] = ()
    show_columns: ClassVar[Sequence[str]] = ()
    search_columns: ClassVar[Sequence[str] | None] = None
    filter_columns: ClassVar[Sequence[str | PortalFilter]] = ()
    order_columns: ClassVar[Sequence[str] | None] = None
    label_columns: ClassVar[Mapping[str, Any]] = {}
    formatters_columns: ClassVar[Mapping[str, Formatter]] = {}
    related_lists: ClassVar[Sequence[RelatedList]] = ()
    files: ClassVar[Sequence[PortalFile]] = ()
    actions: ClassVar[Sequence[PortalAction]] = ()
    create_form: ClassVar[type[Form] | None] = None
    edit_form: ClassVar[type[Form] | None] = None
    create_label: ClassVar[Any] = None
    create_message: ClassVar[Any] = None
    edit_message: ClassVar[Any] = None
    base_order: ClassVar[tuple[str, str] | None] = None
    customer_column: ClassVar[str] = "customer_id"
    contact_column: ClassVar[str | None] = None
    can_export: ClassVar[bool] = True
    page_size: ClassVar[int] = 20
    list_title: ClassVar[Any] = None
    list_template: ClassVar[str] = "flask_contacts/portal/list.html"
    show_template: ClassVar[str] = "flask_contacts/portal/show.html"
    form_template: ClassVar[str] = "flask_contacts/portal/record_form.html"

    def __init__(self, module: PortalModule) -> None:
        self.module = module
        self.model: type = self.datamodel.obj
        self.key = columns.key_column(self.model)
        view_checks.check(self)
        stored = [name for name in self.list_columns if columns.is_stored(self.model, name)]
        sortable = [name for name in stored if columns.can_order(self.model, name)]
        texts = [name for name in stored if columns.is_text(self.model, name)]
        self.orderable = tuple(sortable if self.order_columns is None else self.order_columns)
        self.searchable = tuple(texts if self.search_columns is None else self.search_columns)
        self.scope = records.Scope(
            self.customer_column, self.contact_column if module.own_records else None
        )
        self.presenter = tables.Presenter(self.label_columns, self.formatters_columns)
        self.filters = Filters(self.model, self.filter_columns, self.presenter.label)

    # What a host overrides.

    def query(self) -> Select[Any]:
        """The records of the signed-in contact's customer; extend it to show fewer:
        ``return super().query().where(Invoice.state != "draft")``.

        What an override returns without asking ``super()`` is scoped all the same.
        """
        return self.scope.of(select(self.model), self.model)

    def title(self, record: Any) -> Any:
        """The heading of a record's page: its first column as the list shows it."""
        return self.presenter.text(record, (*self.list_columns, self.key)[0])

    def create(self, form: Any) -> Any:
        """A new record of what the form holds, not saved yet.

        Called in a transaction of ours, and again where a race was lost. Whatever it says,
        the record gets the visitor's customer. Raise ``PortalRefused`` to refuse, or
        ``InvalidInput`` for messages at fields.
        """
        values = record_forms.values_for(form, self.model)
        if self.contact_column is not None:
            values[self.contact_column] = current_contact.id
        return self.model(**{**values, self.customer_column: current_contact.customer_id})

    def update(self, record: Any, form: Any) -> None:
        """Put what the form holds into the record, which is locked; as :meth:`create`."""
        form.populate_obj(record)

    def may_edit(self, record: Any) -> bool:
        """Whether the visitor may change this record; no button otherwise, and 403."""
        return True

    # What our pages ask.

    @property
    def heading(self) -> Any:
        """The list's heading."""
        return self.list_title or self.module.label

    def records(self) -> Select[Any]:
        """Every record that the contact may see: :meth:`query`, scoped in any case."""
        return self.scope.of(self.query(), self.model)

    def count(self, limit: int) -> int:
        """How many records the contact sees; counting stops at ``limit``."""
        return records.count(self.records(), self.model, limit)

    def typed_key(self, pk: str) -> Any:
        """The key of an address in the type of its column; 404 where no row can have it."""
        key = record_keys.typed_key(pk, getattr(self.model, self.key).type)
        if key is None:
            raise NotFound
        return key

    def find(self, pk: str, names: Sequence[str] = ()) -> Any:
        """The visitor's record, with what ``names`` go through; 404 for any other."""
        wanted = self.records().where(getattr(self.model, self.key) == self.typed_key(pk))
        found = records.load(wanted, self.model, (*names, *self.list_columns[:1]))
        if not found:
            raise NotFound
        return found[0]

    def is_visible(self, key: Any) -> bool:
        """Whether the visitor sees the record with this key, as the session has it now."""
        column = getattr(self.model, self.key)
        wanted = self.records().with_only_columns(column).where(column == key)
        return current_contacts.session.execute(wanted.order_by(None)).first() is not None

    def order(self, name: str | None, descending: bool) -> Order:
        """The order by a column, or the view's own."""
        if name is None:
            name, direction = self.base_order or (self.key, "desc")
            descending = direction == "desc"
        return paging.order_by(self.model, name, falling=descending, salt=self.module.name)

    def list_url(self) -> str:
        """The address of the list."""
        return url_for(f"{BLUEPRINT}.{self.module.name}_list")

    def url_of(self, key: Any) -> str | None:
        """The address of a record's page, if there is one."""
        if not self.show_columns:
            return None
        return url_for(f"{BLUEPRINT}.{self.module.name}_show", pk=key)

    def urls_of(self, found: Sequence[Any]) -> list[str | None]:
        """The addresses of many records; building one from its route costs as much as a row."""
        pattern = self.url_of(_ANY_KEY)
        if pattern is None:
            return [None] * len(found)
        head, _key, tail = pattern.partition(_ANY_KEY)
        keys = (quote(key_addresses.written_key(getattr(one, self.key)), safe="") for one in found)
        return [f"{head}{key}{tail}" for key in keys]

    # The pages.

    def list_page(self) -> Response:
        """The list, searched, filtered, ordered and paged as the address says."""
        return record_pages.list_page(self)

    def export_file(self) -> Response:
        """What the list shows, all its pages, as a CSV file."""
        return record_pages.export_file(self)

    def show_page(self, pk: str) -> Response:
        """One record with its related lists; 404 for what is not there or not theirs."""
        return record_pages.show_page(self, pk)

    def create_page(self) -> Response:
        """The form for a new record, and what it posts."""
        return writing.create_page(self)

    def edit_page(self, pk: str) -> Response:
        """The form for a record, and what it posts."""
        return writing.edit_page(self, pk)

    def action_page(self, pk: str, action: str) -> Response:
        """The page that asks, and what it posts."""
        return action_page(self, pk, action)

    def file_page(self, pk: str, name: str) -> Response:
        """A file of a record."""
        return file_page(self, pk, name)

    def related_file_page(self, pk: str, attr: str, child: str) -> Response:
        """A file of a record in a related list."""
        return related_file(self, pk, attr, child)
