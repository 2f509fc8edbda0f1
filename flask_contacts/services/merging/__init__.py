"""Merging contacts that are one person: compared, decided field by field, made one."""
