"""A host's records on portal pages: ``PortalModelView`` and what it is made of."""
