"""The demo's staff: an administrator, somebody who may see more than change, the CRM's roles."""

from __future__ import annotations

from typing import Any

from flask_contacts.services.staff.roles import (
    ADMIN,
    MANAGER,
    MARKETEER,
    ROLES,
    SALES,
    create_roles,
    profile_rights,
)

ROLE = "Support desk"

#: What Sam's role may do: a permission, and the views and menu entries that it is for.
SAM_MAY = {
    "menu_access": ("CRM", "contacts_customers", "Support", "Tickets", "Work", "Projects"),
    "can_list": (
        *("Contacts customers", "TicketView", "ProjectView", "TaskView", "ProjectFileView"),
    ),
    "can_show": (
        *("Contacts customers", "Customer contacts"),
        *("TicketView", "ProjectView", "TaskView"),
    ),
    "can_add": ("TicketView",),
    "can_write": ("TicketView",),
    "can_edit": ("TicketView",),
    "can_find": ("CustomerLookup",),
    "can_view_all": ("Contacts customers",),
}


#: Somebody for each role of ``flask contacts create-roles``: user name (and password), name.
OF_ROLES = {
    MARKETEER: ("marketeer", "Mia", "Ferro"),
    SALES: ("sales", "Sven", "Aalto"),
    MANAGER: ("manager", "Maud", "Brandt"),
    ADMIN: ("crmadmin", "Chidi", "Nwosu"),
}
_SELLERS = (SALES, MANAGER, ADMIN)
#: What the roles may do with leads and opportunities, beside linking contacts to them (S6).
SALES_RIGHTS = {
    "can_list": ROLES,
    "can_show": ROLES,
    "can_add": _SELLERS,
    "can_edit": _SELLERS,
    "can_convert": _SELLERS,
    "can_delete": (MANAGER, ADMIN),
}
_SALES_VIEWS = ("LeadView", "OpportunityView")
_SALES_MENU = ("Sales", "Leads", "Opportunities")


def add_staff(manager: Any) -> None:
    """Add the users where they are missing, each with its role (``manager``: FAB's)."""
    if manager.find_user(username="admin") is None:
        role = manager.find_role("Admin")
        manager.add_user("admin", "Ada", "Lindqvist", "ada@northwind.example", role, "admin")
    if manager.find_user(username="sam") is None:
        role = manager.add_role(ROLE)
        for permission, places in SAM_MAY.items():
            _give(manager, role, permission, places)
        for permission, place in profile_rights():  # every user's menu leads to the page
            _give(manager, role, permission, (place,))
        manager.add_user("sam", "Sam", "Adeyemi", "sam@northwind.example", role, "sam")
    missing = [one for one in ROLES if manager.find_user(username=OF_ROLES[one][0]) is None]
    if missing:
        create_roles()
    for name in missing:
        user, first, last = OF_ROLES[name]
        role = manager.find_role(name)
        for permission, roles in SALES_RIGHTS.items():
            if name in roles:
                _give(manager, role, permission, _SALES_VIEWS)
        _give(manager, role, "menu_access", _SALES_MENU)
        if name in _SELLERS:
            _give(manager, role, "can_find", ("CustomerLookup",))
        manager.add_user(user, first, last, f"{user}@northwind.example", role, user)


def _give(manager: Any, role: Any, permission: str, places: tuple[str, ...]) -> None:
    for place in places:
        right = manager.find_permission_view_menu(permission, place)
        if right is not None:
            manager.add_permission_role(role, right)
