"""The ``CONTACTS_*`` settings: each with its default and what it is for.

Read one with :func:`setting`; ``init_app`` puts the defaults into ``app.config`` and
checks what can be checked at start.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from flask import Flask, current_app

from .errors import ConfigError

BASE_URL: str | None = None
"""Where people reach the application, e.g. ``https://crm.example.com``. Links in mails
are built from it and never from a request's Host header. Required outside debug and tests."""

PORTAL_PREFIX: str = "/portal"
"""The path under which the portal lives; also the path of its cookie."""

COMPANY_NAME: str | None = None
"""The name that the portal and the mails show; ``APP_NAME`` when unset."""

PORTAL_LOGO: str | tuple[str, str] | None = None
"""The logo on the portal's pages: a file of your static folder, or a path on this site that
begins with ``/``. A pair is one for light pages and one for dark ones."""

PORTAL_ICON: str | None = None
"""The icon of the portal's pages in the browser's tab (``.svg``, ``.png`` or ``.ico``); given
like ``PORTAL_LOGO``."""

PORTAL_STYLESHEET: str | None = None
"""A style sheet of yours that the portal's pages load after their own; given like
``PORTAL_LOGO``."""

SECRET_KEYS: list[str] | None = None
"""Keys that sign links and encrypt the secrets of two-factor sign-in, the newest first, for
rotation; ``[SECRET_KEY]`` when unset."""

SET_PASSWORD_LINK_SECONDS: int = 48 * 3600
"""How long a link to set a password works, from the first attempt to send it (seconds)."""

RESET_PASSWORD_LINK_SECONDS: int = 3600
"""How long a link for a forgotten password works (seconds)."""

PHONE_REGION: str | None = None
"""The country whose phone numbers may be typed without their +code, e.g. ``"GB"``."""

PASSWORD_MIN_LENGTH: int = 12
"""The shortest password taken, in characters; never below 8."""

SESSION_IDLE_SECONDS: int = 8 * 3600
"""A portal session ends after this long without a request (seconds)."""

SESSION_SECONDS: int = 14 * 24 * 3600
"""A portal session ends after this long whatever happens (seconds)."""

SIGN_IN_FAILURES: int = 10
"""Failed sign-ins for one address before it has to wait."""

SIGN_IN_WINDOW_SECONDS: int = 900
"""The window in which failed sign-ins are counted (seconds)."""

LINKS_PER_HOUR: int = 5
"""The most links that one login is mailed in an hour on its own request."""

REQUESTS_PER_ADDRESS: str = "60 per 15 minutes"
"""Sign-ins and forgotten passwords taken from one network address (a ``limits`` string)."""

RATE_LIMIT_STORAGE: str = "memory://"
"""Where those are counted, as a ``limits`` storage URI; Redis with more than one process."""

MAIL_DELIVERY: str = "thread"
"""Who delivers the outbox: ``"thread"`` (a thread of the web process), ``"celery"`` (Celery's
workers) or ``"manual"`` (``flask contacts mail-drain``)."""

MAIL_TIMEOUT: int = 10
"""How long to wait for the mail server at each step, and for each 64 kB of a large mail
(seconds)."""

MAIL_SWEEP_SECONDS: int = 15
"""How often the thread looks for mail whose time has come (seconds)."""

MAIL_MAX_ATTEMPTS: int = 10
"""Temporary failures before a mail rests as failed."""

KEEP_MAIL_DAYS: int = 90
"""Days until ``flask contacts purge`` forgets the bodies and recipients of mail that is done, and
registrations that staff have decided."""

KEEP_SESSION_DAYS: int = 30
"""Days until it deletes links and portal sessions that are over."""

KEEP_ADDRESS_DAYS: int = 180
"""Days until it forgets network addresses in the activity."""

UPLOAD_MAX_BYTES: int = 10 * 1024 * 1024
"""The largest file that a contact can send with a form of the portal (bytes)."""

_PREFIX = "CONTACTS_"
DEFAULTS: dict[str, Any] = {
    name: value for name, value in globals().items() if name.isupper() and name[0] != "_"
}

_DECADE = 10 * 366 * 24 * 3600
#: The smallest and the largest value of each number; one with a fraction may have one too.
_NUMBERS: dict[str, tuple[float, float]] = {
    "SET_PASSWORD_LINK_SECONDS": (1, _DECADE),
    "RESET_PASSWORD_LINK_SECONDS": (1, _DECADE),
    "PASSWORD_MIN_LENGTH": (1, 200),
    "SESSION_IDLE_SECONDS": (1, _DECADE),
    "SESSION_SECONDS": (1, _DECADE),
    "SIGN_IN_FAILURES": (1, 1_000_000),
    "SIGN_IN_WINDOW_SECONDS": (1, _DECADE),
    "LINKS_PER_HOUR": (1, 1_000_000),
    "MAIL_TIMEOUT": (0.1, 3600),
    "MAIL_SWEEP_SECONDS": (0.01, 24 * 3600),
    "MAIL_MAX_ATTEMPTS": (1, 1_000_000),
    "KEEP_MAIL_DAYS": (0, 36_500),
    "KEEP_SESSION_DAYS": (0, 36_500),
    "KEEP_ADDRESS_DAYS": (0, 36_500),
    "UPLOAD_MAX_BYTES": (1, 2**40),
}


