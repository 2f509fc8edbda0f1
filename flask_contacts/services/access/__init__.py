"""Why somebody does not get in or does not see, and looking on as a contact."""
