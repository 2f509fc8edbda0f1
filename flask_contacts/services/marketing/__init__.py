"""Marketing lists: their members, their mail, and leaving them."""
