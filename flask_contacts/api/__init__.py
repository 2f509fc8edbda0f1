"""The REST API under ``/api/v1/contacts/``, for programs that act for a staff user.

It is built on Flask-AppBuilder's ``BaseApi`` and its tokens. Its parameters are plain ones
and not one in Rison, and its answers are made of named columns: so the description says all
there is, and a page costs one statement.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flask import current_app

from ..models.binding import bound_customer
from .contacts_api import ContactsRestApi
from .invitations_api import ContactsInvitationsRestApi
from .keys import KEY, KeyConverter
from .marketing_lists_api import ContactsMarketingListsRestApi
from .outgoing_mail_api import ContactsOutgoingMailRestApi
from .rest_api import refuse_astray

if TYPE_CHECKING:
    from flask_appbuilder import AppBuilder

__all__ = ["register"]


def register(appbuilder: AppBuilder) -> None:
    """Add our APIs; that of the customers only where these are the bundled ones."""
    current_app.url_map.converters[KEY] = KeyConverter
    current_app.before_request(refuse_astray)
    if bound_customer() is None:
        # Only here: the module uses the bundled model's columns, which a host's has not.
        appbuilder.add_api(import_module(".customers_api", __name__).ContactsCustomersRestApi)
    appbuilder.add_api(ContactsInvitationsRestApi)
    appbuilder.add_api(ContactsMarketingListsRestApi)
    appbuilder.add_api(ContactsOutgoingMailRestApi)
    appbuilder.add_api(ContactsRestApi)
