"""Flask-AppBuilder's permissions of our pages, and who of staff holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import format_decimal
from sqlalchemy import select

from ...i18n import _, _l, _n
from ...state import current_contacts
from ..staff import roles as staff_roles
from .problems import ERROR, NOTE, WARNING, Finding, problem, some

NO_PERMISSIONS = problem(
    "FC401",
    ERROR,
    _l("Permissions of our pages are missing"),
    _l("Nobody but administrators can open those pages, and no role can be given them."),
    _l(
        "Start the application once with Flask-AppBuilder's `FAB_UPDATE_PERMS` on (its default), "
        "or run `flask fab create-permissions`."
    ),
)
OPEN_TO_ALL = problem(
    "FC402",
    ERROR,
    _l("Who has not signed in may open our pages"),
    _l("The public role holds rights on contacts: anybody on the network reads them."),
    _l("Take them from the role that `AUTH_ROLE_PUBLIC` names: Security → List Roles."),
)
NO_STAFF = problem(
    "FC403",
    WARNING,
    _l("There is no staff user"),
    _l("Nobody can open the admin."),
    _l("Run `flask fab create-admin`, or let your sign-in create users."),
)
ROLES_LACK = problem(
    "FC404",
    NOTE,
    _l("Roles of create-roles lack rights"),
    _l(
        "Pages of a newer release, or rights that somebody took away: their holders do not see "
        "those."
    ),
    _l("Run `flask contacts create-roles`. It gives all rights of docs/reference/roles.md back."),
)
ONLY_ADMINS = problem(
    "FC405",
    NOTE,
    _l("Only administrators may open the contacts"),
    _l("No other role has the right to list them."),
    _l(
        "Run `flask contacts create-roles`, or give a role of yours `can_list` on Customer "
        "contacts."
    ),
)

ADMINS_LACK = problem(
    "FC406",
    ERROR,
    _l("Administrators lack rights on our pages"),
    _l(
        "The role that `AUTH_ROLE_ADMIN` names is missing, or was made after the pages. With "
        "`FAB_CREATE_DB` off Flask-AppBuilder makes no roles either."
    ),
    _l(
        "Start the application once with `FAB_CREATE_DB` on: where its tables are it makes none, "
        "and gives the role all rights."
    ),
)


def check_permissions() -> Iterator[Finding]:
    """Whether each page of ours has its permissions in the database."""
    known = set(_rights())
    missing = sorted(set(_wanted()) - known)
    if missing:
        names = [_("%(right)s on %(page)s", right=right, page=page) for right, page in missing]
        yield NO_PERMISSIONS.found(some(names))


def check_roles() -> Iterator[Finding]:
    """Who holds them."""
    manager = current_contacts.appbuilder.sm
    ours = {page for _right, page in _wanted()}
    public = manager.find_role(manager.auth_role_public)
    opened = sorted({page for _right, page in _held(public) if page in ours})
    if opened:
        yield OPEN_TO_ALL.found(f"{manager.auth_role_public}: {', '.join(opened)}")
    if current_contacts.session.scalar(select(manager.user_model.id).limit(1)) is None:
        yield NO_STAFF.found()
    yield from _seed_roles(manager)
    if manager.auth_role_admin not in manager.builtin_roles:
        lacking = set(_wanted()) - _held(manager.find_role(manager.auth_role_admin))
        if lacking:
            number = len(lacking)
            said = _n("%(count)s right", "%(count)s rights", number, count=format_decimal(number))
            yield ADMINS_LACK.found(said)
    listing = ("can_list", "Customer contacts")
    others = [role for role in manager.get_all_roles() if role.name != manager.auth_role_admin]
    if not any(listing in _held(role) for role in others):
        yield ONLY_ADMINS.found()


def _seed_roles(manager: Any) -> Iterator[Finding]:
    known, lacking = set(_rights()), []
    for name in staff_roles.ROLES:
        role = manager.find_role(name)
        if role is not None:
            wanted = set(staff_roles.rights_of(name, limited=True)) & known
            count = len(wanted - _held(role))
            lacking += [f"{name}: {count}"] if count else []
    if lacking:
        yield ROLES_LACK.found(", ".join(lacking))


def _wanted() -> Iterator[tuple[str, str]]:
    """Every right of our pages, by the names that it stands under."""
    for view in current_contacts.appbuilder.baseviews:
        if type(view).__module__.startswith("flask_contacts."):
            for right in view.base_permissions or ():
                yield right, view.class_permission_name


def _rights() -> Iterator[tuple[str, str]]:
    manager = current_contacts.appbuilder.sm
    pair, right, page = (
        manager.permissionview_model,
        manager.permission_model,
        manager.viewmenu_model,
    )
    query = select(right.name, page.name).select_from(pair)
    query = query.join(right, pair.permission_id == right.id).join(
        page, pair.view_menu_id == page.id
    )
    for row in current_contacts.session.execute(query):
        yield row[0], row[1]


def _held(role: Any) -> set[tuple[str, str]]:
    if role is None:
        return set()
    return {(one.permission.name, one.view_menu.name) for one in role.permissions}
