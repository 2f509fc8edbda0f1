"""Comments in the activity of a contact."""
