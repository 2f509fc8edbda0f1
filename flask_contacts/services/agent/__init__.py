"""All contacts, for staff: found, narrowed, in order, and what is related to them."""
