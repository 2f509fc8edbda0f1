"""What staff may do with contacts: one name for the list of all and for a customer's tab.

Flask-AppBuilder takes every permission off a name that the last view registered under it does
not list, so the views that share the name share the list too.
"""

from __future__ import annotations

#: The name that the permissions stand under.
CONTACTS = "Customer contacts"
#: All of them, for the ``base_permissions`` of each view of that name.
PERMISSIONS = (
    "can_list",
    "can_show",
    "can_add",
    "can_edit",
    "can_delete",
    "can_export",
    "can_comment",
    "can_generate_login",
    "can_add_to_marketing_list",
    "can_link",
    "can_merge",
    "can_bulk",
    "can_view_as",
    "can_reset_two_factor",
)
