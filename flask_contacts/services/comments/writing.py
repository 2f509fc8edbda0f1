"""Comments of staff on a contact, in one feed with what happened to it (BEHAVIOUR S5).

The portal never shows them, and the download of a person's own data leaves them out: they are
the staff's words. They go with the person who is forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, true, update
from sqlalchemy.orm import Session, lazyload

from ...actors import Actor
from ...clock import utc_now
from ...errors import Gone, InvalidInput, NotFound
from ...i18n import _l
from ...links import rows_changed
from ...models import Activity, Comment, Contact
from ..contacts import activity
from ..field_checks import FieldChecks
from ..transaction import in_transaction
from .mentions import staff_named_in, unknown_names
from .notices import MaySee, Written, tell_named

#: The longest comment, in characters.
LONGEST = 5_000
#: How long its author may change it (seconds).
EDIT_SECONDS = 15 * 60
#: What stands in the activity for a comment, and for one that was deleted.
VERBS = ("commented", "comment_deleted")


def write_comment(
    session: Session,
    contact_id: int,
    raw: Mapping[str, object],
    actor: Actor,
    *,
    may_see: MaySee,
    path: str,
    visible: ColumnElement[bool] | None = None,
) -> Written:
    """Keep a comment, ``raw["body"]``, and mail a notice to the staff whom it names.

    Only to those who may see the contact; never to the author. ``path`` is the contact's page
    for staff. Raises :class:`NotFound` for a contact that is unknown or not ``visible``, and
    :class:`InvalidInput` at ``body``.
    """
    text = _checked(raw)

    def work() -> Written:
        contact = _contact(session, contact_id, visible)
        if contact.anonymised_at is not None:
            refusal = _l("This contact is anonymised: nothing more is written about the person.")
            raise InvalidInput({"body": [refusal]})
        row = Activity(**activity.row_of(actor, contact.id, VERBS[0]))
        session.add(row)
        session.flush()
        comment = Comment(
            contact_id=contact.id,
            activity_id=row.id,
            author_id=actor.staff_id,
            author_name=actor.name[:210],
            body=text,
        )
        named = staff_named_in(session, text)
        comment.mentions = [user.username for user in named]
        session.add(comment)
        session.flush()
        written = tell_named(session, comment, contact, named, may_see, path)
        return replace(written, unknown=unknown_names(text, comment.mentions))

    return in_transaction(session, work)


def edit_comment(
    session: Session,
    contact_id: int,
    comment_id: int,
    raw: Mapping[str, object],
    actor: Actor,
    *,
    may_see: MaySee,
    path: str,
    visible: ColumnElement[bool] | None = None,
) -> Written:
    """Change an own comment within 15 minutes; who is named anew is mailed.

    Errors as for :func:`write_comment`; somebody else's is :class:`NotFound`, one past its time
    :class:`InvalidInput` at ``body``.
    """
    text = _checked(raw)

    def work() -> Written:
        contact = _contact(session, contact_id, visible)
        comment = find_own(session, contact_id, comment_id, actor, visible=visible)
        if comment.body == text:
            return Written(comment)
        before, named = set(comment.mentions), staff_named_in(session, text)
        changed = (
            update(Comment)
            .where(Comment.id == comment.id, Comment.created_at > _still_open())
            .values(body=text, mentions=[user.username for user in named], edited_at=utc_now())
            .execution_options(synchronize_session=False)
        )
        if rows_changed(session, changed) != 1:
            find_own(session, contact_id, comment_id, actor, visible=visible)
            raise InvalidInput({"body": [TOO_LATE]})
        session.refresh(comment)
        new = [user for user in named if user.username not in before]
        written = tell_named(session, comment, contact, new, may_see, path)
        return replace(written, unknown=unknown_names(text, comment.mentions))

    return in_transaction(session, work)


def delete_comment(
    session: Session,
    contact_id: int,
    comment_id: int,
    actor: Actor,
    *,
    anybodys: bool = False,
    visible: ColumnElement[bool] | None = None,
) -> None:
    """Delete an own comment within 15 minutes; with ``anybodys`` any at any time.

    That there was one stays in the feed. Errors as for :func:`edit_comment`, at ``comment``.
    """

    def work() -> None:
        comment = find_deletable(
            session, contact_id, comment_id, actor, anybodys=anybodys, visible=visible
        )
        quiet = {"synchronize_session": False}
        gone = delete(Comment).where(Comment.id == comment.id).execution_options(**quiet)
        if rows_changed(session, gone) != 1:
            raise Gone("the comment was deleted a moment ago")
        place = update(Activity).where(Activity.id == comment.activity_id)
        session.execute(place.values(verb=VERBS[1]).execution_options(**quiet))

    in_transaction(session, work)


def find_deletable(
    session: Session,
    contact_id: int,
    comment_id: int,
    actor: Actor,
    *,
    anybodys: bool = False,
    visible: ColumnElement[bool] | None = None,
) -> Comment:
    """A comment that the actor may delete now. Errors as for :func:`delete_comment`."""
    if anybodys:
        return _find(session, contact_id, comment_id, visible)
    comment = find_own(session, contact_id, comment_id, actor, visible=visible)
    if not can_be_changed(comment, actor):
        raise InvalidInput({"comment": [TOO_LATE]})
    return comment


def find_own(
    session: Session,
    contact_id: int,
    comment_id: int,
    actor: Actor,
    *,
    visible: ColumnElement[bool] | None = None,
) -> Comment:
    """A comment of the actor's on a visible contact; else :class:`NotFound`, or :class:`Gone`."""
    comment = _find(session, contact_id, comment_id, visible)
    if actor.staff_id is None or comment.author_id != actor.staff_id:
        raise NotFound("no such comment of this author")
    return comment


