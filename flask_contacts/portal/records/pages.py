"""The pages that show records: a module's list, the list as a file, and one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import make_response, render_template, request, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response

from ..visit import BLUEPRINT
from . import scope as records
from .actions import action_links
from .csv_export import csv_file
from .files import file_links
from .filters import FilterInput
from .listing import ListArguments, ListPage
from .paging import page_or_first
from .related_lists import related_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model_view import PortalModelView

_COUNT_LIMIT = 1000


def list_page(view: PortalModelView) -> Response:
    """The list; 422 where a filter could not be understood."""
    statement, arguments, inputs = _asked(view)
    page = _list(view, statement, arguments, inputs)
    text = render_template(
        view.list_template,
        module=view.module,
        title=view.heading,
        list=page,
        can_search=bool(view.searchable),
        create_url=_create_url(view),
        create_label=view.create_label,
    )
    return make_response(text, 422 if page.has_errors else 200)


def export_file(view: PortalModelView) -> Response:
    """What the list shows, all its pages; what it could not understand does not narrow it."""
    statement, arguments, _inputs = _asked(view)
    return csv_file(view, statement, view.order(arguments.order, arguments.descending))


def show_page(view: PortalModelView, pk: str) -> Response:
    """One record with its files, actions and related lists."""
    record = view.find(pk, view.show_columns)
    return make_response(
        render_template(
            view.show_template,
            module=view.module,
            list_title=view.heading,
            title=view.title(record),
            record=record,
            fields=view.presenter.row(record, view.show_columns).cells,
            files=file_links(view, record),
            actions=action_links(view, record),
            edit_url=_edit_url(view, record),
            related=[related_table(view, record, related) for related in view.related_lists],
        )
    )


def _asked(
    view: PortalModelView,
) -> tuple[Select[Any], ListArguments, Sequence[FilterInput]]:
    """The records that the address asks for, and how it does."""
    inputs = view.filters.asked(request.args)
    arguments = ListArguments.of_request(view.orderable, inputs)
    statement = records.search(view.records(), view.model, view.searchable, arguments.words)
    conditions = [one.condition for one in inputs if one.condition is not None]
    return statement.where(*conditions), arguments, inputs


def _list(
    view: PortalModelView,
    statement: Select[Any],
    arguments: ListArguments,
    inputs: Sequence[FilterInput],
) -> ListPage:
    order = view.order(arguments.order, arguments.descending)
    position = order.position(arguments.after, arguments.before)
    names = view.list_columns
    page = page_or_first(statement, view.model, names, order, position, view.page_size)
    # A list of one page is counted by looking at it.
    is_all = page.before is None and page.after is None
    shown = len(page.records)
    total = shown if is_all else records.count(statement, view.model, _COUNT_LIMIT + 1)
    is_more = total > _COUNT_LIMIT
    rows = view.presenter.rows(page.records, names, view.urls_of(page.records))
    return ListPage(
        headings=view.presenter.order_headings(names, rows, view.orderable, arguments),
        rows=rows,
        arguments=arguments,
        # On the last page the total knows better: rows may have come before it meanwhile.
        first=page.first if page.after or is_more else total - shown + 1,
        total=min(total, _COUNT_LIMIT),
        is_more=is_more,
        previous_url=arguments.url(before=page.before) if page.before else None,
        next_url=arguments.url(after=page.after) if page.after else None,
        filters=inputs,
        export_url=_export_url(view, arguments),
    )


def _create_url(view: PortalModelView) -> str | None:
    return None if view.create_form is None else url_for(f"{BLUEPRINT}.{view.module.name}_new")


def _edit_url(view: PortalModelView, record: Any) -> str | None:
    if view.edit_form is None or not view.may_edit(record):
        return None
    return url_for(f"{BLUEPRINT}.{view.module.name}_edit", pk=getattr(record, view.key))


def _export_url(view: PortalModelView, arguments: ListArguments) -> str | None:
    return arguments.url(f"{BLUEPRINT}.{view.module.name}_export") if view.can_export else None
