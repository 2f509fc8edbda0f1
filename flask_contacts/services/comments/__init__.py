"""Comments of staff on a contact, and whom they name."""
