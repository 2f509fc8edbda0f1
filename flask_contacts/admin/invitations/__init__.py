"""CRM → Invitations."""
