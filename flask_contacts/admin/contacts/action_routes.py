"""The addresses of what is done with contacts besides their form: logins, lists, comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...i18n import _l
from ...later import later
from ..contact_list.bulk_actions import BULK_ACTIONS, BulkAction
from ..fab import expose
from ..held_permissions import has_access
from ..marketing import add_page as marketing_add_page
from ..safe_view import SafeView

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from ..comments import pages as comment_pages
    from ..contact_list import generate_login_page
    from ..safe_view import Answer
else:
    comment_pages = later("admin.comments.pages")
    generate_login_page = later("admin.contact_list.generate_login_page")

_PK = "/<int(max=2147483647):pk>"
_COMMENT = _PK + "/<int(max=2147483647):comment_pk>"

BULK_ACTIONS += [
    BulkAction("ask_generate_logins", "generate_login", _l("Generate login"), "fa-key"),
    BulkAction(
        "ask_marketing_list", "add_to_marketing_list", _l("Add to marketing list"), "fa-bullhorn"
    ),
]


class ContactActionRoutes(SafeView):
    """A contact that is hidden from the staff member is 404 in all of them (BEHAVIOUR S7)."""

    ACTION_PERMISSIONS = {
        "generate_login": "generate_login",
        "generate_login_account": "generate_login",
        "ask_generate_logins": "generate_login",
        "generate_logins": "generate_login",
        "marketing_list": "add_to_marketing_list",
        "ask_marketing_list": "add_to_marketing_list",
        "comment": "comment",
        "edit_comment": "comment",
        "delete_comment": "comment",
        "people": "comment",
    }

    @expose("/generate-login" + _PK, methods=("GET", "POST"))
    @has_access
    def generate_login(self, pk: int) -> Answer:
        """Give a contact a login (BEHAVIOUR S4)."""
        return generate_login_page.one(self, pk)

    @expose("/generate-login" + _PK + "/account")
    @has_access
    def generate_login_account(self, pk: int) -> str:
        """Whose account the typed address is, while one types."""
        return generate_login_page.account(pk)

    @expose("/generate-logins")
    @has_access
    def ask_generate_logins(self) -> Answer:
        """Ask before many contacts get a login."""
        return generate_login_page.ask(self)

    @expose("/generate-logins", methods=("POST",))
    @has_access
    def generate_logins(self) -> Answer:
        """Give many contacts a login."""
        return generate_login_page.many(self)

    @expose("/marketing-list" + _PK, methods=("GET", "POST"))
    @has_access
    def marketing_list(self, pk: int) -> Answer:
        """Add a contact to a marketing list."""
        return marketing_add_page.one(self, pk)

    @expose("/marketing-list", methods=("GET", "POST"))
    @has_access
    def ask_marketing_list(self) -> Answer:
        """Add many contacts to a marketing list, after a page that asks."""
        return marketing_add_page.ask(self)

    @expose("/comment" + _PK, methods=("GET", "POST"))
    @has_access
    def comment(self, pk: int) -> Answer:
        """Write a comment on a contact (BEHAVIOUR S5)."""
        return comment_pages.write(self, pk)

    @expose("/comment" + _COMMENT, methods=("GET", "POST"))
    @has_access
    def edit_comment(self, pk: int, comment_pk: int) -> Answer:
        """Change an own comment."""
        return comment_pages.edit(self, pk, comment_pk)

    @expose("/comment" + _COMMENT + "/delete", methods=("GET", "POST"))
    @has_access
    def delete_comment(self, pk: int, comment_pk: int) -> Answer:
        """Delete a comment, after a page that asks."""
        return comment_pages.delete(self, pk, comment_pk)

    @expose("/people")
    @has_access
    def people(self) -> Response:
        """Staff users to mention, while one types."""
        return comment_pages.people()
