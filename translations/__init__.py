"""The catalogs, shipped as ``flask_contacts.translations``; see scripts/translations.py."""
