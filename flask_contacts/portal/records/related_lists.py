"""Records under a record: what belongs to it, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import with_parent

from ...documents import Attachment
from ...later import later
from ..visit import BLUEPRINT
from . import columns

if TYPE_CHECKING:
    from . import paging, tables
    from .model_view import PortalModelView
    from .tables import RelatedTable
else:
    paging = later("portal.records.paging")
    tables = later("portal.records.tables")


def _always(_record: Any) -> bool:
    return True


class RelatedList(NamedTuple):
    """Records shown under a detail page: the relationship ``attr``, its title, its columns.

    They come in the relationship's ``order_by``, ``page_size`` at a time. ``condition``
    gives one more condition on them (to leave out internal notes, say). With ``download``
    each row for which ``can_download(row)`` is true leads to a file, which is found through
    the record and the condition; where it gives None there is no such file (404).
    """

    attr: str
    label: Any
    columns: Sequence[str]
    condition: Callable[[], ColumnElement[bool]] | None = None
    download: Callable[[Any], Attachment | None] | None = None
    can_download: Callable[[Any], bool] = _always
    page_size: int = 25


def target_of(model: type, related: RelatedList) -> type:
    """The model of the related records."""
    target: type = getattr(model, related.attr).property.mapper.class_
    return target


def statement_of(record: Any, related: RelatedList, statement: Select[Any]) -> Select[Any]:
    """``statement`` for the related records of ``record`` that may be shown."""
    link = getattr(type(record), related.attr)
    statement = statement.where(with_parent(record, link))
    return statement if related.condition is None else statement.where(related.condition())


def name_of(view: PortalModelView, related: RelatedList) -> str:
    """The list's name in addresses; a relationship that is shown twice gets a number."""
    before = view.related_lists[: [one is related for one in view.related_lists].index(True)]
    again = sum(one.attr == related.attr for one in before)
    return f"{related.attr}_{again + 1}" if again else related.attr


def related_table(view: PortalModelView, record: Any, related: RelatedList) -> RelatedTable:
    """The page of the related list that the address asks for: the first one, mostly."""
    model, name = view.model, name_of(view, related)
    target = target_of(model, related)
    order = paging.order_of(
        target, getattr(model, related.attr).property.order_by or (), f"{view.module.name}.{name}"
    )
    after, before = f"{name}_after", f"{name}_before"
    position = order.position(request.args.get(after), request.args.get(before))
    statement = statement_of(record, related, select(target))
    page = paging.page_or_first(
        statement, target, related.columns, order, position, related.page_size
    )
    pk = getattr(record, view.key)

    def way(argument: str, token: str | None) -> str | None:
        if token is None:
            return None
        kept = {key: value for key, value in request.args.items() if key not in {after, before}}
        page = url_for(f"{BLUEPRINT}.{view.module.name}_show", pk=pk)
        return f"{page}?{urlencode({**kept, argument: token})}#{name}"

    bare = view.presenter.rows(page.records, related.columns, [None] * len(page.records))
    rows = [
        replace(row, file_url=_file_url(view, pk, target, related, one))
        for row, one in zip(bare, page.records, strict=True)
    ]
    return tables.RelatedTable(
        name=name,
        label=str(related.label),
        headings=view.presenter.headings(related.columns, rows),
        rows=rows,
        previous_url=way(before, page.before),
        next_url=way(after, page.after),
    )


def _file_url(
    view: PortalModelView, pk: Any, target: type, related: RelatedList, record: Any
) -> str | None:
    if related.download is None or not related.can_download(record):
        return None
    return url_for(
        f"{BLUEPRINT}.{view.module.name}_related_file",
        pk=pk,
        attr=related.attr,
        child=getattr(record, columns.key_column(target)),
    )
