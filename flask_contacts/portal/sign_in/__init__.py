"""Signing in, setting a password, registering."""
