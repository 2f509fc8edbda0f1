"""The merge itself: several contacts become one, in one transaction, for good."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from ... import signals
from ...actors import SYSTEM, Actor
from ...errors import ContactInUse, InvalidInput, NotFound
from ...i18n import _l
from ...mail import leavers
from ...models import Contact
from ...models.contact import contact_key
from ..accounts import logins
from ..announce import announce
from ..contacts import activity, login as contact_login, primary, reporting_lines
from ..contacts.saved import LoginFacts, Saved, address_scope, find_customer, finish, saved
from ..mailing import silent_topics
from . import host_rows, possessions, trail
from .comparison import MOST, Comparison, chosen_contacts, compare, obstacles
from .login_fate import settle, take_from_survivor
from .values import Choices, write

_CHANGED = _l(
    "Somebody has changed one of these contacts since this page was opened. "
    "It shows them as they are now: look again, then merge."
)


@dataclass(frozen=True)
class _Merge:
    """One merge on its way: the contacts as they are under lock, and what was chosen."""

    session: Session
    shown: Comparison
    choices: Choices
    actor: Actor

    @property
    def formers(self) -> list[Contact]:
        """Those that become the other."""
        return [one for one in self.shown.contacts if one is not self.shown.survivor]


def merge_contacts(
    session: Session,
    ids: Collection[int],
    survivor_id: int,
    choices: Choices,
    actor: Actor = SYSTEM,
    *,
    visible: ColumnElement[bool] | None = None,
    seen: str | None = None,
    silences: Collection[str] = (),
) -> Saved:
    """Make the contacts ``ids`` one: ``survivor_id``, with the fields chosen.

    What belongs to the others (history, mails, lists, the host's rows) is the survivor's then,
    their addresses lead to it, and they are gone. ``visible`` is a condition on
    :class:`Contact`; ``seen`` is the :attr:`Comparison.seen` that was decided by. Raises
    :class:`NotFound` where one is hidden or gone, :class:`InvalidInput` at ``contacts`` for what
    cannot be one, at a field for its choice, :class:`ContactInUse` for rows of the host that
    cannot follow, and :class:`SilencesTopics` (N6).
    """
    wanted = sorted(set(ids))

    def work() -> Saved:
        _lock(session, wanted)
        contacts = chosen_contacts(session, wanted, true() if visible is None else visible)
        survivor = next((one for one in contacts if one.id == survivor_id), None)
        if survivor is None or len(contacts) < len(wanted):
            raise NotFound("no such contacts")
        problems = obstacles(contacts)
        if problems:
            raise InvalidInput({"contacts": problems})
        shown = compare(contacts, survivor)
        if seen is not None and seen != shown.seen:
            raise InvalidInput({"contacts": [_CHANGED]})
        return _do(_Merge(session, shown, choices, actor), silences)

    result = finish(session, work, signals.contact_changed)
    for one in wanted:
        if one != survivor_id:
            announce(session, signals.contact_merged, contact_id=survivor_id, merged_id=one)
    return result


def _lock(session: Session, ids: Sequence[int]) -> None:
    """Every contact that this decides by, in the order of their ids (as ``primary.lock``).

    Those that become one are locked against rows that refer to them as well: a comment or a
    ticket written meanwhile would be deleted with the contact, and so waits and is refused.
    """
    if len(ids) > MOST:
        raise InvalidInput({"contacts": [_l("Choose at most %(most)s contacts.", most=MOST)]})
    theirs = select(Contact.customer_id).where(Contact.id.in_(ids))
    keys = [one for one in dict.fromkeys(session.scalars(theirs)) if one is not None]
    rows = select(Contact.id).where(or_(Contact.id.in_(ids), Contact.customer_id.in_(keys)))
    session.execute(rows.order_by(Contact.id).with_for_update(key_share=True)).all()
    merged = select(Contact.id).where(Contact.id.in_(ids)).order_by(Contact.id)
    session.execute(merged.with_for_update()).all()


def _do(merge: _Merge, silences: Collection[str]) -> Saved:
    session, shown, actor = merge.session, merge.shown, merge.actor
    survivor, customer_id = shown.survivor, shown.customer_id
    was_primary = any(one.is_primary for one in shown.contacts)
    if was_primary and not survivor.active:
        text = _l(
            "%(name)s is not active, and one of the others is the primary contact. Keep that "
            "one, or reactivate this one first.",
            name=survivor.name,
        )
        raise InvalidInput({"contacts": [text]})
    before, names = activity.snapshot(survivor), [one.name for one in merge.formers]
    joins = survivor.customer_id != customer_id
    with silent_topics.refuse_silence(session, customer_id, actor, silences):
        leavers.note_all(session, shown.contacts)
        _empty(merge)
        if joins:
            _join(merge)
        write(session, shown, merge.choices)
        session.flush()
        for one in merge.formers:
            _delete(session, one)
        settled = primary.settle(session, customer_id, survivor.id if was_primary else None)
    changes = activity.difference(before, activity.snapshot(survivor))
    for name in names:
        pair = {"merged_contact": [name, survivor.name]}
        activity.record(session, actor, survivor, "merged", {**pair, **changes})
        changes = {}
    activity.record_primary(session, actor, settled)
    erased = joins and logins.erase_staff_password(session, survivor)
    if erased and survivor.active:
        contact_login.send_link(session, survivor, actor, asked=False)
    return saved(survivor, settled, LoginFacts(password_erased=erased))


def _empty(merge: _Merge) -> None:
    """Take from the others what they have, and the places that only one may hold."""
    session, survivor = merge.session, merge.shown.survivor
    email = merge.choices.contact_of("email", merge.shown)
    take_from_survivor(session, merge.shown.login, survivor)
    for former in merge.formers:
        former.active = former.is_primary = False
        former.primary_of = former.email_key = None
        session.flush()
        settle(session, merge.shown.login, survivor, former, email)
        _pass_on_reports(merge, former)
        possessions.move(session, former.id, survivor.id)
        host_rows.move(session, former.id, survivor.id)
        trail.record(session, former, survivor.id, merge.actor)
        survivor.created_at = min(survivor.created_at, former.created_at)
        session.flush()


def _pass_on_reports(merge: _Merge, former: Contact) -> None:
    """Who had the one as manager has the other; of another company than before, nobody."""
    session, survivor = merge.session, merge.shown.survivor
    if former.customer_id != merge.shown.customer_id:
        reporting_lines.let_go(session, merge.actor, former, "manager_moved")
        return
    session.execute(
        update(Contact)
        .where(Contact.manager_id == former.id)
        .values(manager_id=survivor.id, updated_at=Contact.updated_at)
        .execution_options(synchronize_session="fetch")
    )


def _join(merge: _Merge) -> None:
    """The contact that stays had no company, and another one had."""
    survivor, customer_id = merge.shown.survivor, merge.shown.customer_id
    reporting_lines.let_go(merge.session, merge.actor, survivor, "manager_moved")
    customer = find_customer(merge.session, customer_id)
    survivor.customer, survivor.customer_id = customer, customer_id
    survivor.email_scope = address_scope(customer_id)
    activity.record(
        merge.session, merge.actor, survivor, "moved", {"customer": [None, str(customer)]}
    )


def _delete(session: Session, former: Contact) -> None:
    """Past the mappers: a host's relationship would clear what was moved a moment ago."""
    possessions.drop_rest(session, former.id)
    former_id = former.id
    session.expunge(former)
    try:
        session.execute(delete(contact_key.table).where(contact_key == former_id))
    except IntegrityError as error:  # a trigger's, or rows that came a moment ago
        raise ContactInUse({}) from error
