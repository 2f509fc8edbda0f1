"""My account (BEHAVIOUR P5)."""
