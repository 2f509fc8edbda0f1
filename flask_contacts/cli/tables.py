"""``flask contacts init-db``, ``check-db``, ``upgrade-db``: our tables."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Engine

from ..i18n import _, _n
from ..models import Base, Contact
from ..models.schema import TableMissing, ViewInTheWay, create_tables, own_tables
from ..models.schema_refusals import CannotFill, CannotMend
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
        click.echo(_n("%(num)d table created.", "%(num)d tables created.", len(created)))
    else:
        count = len(own_tables())
        click.echo(_("All %(count)d tables of flask_contacts are there.", count=count))


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
        click.echo(_("`flask contacts upgrade-db` mends this; so does a migration of yours."))
    else:
        click.echo(_("All %(count)d tables are as they should be.", count=len(own_tables())))
    if search_index.is_there(current_contacts.session):
        click.echo(_("The search index is there."))
    surplus = [one for one in found if one.is_surplus]
    if surplus:
        click.echo(_("Not used any more; `flask contacts upgrade-db --drop` removes it:"))
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
        except (CannotFill, CannotMend, ViewInTheWay) as error:
            raise click.ClickException(str(error)) from error
    for one in found:
        click.echo(str(one))
    if not found:
        click.echo(_("There is nothing to do."))
    else:
        mended = _("Mended: %(count)d.", count=len(found))
        click.echo(_("Nothing was changed.") if dry_run else mended)


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
        text = _("Alembic is not installed. Install it with: pip install 'flask-contacts[upgrade]'")
        raise click.ClickException(text) from error


def _warn_of_other_metadata() -> None:
    """A host's migrations compare the database with ``db``'s metadata: are we in there?"""
    db = current_app.extensions.get("sqlalchemy")
    known = getattr(db, "metadatas", {}).values()
    if db is not None and Base.metadata not in known:
        click.secho(
            _(
                "Your db has other metadata than the tables of flask_contacts: a migration that "
                "Alembic generates would drop them. Use SQLA(metadata=Model.metadata)."
            ),
            fg="yellow",
            err=True,
        )
