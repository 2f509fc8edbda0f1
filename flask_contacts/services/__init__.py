"""Use cases: each takes a session and values, owns its transaction, returns models.

Nothing here knows requests, forms or views; failures are :class:`ContactsError`.
"""
