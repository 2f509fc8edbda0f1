"""One change made to many contacts of the list: asked first, then done some at a time."""
