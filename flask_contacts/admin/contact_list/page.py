"""A page of CRM → Customer contacts: the list, found, narrowed and in order (S1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, redirect, request, url_for
from flask_babel import format_decimal
from markupsafe import Markup

from ...i18n import _
from ...services.agent import search_index
from ...services.agent.listing import CursorUnknown, ListPage, contact_page
from ...services.agent.question import MOST_COUNTED, SIZES
from ...services.agent.search_words import LONGEST
from ...services.exporting.files import formats_here
from ...state import current_contacts
from ..contacts.addresses import list_as_it_is
from ..kept_parts import kept_part
from ..safe_view import allowed, require_known_fields
from . import (
    cells as contact_list_cells,
    chips as contact_list_chips,
    columns as contact_list_columns,
)
from .arguments import FILTERS, ListArguments, read_arguments
from .bulk_actions import toolbar
from .column_fields import column_fields
from .filter_fields import filter_fields
from .scope import current_scope

if TYPE_CHECKING:
    from ..safe_view import Answer, SafeView


def show(view: SafeView) -> Answer:
    """The list as its address asks for it."""
    choice = contact_list_columns.current_choice()
    arguments = read_arguments(choice.size)
    session = current_contacts.session
    try:
        found = contact_page(session, current_scope(), arguments.query, choice.needs)
    except CursorUnknown:
        abort(404)
    tools, exports = toolbar(view), _exports(view)
    is_held = bool(arguments.problems and (tools or exports))
    if is_held:  # what is listed is more than was meant: each of them would refuse
        tools, exports = Markup(), []
    return view.page(
        "contact_list",
        title=_("Customer contacts"),
        found=found,
        counted=_counted(found),
        estimate=_estimate(found),
        arguments=arguments,
        is_narrowed=bool(arguments.query.search) or _is_filtered(arguments),
        is_empty=_nobody_at_all(found, arguments),
        index_hint=_index_hint(found, arguments),
        is_held=is_held,
        chips=contact_list_chips.chips(arguments),
        filter_fields=filter_fields(view, arguments),
        filters=FILTERS,
        longest=LONGEST,
        choice=choice,
        labels=contact_list_columns.labels(),
        column_fields=column_fields(choice),
        rows=contact_list_cells.rows(view, choice, found.contacts, can_choose=bool(tools)),
        shown=",".join([str(one.id) for one in found.contacts]),
        toolbar=tools,
        new_url=_own_url(view, "new", "add"),
        exports=exports,
        endpoint=view.endpoint,
    )


def save_columns(view: SafeView) -> Answer:
    """Remember the columns and the size of a page, and back to the list as it was."""
    require_known_fields({"column", "rows", "back"})
    names, size = request.form.getlist("column"), request.form.get("rows", "")
    if not set(names) <= set(contact_list_columns.COLUMNS) or size not in map(str, SIZES):
        abort(400, _("This holds a choice that does not exist. Choose again."))
    contact_list_columns.choose(names, int(size))
    back = request.form.get("back", "")
    here = url_for(f"{view.endpoint}.all_contacts")
    return redirect(f"{here}?{back}" if back and "\n" not in back and "\r" not in back else here)


def _own_url(view: SafeView, method: str, permission: str) -> str | None:
    endpoint = f"{view.endpoint}.{method}"
    if endpoint not in current_app.view_functions or not allowed(view, permission):
        return None
    return url_for(endpoint, list=list_as_it_is())


def _exports(view: SafeView) -> list[tuple[str, str]]:
    """The formats that the list can be had in, with their paths."""
    if not allowed(view, "export"):
        return []
    formats = formats_here()
    return kept_part(
        ("exports", *formats),
        lambda: [
            (label, url_for("ContactsExportView.export", kind=kind))
            for kind, label in formats.items()
        ],
    )


def _index_hint(found: ListPage, arguments: ListArguments) -> str | None:
    """Where a search found nobody without the search index: the command that makes it, for
    administrators, who can have it run; nothing to run for the others."""
    if found.contacts or not arguments.query.search:
        return None
    if search_index.is_there(current_contacts.session):
        return None
    manager = current_contacts.appbuilder.sm
    roles = {role.name for role in manager.get_user_roles(manager.current_user)}
    return "flask contacts create-search-index" if manager.auth_role_admin in roles else ""


def _is_filtered(arguments: ListArguments) -> bool:
    return any(arguments.values.get(name) for name in FILTERS)


def _nobody_at_all(found: ListPage, arguments: ListArguments) -> bool:
    narrowed = bool(arguments.query.search) or _is_filtered(arguments)
    return not found.contacts and not narrowed and arguments.query.cursor is None


def _counted(found: ListPage) -> Any:
    """Which of how many: in words, because the total may be more than is counted."""
    first, last = _number(found.first), _number(found.first + len(found.contacts) - 1)
    if found.total is not None:
        return _(
            "%(first)s–%(last)s of %(total)s",
            first=first, last=last, total=_number(found.total),
        )  # fmt: skip
    most = kept_part(("number", MOST_COUNTED), lambda: format_decimal(MOST_COUNTED))
    return _("%(first)s–%(last)s of more than %(total)s", first=first, last=last, total=most)


def _number(number: int) -> str:
    """A number in the reader's way; below a thousand there is nothing to part."""
    return str(number) if 0 <= number < 1000 else str(format_decimal(number))


def _estimate(found: ListPage) -> Any:
    """About how many contacts there are in all, with three figures that count."""
    if found.about is None:
        return None
    unit = 10 ** max(len(str(found.about)) - 3, 0)
    about: Any = format_decimal(round(found.about / unit) * unit)
    return _("about %(total)s contacts in all", total=about)
