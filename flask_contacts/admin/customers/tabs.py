"""The tabs of the bundled customers' page: each has an address, which opens the page at it.

What stands in those of ours that are seldom opened is written once they are: a script takes it
out of the page at the tab's address, without one that page itself is followed to. The lists of
the host are written with the page, as Flask-AppBuilder writes them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import request, url_for

from .. import fab
from ..safe_view import LARGEST_PAGE, SafeModelView
from .sight import OPENED, customer_key


class Tab(NamedTuple):
    """A tab; ``widget`` gives its HTML when it is called. ``is_later``: not before it is opened."""

    view: Any
    name: str
    url: str
    is_open: bool
    is_later: bool
    widget: Any


class CustomerPane(SafeModelView):
    """A view of ours that is a tab of a customer's page, ours or a host's."""

    #: Arguments of the customer's page that are this tab's, and open it.
    pane_arguments: tuple[str, ...] = ()

    def pane(self, customer_pk: Any, *, in_our_page: bool) -> Any:
        """The widget for one customer; ``in_our_page``: our style sheet and script are there."""
        raise NotImplementedError

    def _get_view_widget(self, **options: Any) -> Any:
        return self.pane(options["filters"].get_filter_value("customer"), in_our_page=False)


def tabs_of(view: Any, customer: Any) -> list[Tab]:
    """The tabs that the reader may see, of the page of ``customer`` in the customers' ``view``."""
    key = customer_key(customer)
    address = url_for(f"{view.endpoint}.show", pk=key)
    sizes = {name: min(size, LARGEST_PAGE) for name, size in fab.get_page_size_args().items()}
    tabs = []
    for one in fab.related_views(view):
        name, widget = type(one).__name__, None
        is_open = _is_asked_for(one, name)
        is_later = name in view.later_tabs and not is_open
        if not isinstance(one, CustomerPane):
            widget = fab.related_widget(view, one, customer, sizes)
        elif not is_later:
            widget = one.pane(key, in_our_page=True)
        url = f"{address}?{OPENED}={name}#{name}"
        tabs.append(Tab(one, name, url, is_open, is_later, widget))
    return tabs


def _is_asked_for(view: Any, name: str) -> bool:
    named = request.args.get(OPENED)
    if named is not None:
        return named == name
    return any(argument in request.args for argument in getattr(view, "pane_arguments", ()))
