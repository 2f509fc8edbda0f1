"""The templates, shipped as flask_contacts.templates."""
