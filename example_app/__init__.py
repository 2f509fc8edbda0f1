"""Northwind Studio: a small design and web agency that uses flask_contacts.

``python -m example_app`` serves it with demo data and a mailbox that catches the mail that
it sends. :mod:`example_app.own_customer` is another host, in one file: it had customers
before, with a model and a view of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from flask import Flask


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Make the studio's application; ``config`` overrides the demo's settings."""
    # Only here: the studio uses the bundled customers, its neighbour binds its own.
    app: Flask = import_module(".studio", __name__).create_app(config)
    return app
