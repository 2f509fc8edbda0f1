"""CRM → Customer contacts: the list of all, and what is done with many."""
