"""Deactivating, archiving, anonymising, deleting a contact: a page that asks first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request, url_for

from ...errors import ContactInUse, InvalidInput, NotFound, SilencesTopics, SuccessorRequired
from ...i18n import _, _l
from ...models import Contact
from ...services.contacts.archive import anonymise_contact, archive_contact
from ...services.contacts.saved import Saved, find_contact
from ...services.contacts.states import deactivate_contact, delete_contact
from ...services.mailing.silent_topics import in_order, silenced_by_leaving
from ...state import current_contacts
from ..current_staff import current_actor
from ..customers.sight import customer_key, profile_url
from ..safe_view import allowed, require_known_fields
from . import erasure, messages as contact_messages, successor, team_words

if TYPE_CHECKING:
    from ...actors import Actor
    from ..safe_view import Answer, SafeView

_ARCHIVED = _l("This contact is archived. Restore it first.")
#: The field that names the topics that the page has warned of (BEHAVIOUR N6).
SILENCES = "silences"
UNTOLD = _l("Nothing was changed yet: read below which mail nobody would get, then confirm.")


@dataclass(frozen=True)
class Leaving:
    """A way to leave: what is done, the words around it, and to whom it does not apply.

    ``refusal`` gives the reason why it cannot be done with a contact, or None;
    ``leaves_team``: whoever had the contact as manager has none then.
    """

    work: Callable[..., Saved]
    title: Any
    consequence: Any
    button: Any
    done: Any
    refusal: Callable[[Contact], Any]
    previews: bool = False
    leaves_team: bool = False


@dataclass(frozen=True)
class Ways:
    """Addresses: back from the page, where to be when it is done, and the page that archives,
    the way out where a contact cannot be deleted. ``back_to`` is what the first leads to."""

    back: str
    done: str
    archive: str
    back_to: str


def _archived(contact: Contact) -> Any:
    return _ARCHIVED if contact.archived_at is not None else None


def _not_archived(contact: Contact) -> Any:
    return _l("Archive the contact first.") if contact.archived_at is None else None


def _anonymise(
    session: Any, key: Any, pk: int, successor_id: int | None, actor: Actor, silences: list[str]
) -> Saved:
    """An archived contact is not primary and gets no mail, so nobody follows it."""
    return anonymise_contact(session, key, pk, actor=actor)


DEACTIVATION = Leaving(
    deactivate_contact,
    title=_l("Deactivate %(name)s?"),
    consequence=_l(
        "They stay in the list, but cannot sign in for this customer and get no more mail. "
        "You can reactivate them at any time."
    ),
    button=_l("Deactivate"),
    done=_l("%(name)s is not active any more."),
    refusal=_archived,
)
ARCHIVING = Leaving(
    archive_contact,
    title=_l("Archive %(name)s?"),
    consequence=_l(
        "They are taken off the list and lose their login; their address is free for another. "
        "They stay with their activity under Archived, where you can restore them."
    ),
    button=_l("Archive"),
    done=_l("%(name)s is archived."),
    refusal=_archived,
)
ANONYMISATION = Leaving(
    _anonymise,
    title=_l("Anonymise %(name)s?"),
    consequence=_l(
        "Name, position, birthday, email addresses, phone numbers, manager, certificate, "
        "timezone, language, notes and other contacts are removed: from the contact, from the "
        "activity and from the mail that was sent. The row itself stays, so that the documents "
        "that refer to it stay whole. This is final and cannot be undone."
    ),
    button=_l("Anonymise"),
    done=_l("The contact is anonymised."),
    refusal=_not_archived,
    leaves_team=True,
)
DELETION = Leaving(
    delete_contact,
    title=_l("Delete %(name)s?"),
    consequence=_l("The contact is deleted for good. This cannot be undone."),
    button=_l("Delete"),
    done=_l("%(name)s was deleted."),
    refusal=lambda contact: None,
    previews=True,
    leaves_team=True,
)


def page(
    view: SafeView,
    customer: Any,
    pk: int,
    leaving: Leaving,
    ways: Ways | None = None,
) -> Answer:
    """Ask on GET and after an error; do it on POST.

    ``customer`` is None for a contact without one; ``ways`` are others than the customer's.
    """
    session = current_contacts.session
    key = None if customer is None else customer_key(customer)
    try:
        contact = find_contact(session, key, pk)
    except NotFound:
        abort(404)
    name, refusal = contact.name, leaving.refusal(contact)
    ways = ways or _customers_ways(view, key, contact)
    problems: list[Any] = []
    silenced = silenced_by_leaving(session, contact)
    if request.method == "POST":
        require_known_fields({SILENCES, *successor.FIELDS})
        try:
            result = {"contact": [refusal]} if refusal else _do(leaving, key, pk)
        except SilencesTopics as error:
            silenced, result = in_order(error.topics), {"contact": [UNTOLD]}
        if isinstance(result, Saved):
            contact_messages.tell_changed(str(leaving.done) % {"name": name}, result)
            return redirect(ways.done)
        problems = [text for texts in result.values() for text in texts]
    may_archive = contact.archived_at is None and allowed(view, "edit")
    preview = erasure.in_words(key, contact) if leaving.previews else None
    return view.page(
        "contact_leave",
        status=422 if request.method == "POST" else 200,
        title=str(leaving.title) % {"name": name},
        customer=customer,
        contact=contact,
        leaving=leaving,
        refusal=refusal,
        preview=preview,
        archive_url=ways.archive if may_archive else None,
        loses_manager=team_words.loses_manager(contact) if leaving.leaves_team else "",
        silenced=silenced,
        successor=successor.field_for(key, contact),
        problems=problems,
        back=ways.back,
        back_to=ways.back_to,
    )


def _customers_ways(view: SafeView, key: Any, contact: Contact) -> Ways:
    back = profile_url(key, archived=contact.archived_at is not None)
    archive = url_for(f"{view.endpoint}.archive", customer_pk=key, pk=contact.id)
    return Ways(back, back, archive, str(contact.customer))


def attempt(work: Callable[[], Saved]) -> Saved | dict[str, list[Any]]:
    """Do it, or give the reasons why not by field; 404 for what is not this customer's.

    :class:`SilencesTopics` is the caller's to show.
    """
    try:
        return work()
    except NotFound:
        abort(404)
    except SuccessorRequired:
        return {"successor": [_("Choose who becomes the primary contact.")]}
    except ContactInUse as error:
        rows = ", ".join(erasure.in_use(error.tables))
        return {"contact": [_("Nothing was deleted. In the way: %(rows)s.", rows=rows)]}
    except InvalidInput as error:
        return error.errors


def _do(leaving: Leaving, key: Any, pk: int) -> Saved | dict[str, list[Any]]:
    session, actor = current_contacts.session, current_actor()
    silences = request.form.getlist(SILENCES)
    return attempt(
        lambda: leaving.work(
            session, key, pk, successor.posted(key), actor=actor, silences=silences
        )
    )
