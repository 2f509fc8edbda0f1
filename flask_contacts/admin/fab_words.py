"""Words of Flask-AppBuilder's own pages that its catalogs lack in a language of ours.

Its catalog goes before ours, so that a word falls through to ours only where its own has
none. Nobody reads these lists: they stand here for ``make translations`` to find, and a test
says when one can go, or when another is wanted.
"""

from __future__ import annotations

from ..i18n import _l

LISTS_AND_FORMS = (
    _l("Add"),
    _l("Are you sure you want to delete this item?"),
    _l("Contains (insensitive)"),
    _l("Database Error"),
    _l("Delete"),
    _l("Detail"),
    _l("Edit"),
    _l("In"),
    _l("Not In"),
    _l("Select Value"),
    _l("Show"),
    _l("Start with"),
    _l("User confirmation needed"),
)

SECURITY = (
    _l("Add Group"),
    _l("Edit Group"),
    _l("Edit User Information"),
    _l("Either select a role or a group"),
    _l("Groups"),
    _l("List Groups"),
    _l(
        "Must have at least two capital letters, one special character, two digits,"
        " three lower case letters and a minimal length of 10."
    ),
    _l("Show Group"),
    _l("The user's password for authentication"),
    _l("User Registrations"),
    _l("User information changed"),
    _l("User(s) exists in the group, cannot delete"),
    _l("User(s) exists in the role, cannot delete"),
)
