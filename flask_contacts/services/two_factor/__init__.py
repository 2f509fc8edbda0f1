"""The second factor of a person's login."""
