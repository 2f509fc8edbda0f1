"""What the portal's forms hold besides what people type."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from flask_contacts.portal.form_owner import OWNER_FIELD
from flask_contacts.testing import csrf_token

_HIDDEN = re.compile(rf'<input type="hidden" name="{OWNER_FIELD}" value="(\d+)">')


def hidden_fields(client: FlaskClient, url: str) -> dict[str, str]:
    """The hidden fields of every form of the page at ``url``: its token and its owner.

    A browser sends both, so a test that posts the token alone has not posted the form.
    """
    owner = _HIDDEN.search(client.get(url).text)
    assert owner is not None, f"no form of a signed-in contact at {url}"
    return {"csrf_token": csrf_token(client, url), OWNER_FIELD: owner[1]}
