"""``flask contacts …``: the command line.

It speaks the language of ``BABEL_DEFAULT_LOCALE``. What stays English: the names of commands and
options, ``--help`` (click asks for it at import) and what a program reads.
"""

from __future__ import annotations

from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

#: The commands, and the function that each is.
_COMMANDS = {
    "check-db": "tables.check_db",
    "create-roles": "roles.create_roles",
    "create-search-index": "search_index.create_search_index",
    "demo": "demo.demo",
    "doctor": "doctor.doctor",
    "export": "contact_files.export_contacts",
    "import": "contact_files.import_contacts",
    "init-db": "tables.init_db",
    "mail-drain": "mail.mail_drain",
    "mail-status": "mail.mail_status",
    "purge": "purge.purge",
    "renew-secrets": "two_factor.renew_secrets",
    "upgrade-db": "tables.upgrade_db",
}


class _Commands(AppGroup):
    """Loads a command when it is asked for, as click's documentation shows it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in their order, with those that a host has added."""
        return sorted({*_COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _dot, function = _COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f".{module}", __package__), function)
        return command


commands = _Commands("contacts", help="Customer contacts and the portal.")


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(commands)
