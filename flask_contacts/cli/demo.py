"""``flask contacts demo``: sample data, to look at the package in an application."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from ..config import setting
from ..models.binding import bound_customer
from ..services.demo import fill, has_contacts
from ..state import current_contacts


@click.command("demo")
@click.option("--yes", is_flag=True, help="Also where there are contacts already.")
@with_appcontext
def demo(yes: bool) -> None:
    """Make sample customers and contacts; mails nobody.

    With customers of your own, the first of them get contacts, and none is made. A second run
    makes what is missing.
    """
    session = current_contacts.session
    if has_contacts(session) and not yes:
        raise click.ClickException(
            "This application has contacts. Sample data would stand among them, and is removed "
            "by hand. With --yes it is made all the same."
        )
    filled = fill(session)
    _say(filled.customers, filled.contacts)
    if filled.sign_in is not None:
        address, password = filled.sign_in
        portal = f"{setting('BASE_URL') or ''}{setting('PORTAL_PREFIX')}/"
        click.echo(f"Sign in at {portal} as {address} with the password {password}")
        click.echo("It is printed this once. All addresses end in .example; no mail was written.")


def _say(customers: int, contacts: int) -> None:
    own = bound_customer()
    if own is None:
        made = f"Made {customers} customers and {contacts} contacts."
        click.echo(made if contacts else "There is nothing to do: all is there.")
    elif contacts:
        click.echo(
            f"Made {contacts} contacts for the first records of your {own.__name__}; "
            f"no {own.__name__} was made."
        )
    else:
        click.echo(
            f"There is nothing to do. Your customers are {own.__name__}: the sample brings none, "
            "and gives contacts to the first of those that are there and have not got them."
        )
