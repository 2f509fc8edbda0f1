"""Answers as JSON, the same whatever the host has set for its own."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from flask import Response, current_app


def _written(value: Any) -> str:
    """What JSON has no word for: times as ISO 8601 in UTC, days, all else as its text."""
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


_as_json = json.JSONEncoder(separators=(",", ":"), default=_written).encode


def respond(body: Any, status: int = 200) -> Response:
    """A response of ``body``, its fields in the order that they were made in."""
    return current_app.response_class(_as_json(body), status, mimetype="application/json")
