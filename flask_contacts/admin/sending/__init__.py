"""The send dialog over a host's records (BEHAVIOUR N5)."""
