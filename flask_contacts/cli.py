"""``flask contacts …``: tables and mail from the command line."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from .mail.delivery import drain
from .models.schema import create_tables
from .services.retention import purge
from .state import current_contacts

commands = AppGroup("contacts", help="Customer contacts and the portal.")


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(commands)


@commands.command("init-db")
def init_db() -> None:
    """Create the tables of flask_contacts that do not exist yet; touches no other."""
    _warn_without_base_url()
    created = create_tables(current_contacts.session)
    click.echo(f"{len(created)} tables created." if created else "All tables exist already.")


@commands.command("mail-drain")
@click.option("--limit", type=click.IntRange(1), default=None, help="Stop after this many mails.")
def mail_drain(limit: int | None) -> None:
    """Deliver the mail that is due, then end."""
    _warn_without_base_url()
    outcomes: dict[str, int] = {}

    def progress(outcome: str) -> None:
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    drain(current_contacts.session, progress, limit)
    text = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    click.echo(text or "No mail is due.")


@commands.command("purge")
def purge_old() -> None:
    """Forget old mail bodies, links, sessions and addresses, as the settings say."""
    for what, count in purge(current_contacts.session).items():
        click.echo(f"{what}: {count}")


def _warn_without_base_url() -> None:
    if not current_app.config.get("CONTACTS_BASE_URL"):
        click.secho(
            "CONTACTS_BASE_URL is not set: requests are refused outside debug, and no mail "
            "with a link can be written.",
            fg="yellow",
            err=True,
        )
