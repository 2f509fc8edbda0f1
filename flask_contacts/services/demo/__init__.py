"""``flask contacts demo``: sample customers and contacts to look at the package with."""

from __future__ import annotations

from .filling import Filled, fill, has_contacts

__all__ = ["Filled", "fill", "has_contacts"]
