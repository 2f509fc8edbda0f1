"""Duplicates: told of while one types, listed, compared side by side, and merged."""
