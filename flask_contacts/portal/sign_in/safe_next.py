"""Back to the page that was asked for, and never to another place (BEHAVIOUR P2)."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from flask import request

from ...config import setting

# ASCII that a URL's path and query are made of. What we write ourselves is quoted, so
# nothing else can be ours: no backslash, white space, control or look-alike character.
_PLAIN = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*", re.ASCII)
_ENCODED_CONTROL = re.compile(r"%(?:[01][0-9a-f]|7f|5c)", re.IGNORECASE)
_LONGEST = 2000


def wanted_url() -> str | None:
    """This request's URL, to come back to after signing in; None for one that would act."""
    return page_url() if request.method in {"GET", "HEAD"} else None


def form_url() -> str | None:
    """Where the form of a request that would act stands: at this address if that shows a
    page too, else at the page that it was sent from."""
    rule = request.url_rule
    if rule is not None and "GET" in (rule.methods or ()):
        return page_url()
    try:
        sent_from = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if sent_from.netloc != request.host:
        return None
    query = f"?{sent_from.query}" if sent_from.query else ""
    return safe_next(sent_from.path + query)


def page_url() -> str | None:
    """This request's own URL, if it is a portal page's."""
    url = quote(request.script_root + request.path, safe="/:@!$&'()*+,;=~")
    query = quote(request.query_string, safe="/?:@!$&'()*+,;=~%")
    return safe_next(f"{url}?{query}" if query else url)


def safe_next(value: str | None) -> str | None:
    """``value`` if it is the path of a portal page on this origin, else None."""
    if not value or len(value) > _LONGEST or not _PLAIN.fullmatch(value):
        return None
    path = value.partition("?")[0]
    segments = unquote(path).split("/")[1:]
    if _ENCODED_CONTROL.search(value) or "" in segments[:-1] or {".", ".."} & set(segments):
        return None
    prefix = f"{request.script_root}{setting('PORTAL_PREFIX')}"
    return value if path == prefix or path.startswith(f"{prefix}/") else None
