"""The contact itself: created, edited, its states, its history."""
