"""``flask contacts renew-secrets``: after another secret key."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import format_decimal

from ..i18n import _, _n
from ..services.two_factor.rotation import renew_secrets as renew
from ..state import current_contacts


@click.command("renew-secrets")
@with_appcontext
def renew_secrets() -> None:
    """Encrypt the secrets of two-factor sign-in with the newest secret key; ends with 1 where
    no key opens one."""
    found = renew(current_contacts.session)
    renewed = format_decimal(found.renewed)
    click.echo(_("encrypted with the newest key: %(count)s", count=renewed))
    if found.unreadable:
        logins = ", ".join(map(str, found.unreadable[:50]))
        click.echo(
            _n(
                "no key opens that of %(num)d login, by id: %(logins)s",
                "no key opens that of %(num)d logins, by id: %(logins)s",
                len(found.unreadable),
                logins=logins,
            )
        )
        raise SystemExit(1)
