"""The page of one contact, its form, and everything that is done with it."""
