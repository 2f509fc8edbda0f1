"""What is offered while somebody types into a filter of the list of all contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, jsonify, request

from ..customers.search import offered_customers
from ..staff_names import staff_holding

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

_MOST = 10


def answer(what: str) -> Response:
    """Values to put into the field, each with the words that are shown beside it; 404 for what
    is not looked up."""
    if what not in {"companies", "staff"}:
        abort(404)
    typed = request.args.get("q", "").strip()
    if what == "companies":
        found = [{"value": label, "label": ""} for label in offered_customers(None, typed)[:_MOST]]
    else:
        people = staff_holding(typed, _MOST)
        found = [{"value": one.username, "label": one.name} for one in people]
    reply = jsonify(found)
    reply.headers["Cache-Control"] = "no-store"
    return reply
