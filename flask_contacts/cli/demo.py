"""``flask contacts demo``: sample data, to look at the package in an application."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from ..config import setting
from ..i18n import _, _n
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
            _(
                "This application has contacts. Sample data would stand among them, and is removed "
                "by hand. With --yes it is made all the same."
            )
        )
    filled = fill(session)
    _say(filled.customers, filled.contacts)
    if filled.sign_in is not None:
        address, password = filled.sign_in
        portal = f"{setting('BASE_URL') or ''}{setting('PORTAL_PREFIX')}/"
        click.echo(
            _(
                "Sign in at %(portal)s as %(address)s with the password %(password)s",
                portal=portal,
                address=address,
                password=password,
            )
        )
        click.echo(
            _("It is printed this once. All addresses end in .example; no mail was written.")
        )


def _say(customers: int, contacts: int) -> None:
    own = bound_customer()
    if own is None:
        click.echo(
            _made(customers, contacts) if contacts else _("There is nothing to do: all is there.")
        )
    elif contacts:
        click.echo(
            _n(
                "Made %(num)d contact for the first records of your %(model)s; no %(model)s was "
                "made.",
                "Made %(num)d contacts for the first records of your %(model)s; no %(model)s was "
                "made.",
                contacts,
                model=own.__name__,
            )
        )
    else:
        click.echo(
            _(
                "There is nothing to do. Your customers are %(model)s: the sample brings none, "
                "and gives contacts to the first of those that are there and have not got them.",
                model=own.__name__,
            )
        )


def _made(customers: int, contacts: int) -> str:
    text: str = _(
        "Made %(customers)s and %(contacts)s.",
        customers=_n("%(num)d customer", "%(num)d customers", customers),
        contacts=_n("%(num)d contact", "%(num)d contacts", contacts),
    )
    return text
