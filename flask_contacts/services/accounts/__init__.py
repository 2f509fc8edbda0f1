"""A person's own account: signing in, password, address, sessions, own data."""
