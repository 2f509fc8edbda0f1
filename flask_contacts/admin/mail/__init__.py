"""Who gets what, the templates, and the outgoing mail, as staff see them."""
