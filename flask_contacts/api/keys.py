"""Keys of rows in addresses: any text but the words that stand in the same place."""

from __future__ import annotations

import re

from werkzeug.routing import BaseConverter

#: What stands where a contact's key may stand, and is none.
WORDS = (
    "bulk", "customers", "invitations", "marketing-lists", "openapi.json", "outgoing-mail",
    "recipients",
)  # fmt: skip
#: The converter's name in the application.
KEY = "contacts_key"


class KeyConverter(BaseConverter):
    """A text, whatever it is: what no key can be is answered by the endpoint, as JSON.

    The words are left out, so that a method that ``/bulk`` does not know is 405.
    """

    regex = rf"(?!(?:{'|'.join(map(re.escape, WORDS))})\Z)[^/]+"
