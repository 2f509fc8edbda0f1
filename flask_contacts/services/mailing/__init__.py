"""Who gets mail, what it says, and what became of it."""
