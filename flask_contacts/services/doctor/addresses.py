"""Where people reach the application: the base URL, the proxy before it, its cookies, and who
counts attempts."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from flask import current_app
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from werkzeug.middleware.proxy_fix import ProxyFix

from ...config import setting
from ...i18n import _, _l
from .problems import ERROR, NOTE, WARNING, Finding, problem

NO_BASE_URL = problem(
    "FC111",
    ERROR,
    _l("CONTACTS_BASE_URL is not set"),
    _l("Outside debug no page is served, and no mail with a link can be written."),
    _l("Set it to the address that people use, such as `https://crm.example.com`."),
)
PLAIN_BASE_URL = problem(
    "FC112",
    WARNING,
    _l("The base URL is not https"),
    _l("Passwords and session cookies travel in clear text."),
    _l("Serve the application by https, and say so in `CONTACTS_BASE_URL`."),
)
LOCAL_BASE_URL = problem(
    "FC113",
    WARNING,
    _l("The base URL leads to this computer"),
    _l("Links in mails open on the computer that wrote them, and on no other."),
    _l("Set `CONTACTS_BASE_URL` to the address that people use."),
)
OTHER_PREFIX = problem(
    "FC114",
    WARNING,
    _l("The base URL and APPLICATION_ROOT have different paths"),
    _l("Links in mails lead past the application where it is served under a path."),
    _l(
        'Put the path into both: `CONTACTS_BASE_URL = "https://example.com/crm"` and '
        '`APPLICATION_ROOT = "/crm"`; see docs/howto/proxy.md.'
    ),
)
NO_PROXY_FIX = problem(
    "FC121",
    WARNING,
    _l("Nothing reads the headers of a proxy"),
    _l(
        "The base URL is https, so that a proxy stands before the application. Without `ProxyFix` "
        "all visitors have the proxy's address: they share one limit, and the activity names it."
    ),
    _l(
        "Wrap the application: `app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, "
        "x_host=1)`, see docs/howto/proxy.md. Where the server itself speaks https, or sets the "
        "address (Gunicorn, uWSGI by its own options), leave it."
    ),
)
INSECURE_COOKIE = problem(
    "FC122",
    WARNING,
    _l("The cookie of staff is sent by http too"),
    _l(
        "`SESSION_COOKIE_SECURE` is off while the base URL is https: one request by http shows the "
        "cookie to who listens. The portal's own cookie is safe."
    ),
    _l("Set `SESSION_COOKIE_SECURE = True`."),
)
MEMORY_LIMITS = problem(
    "FC131",
    NOTE,
    _l("Attempts are counted in the memory of each process"),
    _l(
        "With several processes each counts for itself: so many times the attempts pass, and a "
        "restart forgets them. Limits for each account are rows, and hold all the same."
    ),
    _l(
        "With more than one process set `CONTACTS_RATE_LIMIT_STORAGE` to a Redis address, and "
        "`pip install 'flask-contacts[redis]'`."
    ),
)
NO_LIMIT_STORAGE = problem(
    "FC132",
    ERROR,
    _l("Where attempts are counted cannot be reached"),
    _l("Signing in and asking for a link fail."),
    _l("Start what `CONTACTS_RATE_LIMIT_STORAGE` names, correct it, or install its client."),
)


def check_base_url() -> Iterator[Finding]:
    """The address that links are built from."""
    url = setting("BASE_URL")
    if not url:
        yield NO_BASE_URL.found()
        return
    parts = urlsplit(url)
    local = _is_local(parts)
    if parts.scheme != "https" and not local:
        yield PLAIN_BASE_URL.found(url)
    if local and not current_app.debug and not current_app.testing:
        yield LOCAL_BASE_URL.found(url)
    root = str(current_app.config["APPLICATION_ROOT"] or "/").rstrip("/")
    if root and root != parts.path.rstrip("/"):
        yield OTHER_PREFIX.found(_("%(url)s and %(path)s", url=url, path=root))


def check_proxy() -> Iterator[Finding]:
    """What a proxy needs that ends https."""
    if urlsplit(setting("BASE_URL") or "").scheme != "https":
        return
    if not _has_proxy_fix():
        yield NO_PROXY_FIX.found()
    if not current_app.config["SESSION_COOKIE_SECURE"]:
        yield INSECURE_COOKIE.found()


def check_limits(*, offline: bool = False) -> Iterator[Finding]:
    """Where attempts from network addresses are counted."""
    uri = str(setting("RATE_LIMIT_STORAGE"))
    scheme = uri.partition(":")[0]
    if scheme == "memory":
        if not current_app.debug and not current_app.testing:
            yield MEMORY_LIMITS.found()
        return
    if offline:
        return
    try:
        is_there = storage_from_string(uri).check()
    except (ImportError, OSError) as error:
        yield NO_LIMIT_STORAGE.found(f"{scheme}: {error}")
        return
    except (ConfigurationError, ValueError):  # their words name the address, password and all
        said = _("%(scheme)s: no address of a storage that there is.", scheme=scheme)
        yield NO_LIMIT_STORAGE.found(said)
        return
    if not is_there:
        yield NO_LIMIT_STORAGE.found(_("%(scheme)s does not answer.", scheme=scheme))


def _is_local(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _has_proxy_fix() -> bool:
    """Whether one of the wrappers around the application is ``ProxyFix``."""
    wrapper: object = current_app.wsgi_app
    for _depth in range(20):
        if isinstance(wrapper, ProxyFix):
            return True
        inner = (getattr(wrapper, name, None) for name in ("app", "wsgi_app", "application"))
        wrapper = next((one for one in inner if callable(one)), None)
    return False
