"""``flask contacts …``: tables and mail from the command line."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import Engine

from .mail.delivery import drain
from .models import Base, Contact
from .models.schema import TableMissing, create_tables, own_tables
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
    try:
        created = create_tables(current_contacts.session)
    except TableMissing as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(created)} tables created." if created else "All tables exist already.")


@commands.command("check-db")
def check_db() -> None:
    """Compare our tables with the database; ends with 1 where they differ."""
    with _needs_alembic():
        from .models import schema_compare, schema_upgrade  # noqa: PLC0415  an optional dependency
    _warn_of_other_metadata()
    with _engine().connect() as connection:
        found = schema_compare.compare(connection)
        mended = schema_upgrade.planned(connection)
    for one in found:
        click.echo(str(one))
    if not found:
        click.echo(f"All {len(own_tables())} tables are as they should be.")
        return
    if mended:
        click.echo("`flask contacts upgrade-db` mends this; so does a migration of yours.")
    else:
        click.echo("None of this is needed. `flask contacts upgrade-db --drop` removes it.")
    raise SystemExit(1)


@commands.command("upgrade-db")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--drop", is_flag=True, help="Drop columns, indexes and constraints we lost too.")
def upgrade_db(dry_run: bool, drop: bool) -> None:
    """Bring our tables to the present release, with their rows; touches no other table."""
    with _needs_alembic():
        from .models import schema_upgrade  # noqa: PLC0415  an optional dependency
    _warn_of_other_metadata()
    engine = _engine()
    if dry_run:
        with engine.connect() as connection:
            found = schema_upgrade.planned(connection, drop)
    else:
        try:
            found = schema_upgrade.upgrade(engine, drop)
        except schema_upgrade.CannotFill as error:
            raise click.ClickException(str(error)) from error
    for one in found:
        click.echo(str(one))
    if not found:
        click.echo("There is nothing to do.")
    else:
        click.echo("Nothing was changed." if dry_run else f"Mended: {len(found)}.")


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


def _engine() -> Engine:
    return current_contacts.session.get_bind(Contact)  # type: ignore[return-value]


@contextmanager
def _needs_alembic() -> Generator[None]:
    """Say in plain words where Alembic, which compares the tables, is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "alembic":
            raise
        raise click.ClickException(
            "Alembic is not installed. Install it with: pip install alembic"
        ) from error


def _warn_of_other_metadata() -> None:
    """A host's migrations compare the database with ``db``'s metadata: are we in there?"""
    db = current_app.extensions.get("sqlalchemy")
    known = getattr(db, "metadatas", {}).values()
    if db is not None and Base.metadata not in known:
        click.secho(
            "Your db has other metadata than the tables of flask_contacts: a migration that "
            "Alembic generates would drop them. Use SQLA(metadata=Model.metadata).",
            fg="yellow",
            err=True,
        )


def _warn_without_base_url() -> None:
    if not current_app.config.get("CONTACTS_BASE_URL"):
        click.secho(
            "CONTACTS_BASE_URL is not set: requests are refused outside debug, and no mail "
            "with a link can be written.",
            fg="yellow",
            err=True,
        )
