"""``flask studio newsletter``: mail to a marketing list, with the link that leaves it.

The key of a sending is its month: said twice in a month, nobody is written to twice.
"""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.errors import InvalidInput
from flask_contacts.models import Contact
from flask_contacts.services.marketing.lists import create_list, list_of_name
from flask_contacts.services.marketing.mail import send_to_marketing_list
from flask_contacts.services.marketing.members import add_members

from . import formatting
from .clock import now
from .database import db

NAME = "Studio news"
#: The demo's readers.
READERS = (
    *("olivia.hart@aurora-bakery.example", "zoe@aurora-bakery.example"),
    *("conceicao@padaria-sao-joao.example", "ishaan@paper-lantern.example"),
)


def write_list(session: Session) -> None:
    """Make the demo's list with its readers, who are contacts already."""
    raw = {"name": NAME, "description": "What is new at the studio, once a month."}
    made = create_list(session, raw)
    readers = select(Contact.id).where(Contact.email.in_(READERS))
    add_members(session, made.id, list(session.scalars(readers)))


@click.command("newsletter")
@click.option("--list", "name", default=NAME, show_default=True, help="The marketing list.")
@with_appcontext
def send(name: str) -> None:
    """Mail this month's newsletter to everybody on a marketing list; then end."""
    today = now().date()
    try:
        found = list_of_name(db.session, name)
        month = LazyString(formatting.month, today, full=True)
        key = f"newsletter-{today:%Y-%m}"
        count = send_to_marketing_list(
            db.session, found.id, "newsletter", {"month": month}, key=key
        )
    except InvalidInput as error:
        words = " ".join(str(text) for texts in error.errors.values() for text in texts)
        raise click.ClickException(words) from error
    click.echo(f"Mails to {found.name}: {count}")
