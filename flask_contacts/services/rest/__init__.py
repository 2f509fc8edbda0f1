"""Contacts and customers as programs read and change them: columns by name, some fields alone."""
