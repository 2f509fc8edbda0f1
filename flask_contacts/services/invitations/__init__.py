"""From a contact to somebody who can sign in: the link, its states, its lists."""
