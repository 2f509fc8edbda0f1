"""The page of a customer and its tabs, with a bundled or a host's own customer."""
