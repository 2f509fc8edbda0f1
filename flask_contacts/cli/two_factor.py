"""``flask contacts renew-secrets``: after another secret key."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from ..services.two_factor.rotation import renew_secrets as renew
from ..state import current_contacts


@click.command("renew-secrets")
@with_appcontext
def renew_secrets() -> None:
    """Encrypt the secrets of two-factor sign-in with the newest secret key; ends with 1 where
    no key opens one."""
    found = renew(current_contacts.session)
    click.echo(f"encrypted with the newest key: {found.renewed}")
    if found.unreadable:
        logins = ", ".join(map(str, found.unreadable[:50]))
        click.echo(f"no key opens that of {len(found.unreadable)} logins, by id: {logins}")
        raise SystemExit(1)
