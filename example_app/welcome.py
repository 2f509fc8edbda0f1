"""The first page of the admin: where everything is."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_appbuilder import IndexView, expose

from flask_contacts.state import current_contacts

from .demo_data import COMPANIES
from .demo_staff import OF_ROLES


class WelcomeView(IndexView):
    """``/``: open to all, so that a newcomer finds the sign-in."""

    @expose("/")
    def index(self) -> Any:
        """Links to the customers, the portal and the mailbox, and whom to sign in as."""
        self.update_redirect()
        return self.render_template(
            "example_app/welcome.html",
            customers_url=url_for(f"{current_contacts.customer_view.endpoint}.list"),
            portal_url=url_for("contacts_portal.dashboard"),
            mailbox_url=url_for("mailbox.inbox"),
            staff={name: user for name, (user, *_rest) in OF_ROLES.items()},
            guest=next(person for person in COMPANIES[0].people if person.password),
        )
