"""The bundled customers, who looks after a customer, and the notes about it."""
