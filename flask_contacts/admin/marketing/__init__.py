"""CRM → Marketing lists."""
