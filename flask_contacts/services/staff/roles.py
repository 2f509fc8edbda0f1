"""The four roles of seed 002 for staff (BEHAVIOUR S3), and what each may do.

``flask contacts create-roles`` gives them to Flask-AppBuilder's security manager. It adds and
never takes away: a right that somebody gave a role by hand stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import InvalidInput
from ...i18n import _l
from ...state import current_contacts

MARKETEER, ADMIN, SALES, MANAGER = "crm_marketeer", "crm_admin", "crm_sales", "crm_manager"
ROLES = (MARKETEER, ADMIN, SALES, MANAGER)
_SELLING = (SALES, MANAGER)
_LEADING = (ADMIN, MANAGER)
_ALL_BUT_MARKETEER = (ADMIN, SALES, MANAGER)

#: The name that the bundled customers' permissions stand under; ``can_view_all`` also for a
#: host's own customers.
CUSTOMERS = "Contacts customers"
VIEW_ALL = "can_view_all"

#: Who holds which permission, by the name that it stands under. Seed 002 decides the first five
#: lines; the rest is the least that the work of each role needs.
RIGHTS: Mapping[str, Mapping[str, Collection[str]]] = {
    "Customer contacts": {
        "can_list": ROLES,
        "can_show": ROLES,
        "can_add": ROLES,
        "can_comment": ROLES,
        "can_add_to_marketing_list": _SELLING,
        "can_edit": ROLES,
        "can_generate_login": ROLES,
        "can_link": ROLES,
        "can_export": (MARKETEER, ADMIN, MANAGER),
        "can_bulk": _LEADING,
        "can_merge": _LEADING,
        "can_delete": _LEADING,
        "can_view_as": _LEADING,
        "can_reset_two_factor": (ADMIN,),
    },
    CUSTOMERS: {
        "can_list": ROLES,
        "can_show": ROLES,
        "can_add": _ALL_BUT_MARKETEER,
        "can_edit": _ALL_BUT_MARKETEER,
        "can_delete": (ADMIN,),
        VIEW_ALL: ROLES,
    },
    "Customer notes": {"can_show": ROLES, "can_add": ROLES, "can_delete": _LEADING},
    "Customer admins": {"can_show": ROLES, "can_edit": _LEADING},
    "Marketing lists": {
        "can_list": ROLES,
        "can_show": ROLES,
        "can_add": (MARKETEER, ADMIN, MANAGER),
        "can_edit": (MARKETEER, ADMIN, MANAGER),
        "can_remove_member": _SELLING,
    },
    "Duplicates": {"can_list": _LEADING, "can_dismiss": _LEADING},
    "Data quality": {"can_list": ROLES},
    "Contacts import": {"can_import": _LEADING},
    "Contacts invitations": {"can_show": ROLES, "can_send": _ALL_BUT_MARKETEER},
    "Contacts registrations": {"can_show": _LEADING, "can_edit": _LEADING},
    "Contacts silent topics": {"can_show": _LEADING},
    "Contacts outgoing mail": {"can_show": (ADMIN,), "can_edit": (ADMIN,)},
    "Contacts email templates": {"can_show": (ADMIN,), "can_edit": (ADMIN,)},
    "Contacts settings": {"can_show": (ADMIN,), "can_edit": (ADMIN,)},
}
#: The entries of the menu, with the page that each opens. Who may open one sees it.
CRM_MENU = {
    "contacts_all": ("Customer contacts", "can_list"),
    "contacts_customers": (CUSTOMERS, "can_list"),
    "contacts_marketing_lists": ("Marketing lists", "can_list"),
    "contacts_duplicates": ("Duplicates", "can_list"),
    "contacts_data_quality": ("Data quality", "can_list"),
    "contacts_import": ("Contacts import", "can_import"),
    "contacts_invitations": ("Contacts invitations", "can_show"),
    "contacts_registrations": ("Contacts registrations", "can_show"),
}
SETUP_MENU = {
    "contacts_settings": ("Contacts settings", "can_show"),
    "contacts_email_templates": ("Contacts email templates", "can_show"),
    "contacts_silent_topics": ("Contacts silent topics", "can_show"),
    "contacts_outgoing_mail": ("Contacts outgoing mail", "can_show"),
}
_MENU = "menu_access"
#: The buttons of a user's own page, with the forms that they open.
_PROFILE_FORMS = {"resetmypassword": "resetmypasswordview", "userinfoedit": "userinfoeditview"}
_FORM = ("can_this_form_get", "can_this_form_post")
Right = tuple[str, str]


class RoleMade(NamedTuple):
    """What became of one role: ``given`` now, ``kept`` beyond ours, ``missing`` here."""

    name: str
    is_new: bool
    given: Sequence[Right]
    kept: int
    missing: Sequence[Right]


def rights_of(role: str, *, limited: bool = False) -> list[Right]:
    """Every permission of a role, as pairs of permission and name, menus included.

    A ``limited`` one sees only the customers that its holder looks after (S7).
    """
    rights = [
        (permission, view)
        for view, permissions in RIGHTS.items()
        for permission, roles in permissions.items()
        if role in roles and not (limited and permission == VIEW_ALL)
    ]
    rights += _of_own_customers()
    rights += profile_rights()
    contacts = current_contacts
    for menu, category in (
        (CRM_MENU, contacts.crm_category),
        (SETUP_MENU, contacts.setup_category),
    ):
        entries = [name for name, (view, right) in menu.items() if (right, view) in rights]
        rights += [(_MENU, name) for name in (*([category] if entries else []), *entries)]
    return list(dict.fromkeys(rights))


def create_roles(limited: Collection[str] = ()) -> list[RoleMade]:
    """Make the four roles and give them what they lack. Twice is no error.

    ``limited`` names those who are to see only the customers that they look after; who sees
    every customer already, keeps it. Raises :class:`InvalidInput` at ``limited`` for another
    name. Permissions of pages that this application does not have are left out.
    """
    unknown = set(limited) - set(ROLES)
    if unknown:
        text = _l("There is no role %(name)s here.", name=", ".join(sorted(unknown)))
        raise InvalidInput({"limited": [text]})
    return [_create(name, rights_of(name, limited=name in limited)) for name in ROLES]


def _create(name: str, rights: Sequence[Right]) -> RoleMade:
    manager = current_contacts.appbuilder.sm
    role = manager.find_role(name)
    is_new = role is None
    if role is None:
        role = manager.add_role(name)
    held = {_pair(one) for one in role.permissions}
    given, missing = [], []
    for right in rights:
        if right in held:
            continue
        found = manager.find_permission_view_menu(*right)
        if found is None:
            missing.append(right)
            continue
        manager.add_permission_role(role, found)
        given.append(right)
    return RoleMade(name, is_new, given, len(held - set(rights)), missing)


def _of_own_customers() -> list[Right]:
    """A host's own view of its customers is listed and read by all, and stands in their menu;
    more is the host's to give."""
    name = current_contacts.customer_view.class_permission_name
    if name == CUSTOMERS:
        return []
    entries = [(_MENU, entry) for entry in _entries_of_own_customers()]
    return [("can_list", name), ("can_show", name), *entries]


def _entries_of_own_customers() -> Iterator[str]:
    """The names of the menu's entries that open the host's view, and of their sections."""
    contacts = current_contacts
    menu = contacts.appbuilder.menu
    for top in menu.get_list() if menu is not None else ():
        found = [one.name for one in (top, *top.childs) if one.baseview is contacts.customer_view]
        yield from (top.name, *found) if found else ()


def profile_rights() -> list[Right]:
    """The page behind Flask-AppBuilder's menu entry Profile, and its buttons: one's own name and
    password, which are nobody else's. Where passwords are kept elsewhere, the page alone."""
    manager = current_contacts.appbuilder.sm
    page = manager.user_view
    if page is None:
        return []
    name = page.class_permission_name
    rights = [("can_userinfo", name)]
    for action, form in _PROFILE_FORMS.items():
        shown = getattr(manager, form)
        own = [(action, name), *((right, shown.__name__) for right in _FORM)]
        rights += [one for one in own if manager.find_permission_view_menu(*one) is not None]
    return rights


def _pair(permission_view: Any) -> Right:
    return permission_view.permission.name, permission_view.view_menu.name