def setting(name: str) -> Any:
    """The value of ``CONTACTS_<name>`` in the current application."""
    return current_app.config[_PREFIX + name]


def apply_defaults(app: Flask) -> None:
    """Put the defaults into ``app.config`` and refuse what cannot work.

    Raises :class:`ConfigError` with a code and a hint.
    """
    for name, value in DEFAULTS.items():
        app.config.setdefault(_PREFIX + name, value)
    prefix = app.config["CONTACTS_PORTAL_PREFIX"]
    if not isinstance(prefix, str) or not prefix.startswith("/") or len(prefix.strip("/")) == 0:
        raise ConfigError(
            "contacts.C010", f"CONTACTS_PORTAL_PREFIX is {prefix!r}.", "Use a path like '/portal'."
        )
    app.config["CONTACTS_PORTAL_PREFIX"] = prefix.rstrip("/")
    _require_numbers(app)
    _require_languages(app)
    if app.config["CONTACTS_PASSWORD_MIN_LENGTH"] < 8:
        raise ConfigError(
            "contacts.C011", "CONTACTS_PASSWORD_MIN_LENGTH is below 8.", "Use 8 or more."
        )
    if app.config["CONTACTS_MAIL_DELIVERY"] not in {"thread", "celery", "manual"}:
        raise ConfigError(
            "contacts.C012",
            f"CONTACTS_MAIL_DELIVERY is {app.config['CONTACTS_MAIL_DELIVERY']!r}.",
            "Use 'thread', 'celery' or 'manual'.",
        )
    if not app.config.get("MAIL_DEFAULT_SENDER"):
        raise ConfigError(
            "contacts.C016",
            "MAIL_DEFAULT_SENDER is not set.",
            "Set it to the address that mail comes from, before Mail(app).",
        )
    sender = app.config["MAIL_DEFAULT_SENDER"]
    address = sender[1] if isinstance(sender, tuple) else parseaddr(str(sender))[1]
    if "@" not in str(address) or not str(address).isascii():
        raise ConfigError(
            "contacts.C017",
            f"MAIL_DEFAULT_SENDER is {sender!r}.",
            "Use an address such as 'Example Ltd <hello@example.com>'.",
        )
    base = app.config["CONTACTS_BASE_URL"]
    if base is not None:
        parts = urlsplit(str(base))
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query:
            raise ConfigError(
                "contacts.C013",
                f"CONTACTS_BASE_URL is {base!r}.",
                "Use a full address such as 'https://crm.example.com'.",
            )
        app.config["CONTACTS_BASE_URL"] = str(base).rstrip("/")


def _require_numbers(app: Flask) -> None:
    """Refuse what is no number (``True`` is none), or one that is too small or too large."""
    for name, (smallest, largest) in _NUMBERS.items():
        value, fraction = app.config[_PREFIX + name], isinstance(smallest, float)
        if type(value) not in ((int, float) if fraction else (int,)):
            hint = f"Use {'a' if fraction else 'a whole'} number."
        elif not smallest <= value <= largest:
            hint = f"Use a number from {smallest} to {largest}."
        else:
            continue
        raise ConfigError("contacts.C060", f"{_PREFIX}{name} is {value!r}.", hint)


def _require_languages(app: Flask) -> None:
    """Refuse the code of a language that Babel cannot read: no page could be written in it."""
    default = app.config.get("BABEL_DEFAULT_LOCALE", "en")
    for code in (*(app.config.get("LANGUAGES") or ()), default):
        try:
            Locale.parse(code)
        except (TypeError, ValueError, UnknownLocaleError):
            raise ConfigError(
                "contacts.C062",
                f"{code!r} is no language that Babel knows (LANGUAGES, BABEL_DEFAULT_LOCALE).",
                "Use a code such as 'es' or 'pt_BR'.",
            ) from None


def base_url() -> str:
    """Where people reach the application, without a slash at the end.

    Raises :class:`ConfigError` where nothing is set outside debug and tests: a link
    built from a request's Host header could be an attacker's.
    """
    configured: str | None = setting("BASE_URL")
    if configured:
        return configured
    if current_app.debug or current_app.testing:
        return "http://127.0.0.1:5000"
    raise ConfigError(
        "contacts.C014",
        "CONTACTS_BASE_URL is not set.",
        "Set it to the address that people use, such as 'https://crm.example.com'.",
    )


def refuse_without_base_url() -> None:
    """A ``before_request`` function: no page without ``CONTACTS_BASE_URL`` in production."""
    base_url()


def secret_keys() -> list[str]:
    """The signing keys, oldest first as itsdangerous wants them.

    Raises :class:`ConfigError` when the application has no secret key at all.
    """
    keys = setting("SECRET_KEYS") or [current_app.config.get("SECRET_KEY")]
    if not all(keys):
        raise ConfigError("contacts.C015", "There is no SECRET_KEY.", "Set a long random one.")
    return list(reversed(keys))


def company_name() -> str:
    """What the portal and the mails call the company that runs it."""
    return str(setting("COMPANY_NAME") or current_app.config.get("APP_NAME", "Portal"))
