"""The mail server: it is greeted as for a mail, and left again. No mail is sent."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from flask import current_app

from ...i18n import _, _l
from ...mail.smtp_failures import describe
from ...mail.transport import Transport, sender_address
from .problems import ERROR, WARNING, Finding, problem

_NOT_REAL = ("example.com", "example.org", "example.net", "localhost")

UNREACHABLE = problem(
    "FC201",
    ERROR,
    _l("The mail server does not answer"),
    _l("No mail leaves; all wait in the outbox and are tried again."),
    _l(
        "Correct `MAIL_SERVER` and `MAIL_PORT`, start the server, or let the firewall through. "
        "With port 465 set `MAIL_USE_SSL = True`, with 587 `MAIL_USE_TLS = True`."
    ),
)
NO_TLS = problem(
    "FC202",
    ERROR,
    _l("The mail server's encryption cannot be trusted"),
    _l(
        "No mail leaves: its certificate is not valid for the name in `MAIL_SERVER`, or it does "
        "not speak TLS on this port."
    ),
    _l(
        "Use the name that the certificate is made for; where an authority of your own signed it, "
        "add that to the system's. `MAIL_USE_TLS` is for port 587 or 25, `MAIL_USE_SSL` for 465."
    ),
)
SIGN_IN_REFUSED = problem(
    "FC203",
    ERROR,
    _l("The mail server refuses to sign us in"),
    _l("No mail leaves; all wait in the outbox and are tried again."),
    _l("Correct `MAIL_USERNAME` and `MAIL_PASSWORD`. Some providers want one made for programs."),
)
CLEAR_TEXT = problem(
    "FC204",
    WARNING,
    _l("Mail leaves in clear text"),
    _l("Links to set passwords can be read on the way to the mail server."),
    _l("Set `MAIL_USE_TLS = True` (port 587) or `MAIL_USE_SSL = True` (port 465)."),
)
SUPPRESSED = problem(
    "FC205",
    WARNING,
    _l("Sending is switched off"),
    _l("Mails are marked as sent, and reach nobody."),
    _l("Remove `MAIL_SUPPRESS_SEND`; Flask-Mail sets it where `TESTING` is on."),
)
NOT_OURS = problem(
    "FC206",
    WARNING,
    _l("Mail comes from an address that is none of yours"),
    _l("Receivers refuse it, or take it for spam."),
    _l(
        "Set `MAIL_DEFAULT_SENDER` to an address of your domain, and let its DNS name the mail "
        "server (SPF, DKIM)."
    ),
)


def check_sender() -> Iterator[Finding]:
    """Whom mail comes from, and whether it leaves at all."""
    mail: Any = current_app.extensions["mail"]
    domain = sender_address(mail).rpartition("@")[2].lower()
    if domain in _NOT_REAL or domain.endswith((".example", ".invalid", ".test", ".localhost")):
        yield NOT_OURS.found(sender_address(mail))
    if mail.suppress:
        yield SUPPRESSED.found()


def check_server() -> Iterator[Finding]:
    """Connect, encrypt, sign in, greet, leave: with the settings that mails are sent by."""
    mail: Any = current_app.extensions["mail"]
    place = f"{mail.server}:{mail.port}"
    try:
        server = Transport().configure_host()
    except ssl.SSLError as error:
        yield NO_TLS.found(f"{place}: {describe(error)}")
    except smtplib.SMTPNotSupportedError as error:
        yield (NO_TLS if "STARTTLS" in str(error) else SIGN_IN_REFUSED).found(f"{place}: {error}")
    except smtplib.SMTPAuthenticationError as error:
        yield SIGN_IN_REFUSED.found(f"{place}: {describe(error)}")
    except (OSError, smtplib.SMTPException, ValueError) as error:
        yield UNREACHABLE.found(f"{place}: {describe(error)}")
    else:
        yield from _greet(server, mail, place)


def _greet(server: smtplib.SMTP, mail: Any, place: str) -> Iterator[Finding]:
    try:
        server.ehlo_or_helo_if_needed()
        offers_tls = server.has_extn("starttls")
        code, _words = server.noop()
        server.quit()
    except (OSError, smtplib.SMTPException) as error:
        yield UNREACHABLE.found(f"{place}: {describe(error)}")
        return
    finally:
        server.close()
    if code // 100 != 2:
        yield UNREACHABLE.found(_("%(server)s answers %(code)s.", server=place, code=code))
    if not mail.use_tls and not mail.use_ssl and not _is_this_computer(str(mail.server)):
        offer = _("It offers STARTTLS.") if offers_tls else _("It offers no STARTTLS on this port.")
        yield CLEAR_TEXT.found(f"{place}. {offer}")


def _is_this_computer(server: str) -> bool:
    try:
        return ip_address(socket.gethostbyname(server)).is_loopback
    except (OSError, ValueError):
        return False
