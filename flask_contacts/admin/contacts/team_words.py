"""What a contact's manager is called, and who loses one when a contact leaves, said before it
happens (BEHAVIOUR S2). Who is out of sight is not named (S7)."""

from __future__ import annotations

from ...i18n import _, _l, _n
from ...models import Contact
from ...services.contacts.reporting_lines import team_of
from ...state import current_contacts
from ..contact_visibility import sees_colleague, visible

#: What stands in place of the name of a manager who is out of sight.
HIDDEN = _l("A contact that you do not see")
_MANY = 1_000  # the service counts up to here


def name_of_manager(contact: Contact) -> str | None:
    """What a contact's manager is called for who looks on, or None without one."""
    manager = contact.manager
    if manager is None:
        return None
    return manager.name if sees_colleague(contact, manager) else str(HIDDEN)


def loses_manager(contact: Contact) -> str:
    """A sentence that names some of those who have this contact as manager; else empty."""
    seen = visible() if contact.customer_id is None else None
    team = team_of(current_contacts.session, contact, seen)
    words = {"names": ", ".join(team.names), "manager": contact.name}
    if not team.count:
        return ""
    if not team.names:
        return str(
            _n(
                "%(num)d contact has %(manager)s as manager, and will have none.",
                "%(num)d contacts have %(manager)s as manager, and will have none.",
                team.count,
                manager=contact.name,
            )
        )
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
    manager = name_of_manager(contact)
    if manager is None:
        return ""
    names = {"name": contact.name, "manager": manager}
    return str(_("%(manager)s stays here, so %(name)s will have no manager.", **names))
