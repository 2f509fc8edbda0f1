"""Addresses of the agent interface that know the way back to the list as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for

if TYPE_CHECKING:
    from ..safe_view import SafeView


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
