"""Fixtures and helpers for tests, those of host applications too; nothing that ships uses it.

In a host's ``conftest.py``::

    from flask_contacts.testing import (  # fixtures
        captured_mail, contact_client, customer_factory, smtp, smtp_server,
    )

and in its tests::

    from flask_contacts.testing import assert_two_worlds, make_contact, portal_sign_in

Importing this does not bind the customer model: the services come in late. The fixtures
need a fixture ``app``; those for mail need ``aiosmtpd`` (``pip install flask-contacts[testing]``).
"""

from __future__ import annotations

from .mail import (
    RecordingSmtp,
    captured_mail,
    drain_mail,
    links_in,
    running_smtp,
    smtp,
    smtp_server,
)
from .people import (
    PASSWORD,
    ContactClient,
    contact_client,
    count_statements,
    csrf_token,
    customer_factory,
    make_contact,
    make_customer,
    portal_sign_in,
    portal_url,
    staff_sign_in,
)
from .worlds import assert_two_worlds

__all__ = [
    "PASSWORD",
    "ContactClient",
    "RecordingSmtp",
    "assert_two_worlds",
    "captured_mail",
    "contact_client",
    "count_statements",
    "csrf_token",
    "customer_factory",
    "drain_mail",
    "links_in",
    "make_contact",
    "make_customer",
    "portal_sign_in",
    "portal_url",
    "running_smtp",
    "smtp",
    "smtp_server",
    "staff_sign_in",
]
