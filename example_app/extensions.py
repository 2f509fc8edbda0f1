"""The studio's ``Contacts`` object, which the application and what sends mail share."""

from __future__ import annotations

from flask_contacts import Contacts

contacts = Contacts()
