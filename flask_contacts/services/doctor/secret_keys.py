"""The secret keys: are they there, can they be guessed, do they open what they closed."""

from __future__ import annotations

from collections.abc import Iterator

from flask import current_app
from flask_babel import format_decimal
from sqlalchemy import select

from ...config import secret_keys
from ...errors import ConfigError, SecretUnreadable
from ...i18n import _, _l, _n
from ...models import TwoFactor
from ...state import current_contacts
from ..two_factor import secrets as two_factor_secrets
from .problems import ERROR, NOTE, Finding, problem

_SHORTEST = 16
_LOOKED_AT = 200
#: The one of Flask-AppBuilder's skeleton (its backslashes read by Python) and of tutorials.
_KNOWN = ("thisismyscretkey", "thisismysecretkey", "changeme", "change me", "dev", "secret")

NO_KEY = problem(
    "FC101",
    ERROR,
    _l("There is no secret key"),
    _l("Nobody can sign in, and no link in a mail can be signed."),
    _l(
        "Set `SECRET_KEY` to a long random text, for example of `python -c 'import secrets; "
        "print(secrets.token_urlsafe(48))'`, and keep it."
    ),
)
GUESSABLE_KEY = problem(
    "FC102",
    ERROR,
    _l("A secret key can be guessed"),
    _l(
        "Whoever guesses it can sign in as anybody, staff too: it is shorter than 16 characters, "
        "or the one of an example."
    ),
    _l(
        "Set a long random `SECRET_KEY`, and keep the former one out of `CONTACTS_SECRET_KEYS`: "
        "links that were mailed before stop working then, and so do forged ones."
    ),
)
UNREADABLE_SECRETS = problem(
    "FC103",
    ERROR,
    _l("Secrets of two-factor sign-in are opened by no key"),
    _l("Contacts who have a second factor cannot sign in: the key that closed it is gone."),
    _l(
        "Put the former key behind the new one in `CONTACTS_SECRET_KEYS`. Where it is lost, staff "
        "reset the second factor on the contact's page."
    ),
)
OLD_SECRETS = problem(
    "FC104",
    NOTE,
    _l("Secrets of two-factor sign-in are closed by a former key"),
    _l("They work as long as that key stays in `CONTACTS_SECRET_KEYS`."),
    _l("Run `flask contacts renew-secrets`; after that the former key can go."),
)


def check_keys() -> Iterator[Finding]:
    """The keys themselves."""
    try:
        keys = secret_keys()
    except ConfigError:
        yield NO_KEY.found()
        return
    app_key = current_app.config.get("SECRET_KEY")
    if not app_key:
        yield NO_KEY.found(_("CONTACTS_SECRET_KEYS is set, SECRET_KEY is not."))
    for name, key in [("SECRET_KEY", app_key), *(("CONTACTS_SECRET_KEYS", key) for key in keys)]:
        if key and _is_guessable(key):
            said = _n(
                "%(name)s has %(num)d character.",
                "%(name)s has %(num)d characters.",
                len(key),
                name=name,
            )
            yield GUESSABLE_KEY.found(said)
            return


def check_two_factor() -> Iterator[Finding]:
    """Whether the keys open the latest secrets that they should open."""
    newest = select(TwoFactor.login_id, TwoFactor.secret).order_by(TwoFactor.login_id.desc())
    unreadable, old = [], 0
    for login_id, sealed in current_contacts.session.execute(newest.limit(_LOOKED_AT)):
        try:
            old += two_factor_secrets.open_sealed(login_id, sealed).is_old
        except SecretUnreadable:
            unreadable.append(login_id)
    if unreadable:
        yield UNREADABLE_SECRETS.found(_of_the_latest(len(unreadable)))
    if old:
        yield OLD_SECRETS.found(_of_the_latest(old))


def _of_the_latest(number: int) -> str:
    text: str = _(
        "Of the latest %(count)s: %(number)s.",
        count=format_decimal(_LOOKED_AT),
        number=format_decimal(number),
    )
    return text


def _is_guessable(key: str | bytes) -> bool:
    text = key.decode("latin-1") if isinstance(key, bytes) else key
    folded = text.lower()
    return len(text) < _SHORTEST or any(
        known in folded if len(known) > _SHORTEST - 1 else known == folded.strip()
        for known in _KNOWN
    )
