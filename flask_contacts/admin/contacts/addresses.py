"""Addresses of the agent interface that know the way back: to the list as it was, and from the
pages of the tab Contacts to the contact's page that led there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for

if TYPE_CHECKING:
    from ..safe_view import SafeView

#: The tabs of a contact's page that lead to pages of the tab Contacts.
_LEADING = frozenset({"detail", "permissions", "notifications"})


def list_as_it_is() -> str | None:
    """The query of the list that this request shows, for the argument ``list`` of other pages."""
    return request.query_string.decode(errors="replace") or None


def list_url(view: SafeView) -> str:
    """The list with the filters that it had when the form was opened from it."""
    kept = urlencode(parse_qsl(request.args.get("list", "")))
    return f"{view.way_back()}?{kept}" if kept else view.way_back()


def person_url(view: SafeView, person: int) -> str:
    """The list of a person's companies on that contact's page."""
    kept = request.args.get("list")
    return url_for(f"{view.endpoint}.show", pk=person, list=kept, _anchor="list-companies")


def page_url(view: SafeView, method: str, pk: int, **more: Any) -> str:
    """A page of a contact that knows the way back to the list as it was."""
    return url_for(f"{view.endpoint}.{method}", pk=pk, list=request.args.get("list"), **more)


def from_tab(tab: str = "detail") -> dict[str, Any]:
    """The arguments for a page of the tab Contacts that a tab of this contact's page leads to."""
    return {"tab": tab, "list": request.args.get("list")}


def kept_tab() -> dict[str, Any]:
    """The same as this page was given them, for the pages that it leads to."""
    tab = request.args.get("tab")
    return from_tab(tab) if tab in _LEADING else {}


def leading_tab(pk: int | None) -> str | None:
    """The tab of the contact's page that led to this one, if one did."""
    tab = request.args.get("tab")
    if tab not in _LEADING or pk is None:
        return None
    kept = request.args.get("list")
    return url_for("CustomerContactsView.show", pk=pk, list=kept, _anchor=f"tab-{tab}")
