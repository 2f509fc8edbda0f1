"""Staff look at the portal as a contact (BEHAVIOUR P8)."""
