"""``flask contacts create-roles``: the four roles for staff."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from ..errors import InvalidInput
from ..i18n import _, _n, _p
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
            click.echo("  + " + _("%(right)s on %(page)s", right=permission, page=view))
    missing = sorted({view for role in made for _right, view in role.missing})
    if missing:
        click.echo(
            _(
                "Left out, because this application has no such page: %(pages)s.",
                pages=", ".join(missing),
            )
        )


def _in_words(role: staff_roles.RoleMade) -> str:
    parts = [
        _p("role", "created") if role.is_new else _p("role", "is there already"),
        _n("%(num)d right added", "%(num)d rights added", len(role.given))
        if role.given
        else _("nothing to add"),
    ]
    if role.kept:
        parts.append(_n("%(num)d other kept", "%(num)d others kept", role.kept))
    return f"{role.name}: {', '.join(parts)}"
