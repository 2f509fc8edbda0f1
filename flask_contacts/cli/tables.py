"""``flask contacts init-db``, ``check-db``, ``upgrade-db``: our tables."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Engine

from ..models import Base, Contact
from ..models.schema import TableMissing, ViewInTheWay, create_tables, own_tables
from ..services.agent import search_index
from ..state import current_contacts
from .mail import warn_without_base_url


@click.command("init-db")
@with_appcontext
def init_db() -> None:
    """Create the tables of flask_contacts that do not exist yet; touches no other."""
    warn_without_base_url()
    try:
        created = create_tables(current_contacts.session)
    except (TableMissing, ViewInTheWay) as error:
        raise click.ClickException(str(error)) from error
    if created:
        click.echo(f"{len(created)} tables created.")
    else:
        click.echo(f"All {len(own_tables())} tables of flask_contacts are there.")


@click.command("check-db")
@with_appcontext
def check_db() -> None:
    """Compare our tables with the database; ends with 1 where something is needed."""
    with _needs_alembic():
        from ..models import schema_compare, schema_upgrade  # noqa: PLC0415  an optional dependency
    _warn_of_other_metadata()
    with _engine().connect() as connection:
        found = schema_compare.compare(connection)
        needed = schema_upgrade.planned(connection)
    for one in needed:
        click.echo(str(one))
    if needed:
        click.echo("`flask contacts upgrade-db` mends this; so does a migration of yours.")
    else:
        click.echo(f"All {len(own_tables())} tables are as they should be.")
    if search_index.is_there(current_contacts.session):
        click.echo("The search index is there.")
    surplus = [one for one in found if one.is_surplus]
    if surplus:
        click.echo("Not used any more; `flask contacts upgrade-db --drop` removes it:")
    for one in surplus:
        click.echo(str(one))
    if needed:
        raise SystemExit(1)


@click.command("upgrade-db")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option(
    "--drop",
    is_flag=True,
    help="Also drop the columns, indexes and constraints that this release does not use any more.",
)
@with_appcontext
def upgrade_db(dry_run: bool, drop: bool) -> None:
    """Bring our tables to the present release, with their rows; touches no other table."""
    with _needs_alembic():
        from ..models import schema_upgrade  # noqa: PLC0415  an optional dependency
    _warn_of_other_metadata()
    engine = _engine()
    if dry_run:
        with engine.connect() as connection:
            found = schema_upgrade.planned(connection, drop)
    else:
        try:
            found = schema_upgrade.upgrade(engine, drop)
        except (schema_upgrade.CannotFill, schema_upgrade.CannotMend, ViewInTheWay) as error:
            raise click.ClickException(str(error)) from error
    for one in found:
        click.echo(str(one))
    if not found:
        click.echo("There is nothing to do.")
    else:
        click.echo("Nothing was changed." if dry_run else f"Mended: {len(found)}.")


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
