"""Who loses a manager when a contact leaves, said before it happens (BEHAVIOUR S2)."""

from __future__ import annotations

from ...i18n import _, _n
from ...models import Contact
from ...services.contacts.reporting_lines import team_of
from ...state import current_contacts

_MANY = 1_000  # the service counts up to here


def loses_manager(contact: Contact) -> str:
    """A sentence that names some of those who have this contact as manager; else empty."""
    team = team_of(current_contacts.session, contact)
    words = {"names": ", ".join(team.names), "manager": contact.name}
    if not team.count:
        return ""
    if team.count == len(team.names):
        return str(
            _n(
                "%(names)s has %(manager)s as manager, and will have none.",
                "%(names)s have %(manager)s as manager, and will have none.",
                team.count,
                **words,
            )
        )
    if team.count >= _MANY:
        return str(
            _("%(names)s and many more have %(manager)s as manager, and will have none.", **words)
        )
    more = team.count - len(team.names)
    return str(
        _(
            "%(names)s and %(more)s more have %(manager)s as manager, and will have none.",
            more=more,
            **words,
        )
    )


def leaves_manager(contact: Contact) -> str:
    """A sentence on the manager whom a contact does not take along; empty without one."""
    if contact.manager is None:
        return ""
    names = {"name": contact.name, "manager": contact.manager.name}
    return str(_("%(manager)s stays here, so %(name)s will have no manager.", **names))
