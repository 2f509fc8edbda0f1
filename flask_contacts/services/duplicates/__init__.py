"""Contacts that may be one person: while one types, and in a list; and what is said of them."""
