"""A module's pages over a host's model: a list and a detail page, always scoped.

``PortalModelView`` is to the portal what Flask-AppBuilder's ``ModelView`` is to the
admin. Unlike that one, an instance never changes after it is made: it serves every
thread, and what belongs to a request is passed along or asked from the request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import render_template, url_for
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import with_parent
from werkzeug.exceptions import NotFound

from ..errors import ConfigError
from ..record_keys import typed_key
from ..registry import PortalModule
from . import columns, records
from .formatters import Formatter
from .listing import ListArguments, ListPage
from .tables import Presenter, RelatedTable
from .visit import BLUEPRINT

_COUNT_LIMIT = 1000
_RELATED_LIMIT = 200


@dataclass(frozen=True)
class RelatedList:
    """Records shown under a detail page: the relationship ``attr``, its title, its columns.

    ``condition`` gives one more condition on them (to leave out internal notes, say).
    """

    attr: str
    label: Any
    columns: Sequence[str]
    condition: Callable[[], ColumnElement[bool]] | None = None


class PortalModelView:
    """Subclass it, set ``datamodel`` and the columns, and give it to a ``PortalModule``.

    Names of columns may go through relationships (``project.name``), except in
    ``order_columns``. ``search_columns`` and ``order_columns`` default to those of the
    list that can be. ``base_order`` is ``(column, "asc" or "desc")``. ``customer_column``
    holds the customer's id; ``contact_column`` the contact's, needed where the module
    has ``own_records``. Labels and formatters serve the related lists too. Without
    ``show_columns`` there is no detail page.
    """

    datamodel: ClassVar[Any]
    list_columns: ClassVar[Sequence[str]] = ()
    show_columns: ClassVar[Sequence[str]] = ()
    search_columns: ClassVar[Sequence[str] | None] = None
    order_columns: ClassVar[Sequence[str] | None] = None
    label_columns: ClassVar[Mapping[str, Any]] = {}
    formatters_columns: ClassVar[Mapping[str, Formatter]] = {}
    related_lists: ClassVar[Sequence[RelatedList]] = ()
    base_order: ClassVar[tuple[str, str] | None] = None
    customer_column: ClassVar[str] = "customer_id"
    contact_column: ClassVar[str | None] = None
    page_size: ClassVar[int] = 20
    list_title: ClassVar[Any] = None
    list_template: ClassVar[str] = "flask_contacts/portal/list.html"
    show_template: ClassVar[str] = "flask_contacts/portal/show.html"

    def __init__(self, module: PortalModule) -> None:
        self.module = module
        self.model: type = self.datamodel.obj
        self.key = columns.key_column(self.model)
        self._check_names()
        stored = [name for name in self.list_columns if columns.is_stored(self.model, name)]
        texts = [name for name in stored if columns.is_text(self.model, name)]
        self.orderable = tuple(stored if self.order_columns is None else self.order_columns)
        self.searchable = tuple(texts if self.search_columns is None else self.search_columns)
        self.scope = records.Scope(
            self.customer_column, self.contact_column if module.own_records else None
        )
        self.presenter = Presenter(self.label_columns, self.formatters_columns)

    def query(self) -> Select[Any]:
        """The records of the signed-in contact's customer; extend it to show fewer:
        ``return super().query().where(Invoice.state != "draft")``.

        What an override returns without asking ``super()`` is scoped all the same.
        """
        return self.scope.of(select(self.model), self.model)

    def records(self) -> Select[Any]:
        """Every record that the contact may see: :meth:`query`, scoped in any case."""
        return self.scope.of(self.query(), self.model)

    def title(self, record: Any) -> Any:
        """The heading of a record's page: its first column as the list shows it."""
        return self.presenter.text(record, (*self.list_columns, self.key)[0])

    def count(self, limit: int) -> int:
        """How many records the contact sees; counting stops at ``limit``."""
        return records.count(self.records(), limit)

    def list_page(self) -> str:
        """The list, searched, ordered and paged as the address says."""
        return render_template(
            self.list_template,
            module=self.module,
            title=self.list_title or self.module.label,
            list=self._list(ListArguments.of_request(self.orderable)),
            can_search=bool(self.searchable),
        )

    def show_page(self, pk: str) -> str:
        """One record with its related lists; 404 for what is not there or not theirs."""
        key = getattr(self.model, self.key)
        wanted = typed_key(pk, key.type)
        if wanted is None:
            raise NotFound
        statement = self.records().where(key == wanted)
        found = records.load(statement, self.model, (*self.show_columns, *self.list_columns[:1]))
        if not found:
            raise NotFound
        return render_template(
            self.show_template,
            module=self.module,
            list_title=self.list_title or self.module.label,
            title=self.title(found[0]),
            record=found[0],
            fields=self.presenter.row(found[0], self.show_columns).cells,
            related=[self._related(found[0], related) for related in self.related_lists],
        )

    def _list(self, arguments: ListArguments) -> ListPage:
        found = records.search(self.records(), self.model, self.searchable, arguments.words)
        skipped = (arguments.page - 1) * self.page_size
        statement = records.ordered(found, self.model, arguments, self.base_order)
        statement = statement.offset(skipped).limit(self.page_size + 1)
        loaded = records.load(statement, self.model, self.list_columns)
        if not loaded and arguments.page > 1:
            raise NotFound
        # The last page knows where the list ends; only the pages before it have to count.
        has_next = len(loaded) > self.page_size
        shown = loaded[: self.page_size]
        seen = skipped + len(shown)
        total = records.count(found, _COUNT_LIMIT + 1) if has_next else seen
        names = self.list_columns
        rows = [self.presenter.row(record, names, self._url(record)) for record in shown]
        return ListPage(
            headings=self.presenter.order_headings(names, rows, self.orderable, arguments),
            rows=rows,
            arguments=arguments,
            first=skipped + 1,
            total=max(seen, min(total, _COUNT_LIMIT)),
            is_more=has_next and total > _COUNT_LIMIT,
            has_next=has_next,
        )

    def _related(self, record: Any, related: RelatedList) -> RelatedTable:
        link = getattr(self.model, related.attr)
        target: type = link.property.mapper.class_
        statement: Select[Any] = select(target).where(with_parent(record, link))
        if related.condition is not None:
            statement = statement.where(related.condition())
        if link.property.order_by:
            statement = statement.order_by(*link.property.order_by)
        loaded = records.load(statement.limit(_RELATED_LIMIT + 1), target, related.columns)
        rows = [self.presenter.row(each, related.columns) for each in loaded[:_RELATED_LIMIT]]
        return RelatedTable(
            label=str(related.label),
            headings=self.presenter.headings(related.columns, rows),
            rows=rows,
            is_cut=len(loaded) > _RELATED_LIMIT,
        )

    def _url(self, record: Any) -> str | None:
        if not self.show_columns:
            return None
        return url_for(f"{BLUEPRINT}.{self.module.name}_show", pk=getattr(record, self.key))

    def _check_names(self) -> None:
        """Find at start what would be a fault of the first visitor's page."""
        owner, where = self.model, type(self).__name__
        columns.require(owner, [*self.list_columns, *self.show_columns], where)
        columns.require(owner, self.search_columns or (), where, stored=True)
        single = [*(self.order_columns or ()), self.customer_column]
        single += [name for name in (self.contact_column, *(self.base_order or ())[:1]) if name]
        columns.require(owner, single, where, stored=True, through=False)
        for related in self.related_lists:
            columns.require(owner, [f"{related.attr}.{name}" for name in related.columns], where)
        if self.module.own_records and self.contact_column is None:
            raise ConfigError(
                "contacts.C033",
                f"The module {self.module.name!r} shows own records, and {where} does not "
                "say whose a record is.",
                "Set contact_column.",
            )
