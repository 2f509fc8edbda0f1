"""The demo's staff: an administrator, and somebody who may see more than change."""

from __future__ import annotations

from typing import Any

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


def add_staff(manager: Any) -> None:
    """Add the users ``admin`` and ``sam`` where they are missing (``manager``: FAB's)."""
    if manager.find_user(username="admin") is None:
        role = manager.find_role("Admin")
        manager.add_user("admin", "Ada", "Lindqvist", "ada@northwind.example", role, "admin")
    if manager.find_user(username="sam") is None:
        role = manager.add_role(ROLE)
        for permission, places in SAM_MAY.items():
            for place in places:
                right = manager.find_permission_view_menu(permission, place)
                if right is not None:
                    manager.add_permission_role(role, right)
        manager.add_user("sam", "Sam", "Adeyemi", "sam@northwind.example", role, "sam")
