"""CRM → Registrations."""
