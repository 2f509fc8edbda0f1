"""``flask contacts …``: the command line.

It speaks the language of ``BABEL_DEFAULT_LOCALE``. What stays English: the names of commands and
options, ``--help`` (click asks for it at import) and what a program reads.
"""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup
from flask_babel import format_decimal

from ..i18n import _l
from ..services.retention import purge
from ..state import current_contacts
from .contact_files import export_contacts, import_contacts
from .demo import demo
from .doctor import doctor
from .mail import mail_drain, mail_status
from .roles import create_roles
from .search_index import create_search_index
from .tables import check_db, init_db, upgrade_db
from .two_factor import renew_secrets

commands = AppGroup("contacts", help="Customer contacts and the portal.")
for _command in (
    init_db,
    check_db,
    upgrade_db,
    mail_drain,
    mail_status,
    create_roles,
    renew_secrets,
    create_search_index,
    import_contacts,
    export_contacts,
    doctor,
    demo,
):
    commands.add_command(_command)

_FORGOTTEN = {
    "mail bodies": _l("texts of old mails"),
    "links": _l("used, expired and void links"),
    "sessions": _l("ended sessions in the portal"),
    "views": _l("staff's views of the portal"),
    "logins": _l("logins that no contact has any more"),
    "imported rows": _l("rows of imported files"),
    "registrations": _l("registrations that are over"),
    "addresses": _l("network addresses in the activity"),
    "attempts": _l("counted sign-in attempts"),
}


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(commands)


@commands.command("purge")
def purge_old() -> None:
    """Forget old mail texts, links, sessions and addresses, as the settings say."""
    for what, count in purge(current_contacts.session).items():
        click.echo(f"{_FORGOTTEN[what]}: {format_decimal(count)}")
