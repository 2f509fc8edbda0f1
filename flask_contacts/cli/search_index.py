"""``flask contacts create-search-index``: words found inside of names and addresses."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import format_decimal
from sqlalchemy import Engine

from ..i18n import _, _n
from ..models import Contact
from ..models.search_fill import fill_search_keys
from ..services.agent import search_index_making as making
from ..state import current_contacts


@click.command("create-search-index")
@click.option("--drop", is_flag=True, help="Remove it instead.")
@click.option("--refill", is_flag=True, help="First fold all names anew, as after a raw import.")
@with_appcontext
def create_search_index(drop: bool, refill: bool) -> None:
    """Let the search find words inside of names, addresses and numbers; optional.

    Without it the search finds words where names, addresses and companies begin with them.
    """
    engine: Engine = current_contacts.session.get_bind(Contact)  # type: ignore[assignment]
    try:
        if refill:
            making.drop_search_index(engine)  # one that lacks rows would refuse their change
            with engine.begin() as connection:
                rows = fill_search_keys(connection)
            count = format_decimal(rows)
            click.echo(_n("Folded: %(count)s row.", "Folded: %(count)s rows.", rows, count=count))
        if drop:
            making.drop_search_index(engine)
        else:
            making.create_search_index(engine)
    except making.CannotIndex as error:
        raise click.ClickException(str(error)) from error
    click.echo(_("The search index is gone.") if drop else _("The search index is there."))