def can_be_changed(comment: Comment, actor: Actor) -> bool:
    """Whether the actor may change or delete it now, as its author."""
    own = actor.staff_id is not None and comment.author_id == actor.staff_id
    return own and comment.created_at > _still_open()


def comments_at(session: Session, activity_ids: Collection[int]) -> dict[int, Comment]:
    """The comments by their place in the activity."""
    if not activity_ids:
        return {}
    query = select(Comment).where(Comment.activity_id.in_(list(activity_ids)))
    return {comment.activity_id: comment for comment in session.scalars(query)}


def forget(session: Session, contact_id: int) -> None:
    """Delete all comments on a contact whose person is forgotten; the caller commits."""
    session.execute(
        delete(Comment)
        .where(Comment.contact_id == contact_id)
        .execution_options(synchronize_session=False)
    )


TOO_LATE = _l("A comment can be changed for 15 minutes, and these are over. Write another one.")


def _contact(session: Session, contact_id: int, visible: ColumnElement[bool] | None) -> Contact:
    query = (
        select(Contact)
        .where(Contact.id == contact_id, true() if visible is None else visible)
        .options(lazyload(Contact.permissions))
        .execution_options(populate_existing=True)
    )
    contact = session.scalars(query).first()
    if contact is None:
        raise NotFound("no such contact")
    return contact


def _find(
    session: Session, contact_id: int, comment_id: int, visible: ColumnElement[bool] | None
) -> Comment:
    query = (
        select(Comment)
        .join(Contact, Comment.contact_id == Contact.id)
        .where(Comment.id == comment_id, Contact.id == contact_id)
        .where(true() if visible is None else visible)
        .execution_options(populate_existing=True)
    )
    comment = session.scalars(query).first()
    if comment is None:
        raise Gone("no such comment on this contact")
    return comment


def _checked(raw: Mapping[str, object]) -> str:
    checks = FieldChecks(raw)
    checks.require("body")
    text = checks.text("body", LONGEST, multiline=True)
    if checks.errors or text is None:
        raise InvalidInput(checks.errors)
    return text


def _still_open() -> datetime:
    return utc_now() - timedelta(seconds=EDIT_SECONDS)
