"""CRM → Data quality: numbers, charts, and the lists that no other page has."""
