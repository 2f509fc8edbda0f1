"""Registering in the portal, and the answer of staff (BEHAVIOUR P6)."""
