"""By what contacts may be one person."""

from __future__ import annotations

EMAIL, PHONE, NAME = "email", "phone", "name"
