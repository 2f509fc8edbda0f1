"""What a primary contact does for its company: details and colleagues (BEHAVIOUR P5)."""
