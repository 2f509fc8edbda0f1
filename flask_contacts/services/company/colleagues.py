"""What a primary contact does with its colleagues in the portal (BEHAVIOUR P5).

Invite, give and take permissions, deactivate, reactivate, invite again: never beyond the
own permissions, never an address or a password, never who is primary, never itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import signals
from ...email_address import canonical_email
from ...errors import InvalidInput
from ...i18n import _l, available_languages
from ...models import Activity, Contact, ContactPermission, Login
from ...state import current_contacts
from .. import limits
from ..contacts import activity, login as contact_login, primary
from ..contacts.editing import create_contact
from ..contacts.saved import Saved, finish
from ..contacts.states import deactivate_contact, reactivate_contact
from ..field_checks import links_in_names
from ..invitations.refusals import refusal_of
from ..invitations.states import invite_states
from ..mailing import silent_topics
from .rights import Asker, require_manager, require_over

#: What is typed of a colleague who is invited.
FIELDS = ("firstname", "lastname", "position", "email", "phone", "permissions")

#: The states in which an invitation can be sent again.
NOT_COME = ("never_invited", "waiting", "sent", "failed", "expired")
_REFUSALS = {
    "inactive": _l("Who is deactivated gets no invitation. Reactivate them first."),
    "no_login": _l("This colleague has no access to the portal, so no invitation is sent."),
    "no_email": _l("This colleague has no e-mail address, so no invitation is sent."),
    "recent": _l("An invitation was sent less than 5 minutes ago, so no other is sent."),
    "came": _l("This colleague has been here already, so no invitation is sent."),
}


def invite_colleague(
    session: Session, asker: Asker, raw: Mapping[str, object], language: str | None = None
) -> Saved:
    """Create a colleague and mail the link to set a password; nobody types one (C9).

    ``raw`` holds all :data:`FIELDS`; topics follow from the permissions (C5). Who is known
    elsewhere joins the own login, is only mailed that a company was added, and the asker is
    told nothing of it (C6). ``language`` is that of a stranger's mail: who is known is written
    to in the own one. Raises :class:`InvalidInput` with the problems at their fields,
    :class:`NotPermitted` and :class:`TooManyAttempts`.
    """
    if set(raw) != set(FIELDS):
        raise InvalidInput({"": [_l("This form is not complete. Open the page again.")]})
    links_typed = links_in_names(raw, ("firstname", "lastname", "position"))
    if links_typed:
        raise InvalidInput(links_typed)
    permissions = _names(raw["permissions"])
    values = {
        **raw,
        "permissions": sorted(permissions),
        "topics": sorted(current_contacts.registry.topics_of(permissions)),
        "language": _language(session, raw["email"], language),
        "send_password_mail": True,
    }

    def permit() -> None:
        _refuse_beyond(require_manager(session, asker), permissions)
        limits.take_invitation_slots(session, asker.customer_id, str(raw["email"]))

    try:
        return create_contact(session, asker.customer_id, values, asker.actor, permit=permit)
    except InvalidInput as error:
        if "email" in error.errors and _has_address(session, asker, raw["email"]):
            text = _l("One of your colleagues has this address, maybe one who is deactivated.")
            raise InvalidInput({**error.errors, "email": [text]}) from error
        raise


def change_permissions(
    session: Session,
    asker: Asker,
    colleague_id: int,
    shown: Iterable[str],
    wanted: Iterable[str],
    *,
    silences: Collection[str] = (),
) -> Saved:
    """Give a colleague the permissions in ``wanted`` and not in ``shown``; take the others.

    ``shown`` are those that the page had ticked. What somebody else changed meanwhile stays
    changed, and so do permissions beyond the asker's own. Raises :class:`InvalidInput` at
    ``permissions`` where the asker does not hold one itself at this moment,
    :class:`SilencesTopics` (N6), :class:`NotPermitted` and :class:`NotFound`.
    """
    given, taken = _names(wanted) - _names(shown), _names(shown) - _names(wanted)

    def work() -> Saved:
        primary.lock(session, asker.customer_id)
        holder, colleague = require_over(session, asker, colleague_id)
        _refuse_beyond(holder, given | taken)
        before = colleague.permission_names
        with silent_topics.refuse_silence(session, asker.customer_id, asker.actor, silences):
            _write(colleague, (before - taken) | given)
        after = colleague.permission_names
        if after != before:
            changes = {"permissions": [sorted(before), sorted(after)]}
            activity.record(session, asker.actor, colleague, "edited", changes)
        return Saved(contact=colleague)

    return finish(session, work, signals.contact_changed)


def deactivate_colleague(
    session: Session, asker: Asker, colleague_id: int, *, silences: Collection[str] = ()
) -> Saved:
    """Switch a colleague off; its sessions end at the next request (P7).

    Raises :class:`SilencesTopics` (N6), :class:`NotPermitted` and :class:`NotFound`.
    """
    return deactivate_contact(
        session,
        asker.customer_id,
        colleague_id,
        actor=asker.actor,
        silences=silences,
        permit=lambda: require_over(session, asker, colleague_id),
    )


def reactivate_colleague(session: Session, asker: Asker, colleague_id: int) -> Saved:
    """Switch a colleague on again, with the permissions of before; errors as above.

    Raises :class:`InvalidInput` under ``""`` for whom staff deactivated, where the permissions
    go beyond the asker's own: that would undo what staff decided.
    """

    def permit() -> None:
        holder, colleague = require_over(session, asker, colleague_id)
        beyond = colleague.permission_names - holder.permission_names
        if not colleague.active and beyond and not _left_by_contact(session, colleague_id):
            text = _l("This colleague has permissions that you have not. Please ask us.")
            raise InvalidInput({"": [text]})

    return reactivate_contact(
        session, asker.customer_id, colleague_id, actor=asker.actor, permit=permit
    )


def invite_again(session: Session, asker: Asker, colleague_id: int) -> Saved:
    """Mail a colleague who has not come yet a fresh link; the one before becomes void.

    Raises :class:`InvalidInput` under ``""`` with the reason for whom none is sent,
    :class:`NotPermitted`, :class:`NotFound` and :class:`TooManyAttempts`.
    """

    def work() -> Saved:
        primary.lock(session, asker.customer_id)
        _holder, colleague = require_over(session, asker, colleague_id)
        refusal = refusal_of(colleague, unless_recent=True)
        if invite_states(session, [colleague])[colleague.id] not in (*NOT_COME, "no_login"):
            refusal = refusal or "came"
        if refusal is not None:
            raise InvalidInput({"": [_REFUSALS[refusal]]})
        limits.take_invitation_slots(session, asker.customer_id, colleague.email or "")
        contact_login.invite_again(session, colleague, asker.actor)
        return Saved(contact=colleague)

    return finish(session, work, signals.contact_changed)


def _names(raw: object) -> frozenset[str]:
    if isinstance(raw, str) or not isinstance(raw, Iterable):
        return frozenset()
    return frozenset(name for name in raw if isinstance(name, str))


def _refuse_beyond(holder: Contact, permissions: frozenset[str]) -> None:
    """No permission is given or taken that the holder has not at this moment."""
    beyond = permissions - holder.permission_names
    if not beyond:
        return
    labels = current_contacts.registry.permissions
    if not beyond <= set(labels):
        text = _l("This holds a choice that does not exist. Choose again.")
    else:
        names = ", ".join(str(label) for name, label in labels.items() if name in beyond)
        text = _l("You do not have this permission yourself any more: %(names)s.", names=names)
    raise InvalidInput({"permissions": [text]})


def _write(colleague: Contact, names: frozenset[str]) -> None:
    held = {row.name: row for row in colleague.permissions}
    colleague.permissions = [held.get(name) or ContactPermission(name=name) for name in names]


def _left_by_contact(session: Session, colleague_id: int) -> bool:
    """Whether a contact, and not staff, deactivated this one last."""
    query = select(Activity.actor_kind).where(
        Activity.contact_id == colleague_id, Activity.verb == "deactivated"
    )
    return session.scalar(query.order_by(Activity.id.desc()).limit(1)) == "contact"


def _language(session: Session, typed: object, askers: str | None) -> str:
    """The language of who is known elsewhere, and nothing where none is known; else the asker's."""
    try:
        key = canonical_email(str(typed)).key
    except InvalidInput:
        return ""
    known = session.scalars(
        select(Contact.language)
        .join(Login, Contact.login_id == Login.id)
        .where(Login.email_key == key)
        .order_by(Contact.active.desc(), Contact.language.is_(None), Contact.id)
        .limit(1)
    ).all()
    language = known[0] if known else askers
    return language if language in available_languages(current_app) else ""


def _has_address(session: Session, asker: Asker, typed: object) -> bool:
    try:
        key = canonical_email(str(typed)).key
    except InvalidInput:
        return False
    query = select(Contact.id).where(
        Contact.email_scope == str(asker.customer_id), Contact.email_key == key
    )
    return session.scalar(query) is not None
