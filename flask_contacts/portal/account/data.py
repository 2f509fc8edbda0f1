"""My account: the download of the own data (BEHAVIOUR P5)."""

from __future__ import annotations

import json

from flask import make_response, request
from werkzeug.wrappers import Response

from ...services.accounts.own_data import own_data
from ...state import current_contacts
from ..access import portal_page
from .pages import account_page, visitor


@portal_page()
def data() -> Response:
    """What is in it, and the file; asked for by POST, because the download is noted."""
    if request.method != "POST":
        return account_page("data")
    found = own_data(current_contacts.session, visitor(), request.remote_addr)
    response = make_response(json.dumps(found, ensure_ascii=False, indent=2))
    response.headers["Content-Type"] = "application/json; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response
