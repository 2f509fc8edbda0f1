"""CRM → Import contacts."""
