"""Data quality: what is missing or does not fit among contacts and customers, and how they grow."""
