"""The portal's own cookies: the session's token, a link's token on its way to the form, the
language that was chosen before signing in, who has signed in with this browser, whose
sign-in waits for a code, and the token of staff who look at the portal as a contact."""

from __future__ import annotations

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from ..config import secret_keys, setting
from .visit import SESSION_COOKIE, VIEW_COOKIE

#: The cookie that holds a link's token between opening the link and setting the password.
LINK_COOKIE = "contacts_link"

#: How long it does (seconds): time to think of a password, no more.
LINK_COOKIE_SECONDS = 1800

#: The cookie that holds the language chosen on a page for who is not signed in.
LANGUAGE_COOKIE = "contacts_language"

#: The cookie that remembers who has signed in with this browser.
DEVICE_COOKIE = "contacts_device"

#: The cookie between the right password and the code of the second factor; it opens nothing.
CODE_COOKIE = "contacts_code"

#: How long it does (seconds): time to find the phone.
CODE_COOKIE_SECONDS = 600

_LANGUAGE_SECONDS = 365 * 24 * 3600
_DEVICE_SECONDS = 365 * 24 * 3600
_VIEW_SECONDS = 24 * 3600
_MOST_LOGINS = 10
_DEVICE_SALT = "flask_contacts.portal.device-cookie"
_LINK_SALT = "flask_contacts.portal.link-cookie"
_CODE_SALT = "flask_contacts.portal.code-cookie"
_LONGEST_TOKEN = 1000  # characters; no link of ours is longer, and a browser drops 4 KiB


def set_session_cookie(response: Response, token: str) -> None:
    """Hand the browser the session ``token``, for as long as it stays open."""
    _set(response, SESSION_COOKIE, token)


def clear_session_cookie(response: Response) -> None:
    """Take the session's token from the browser."""
    _clear(response, SESSION_COOKIE)


def set_view_cookie(response: Response, token: str) -> None:
    """Hand the browser the ``token`` of staff's view, from whichever page: its path is ours.

    Longer than a view lasts, so that the page after its end says so. Other sites' links do
    not carry it.
    """
    _set(response, VIEW_COOKIE, token, _VIEW_SECONDS, samesite="Strict")


def clear_view_cookie(response: Response) -> None:
    """Take the view's token from the browser."""
    _clear(response, VIEW_COOKIE)


def set_link_cookie(response: Response, token: str) -> None:
    """Keep a link's ``token`` for the next page, signed, so that no page can plant one.

    A token too long to be ours is kept as an empty one: both are the same dead link.
    """
    kept = token if len(token) <= _LONGEST_TOKEN else ""
    _set(response, LINK_COOKIE, _serializer().dumps(kept), LINK_COOKIE_SECONDS)


def clear_link_cookie(response: Response) -> None:
    """Forget the link."""
    _clear(response, LINK_COOKIE)


def link_token() -> str:
    """The token of the link that was opened; empty where there is none (any more)."""
    kept = request.cookies.get(LINK_COOKIE)
    if not kept:
        return ""
    try:
        token = _serializer().loads(kept, max_age=LINK_COOKIE_SECONDS)
    except BadData:
        return ""
    return token if isinstance(token, str) else ""


def set_code_cookie(response: Response, login_id: int, session_epoch: int) -> None:
    """Remember that a login's password was right, for its present credentials alone."""
    kept = _serializer(_CODE_SALT).dumps([login_id, session_epoch])
    _set(response, CODE_COOKIE, kept, CODE_COOKIE_SECONDS)


def clear_code_cookie(response: Response) -> None:
    """Forget the sign-in that waited."""
    _clear(response, CODE_COOKIE)


def waiting_sign_in() -> tuple[int, int] | None:
    """The login whose sign-in waits for a code, and its session epoch; None without one."""
    kept = request.cookies.get(CODE_COOKIE, "")
    try:
        found = _serializer(_CODE_SALT).loads(kept, max_age=CODE_COOKIE_SECONDS)
    except BadData:
        return None
    if not isinstance(found, list) or [type(one) for one in found] != [int, int]:
        return None
    return found[0], found[1]


def chosen_language() -> str | None:
    """The language code that was chosen; whoever uses it checks that it is offered."""
    return request.cookies.get(LANGUAGE_COOKIE)


def set_language_cookie(response: Response, code: str) -> None:
    """Remember the language ``code`` for the portal's pages in this browser."""
    _set(response, LANGUAGE_COOKIE, code, _LANGUAGE_SECONDS)


def clear_language_cookie(response: Response) -> None:
    """Forget the choice."""
    _clear(response, LANGUAGE_COOKIE)


def known_logins() -> list[int]:
    """The ids of the logins that have signed in with this browser, the latest last.

    The cookie is signed and opens nothing: all it does is to keep the notice of a new
    device from being mailed (see ``services.sessions``).
    """
    kept = request.cookies.get(DEVICE_COOKIE, "")
    try:
        ids = _serializer(_DEVICE_SALT).loads(kept, max_age=_DEVICE_SECONDS)
    except BadData:
        return []
    return [one for one in ids if type(one) is int] if isinstance(ids, list) else []


def remember_device(response: Response, login_id: int) -> None:
    """Remember for a year that this login has signed in with this browser."""
    others = [one for one in known_logins() if one != login_id]
    ids = [*others, login_id][-_MOST_LOGINS:]
    _set(response, DEVICE_COOKIE, _serializer(_DEVICE_SALT).dumps(ids), _DEVICE_SECONDS)


def _serializer(salt: str = _LINK_SALT) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_keys(), salt=salt)


def _set(
    response: Response,
    name: str,
    value: str,
    seconds: int | None = None,
    samesite: str = "Lax",
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=_path(),
        secure=_is_https(),
        httponly=True,
        samesite=samesite,
    )


def _clear(response: Response, name: str) -> None:
    response.delete_cookie(name, path=_path(), secure=_is_https(), httponly=True, samesite="Lax")


def _path() -> str:
    return f"{request.script_root}{setting('PORTAL_PREFIX')}"


def _is_https() -> bool:
    return str(setting("BASE_URL") or request.url_root).startswith("https:")
