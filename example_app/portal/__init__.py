"""The studio's pages in the customer portal."""
