"""``flask contacts create-roles``: the four roles for staff."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from ..errors import InvalidInput
from ..services.staff import roles as staff_roles


@click.command("create-roles")
@click.option(
    "--limited",
    multiple=True,
    metavar="ROLE",
    help="This role sees only the customers that its holder looks after. May be repeated.",
)
@with_appcontext
def create_roles(limited: tuple[str, ...]) -> None:
    """Make crm_marketeer, crm_admin, crm_sales and crm_manager; takes no right away."""
    try:
        made = staff_roles.create_roles(limited)
    except InvalidInput as error:
        raise click.UsageError(str(error.errors["limited"][0])) from error
    for role in made:
        click.echo(_in_words(role))
        for permission, view in role.given:
            click.echo(f"  + {permission} on {view}")
    missing = sorted({view for role in made for _permission, view in role.missing})
    if missing:
        click.echo(f"Left out, because this application has no such page: {', '.join(missing)}.")


def _in_words(role: staff_roles.RoleMade) -> str:
    made = "created" if role.is_new else "is there already"
    given = f"{len(role.given)} rights added" if role.given else "nothing to add"
    kept = f", {role.kept} others kept" if role.kept else ""
    return f"{role.name}: {made}, {given}{kept}"
