"""``flask contacts purge``: forget what is old."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel import format_decimal

from ..i18n import _l
from ..services import retention
from ..state import current_contacts

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


@click.command("purge")
@with_appcontext
def purge() -> None:
    """Forget old mail texts, links, sessions and addresses, as the settings say."""
    for what, count in retention.purge(current_contacts.session).items():
        click.echo(f"{_FORGOTTEN[what]}: {format_decimal(count)}")
