"""What may be wrong with a contact beyond its own columns, as conditions of a query on it.

Each is said twice. :func:`has_problem` asks about one contact after the other: for a few of
them, or on the way along an order in which many have it. :func:`is_among` starts from the rows
of permissions and topics, which their indexes hold in the order of the contacts: so all are
compared in one pass where hardly anybody has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, except_, false, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from ...i18n import _l
from ...models import Contact, ContactPermission, ContactTopic, Mail
from ...state import current_contacts

NO_TOPIC, NO_PERMISSION, REFUSED = "no_topic", "no_permission", "refused"
OPENS_NOTHING = "opens_nothing"
#: The problems with their labels.
PROBLEMS = {
    NO_TOPIC: _l("A permission without a topic of it"),
    NO_PERMISSION: _l("A topic without its permission"),
    OPENS_NOTHING: _l("A login without any permission"),
    REFUSED: _l("Refused by the mail server"),
}
#: Those that take a comparison of what contacts hold.
COMPARED = (NO_TOPIC, NO_PERMISSION)
_ENDLESS = 2**62


def has_problem(name: str) -> ColumnElement[bool]:
    """The contacts that have it, asked of each."""
    if name in _OF_ONE:
        return _OF_ONE[name]()
    found = []
    for module, topics in _topics_by_module().items():
        permitted, told = _holds(ContactPermission, [module]), _holds(ContactTopic, topics)
        found.append(permitted & ~told if name == NO_TOPIC else told & ~permitted)
    return or_(false(), *found)


def is_among(name: str, dialect: str) -> ColumnElement[bool]:
    """The same contacts, found by comparing the indexes of permissions and topics."""
    if name in _OF_ONE:
        return _OF_ONE[name]()
    pieces = []
    for module, topics in _topics_by_module().items():
        permission = [(ContactPermission, module)]
        if name == NO_TOPIC:
            pieces.append((*permission, *((ContactTopic, topic) for topic in topics)))
        else:
            pieces += [((ContactTopic, topic), *permission) for topic in topics]
    if not pieces:
        return false()
    return Contact.id.in_(union_all(*(_first_alone(piece, dialect) for piece in pieces)))


def _first_alone(rows: Sequence[tuple[Any, str]], dialect: str) -> Any:
    """The contacts with the first row and none of the others."""
    (model, name), *others = rows
    mine = select(model.contact_id).where(model.name == name)
    if dialect != "sqlite":
        for other, its_name in others:
            same = select(other.name).where(
                other.contact_id == model.contact_id, other.name == its_name
            )
            mine = mine.where(~same.exists())
        return mine
    # In order and to an end, SQLite merges the indexes; otherwise it would look up each row.
    theirs = [select(other.contact_id).where(other.name == name) for other, name in others]
    merged = except_(mine, *theirs).order_by("contact_id").limit(_ENDLESS).subquery()
    return select(merged.c.contact_id)


def _holds(model: Any, names: Collection[str]) -> ColumnElement[bool]:
    held = select(model.name).where(model.contact_id == Contact.id, model.name.in_(names))
    return held.correlate(Contact).exists()  # the query may have the same table for a filter


def _opens_nothing() -> ColumnElement[bool]:
    """They sign in, and the portal is empty (BEHAVIOUR C12)."""
    held = select(ContactPermission.name).where(ContactPermission.contact_id == Contact.id)
    return and_(Contact.login_id.is_not(None), ~held.correlate(Contact).exists())


def _is_refused() -> ColumnElement[bool]:
    """The last mail that a server answered for, to the address of now, it would not take.

    Its answers begin with their code; what failed before a server was asked is no answer.
    """
    later, receiver = aliased(Mail), aliased(Contact)
    got_one = select(later.id).where(
        later.contact_id == Mail.contact_id,
        later.recipient == Mail.recipient,
        later.state == "sent",
        later.id > Mail.id,
    )
    refused = (
        select(Mail.contact_id)
        .join(receiver, receiver.id == Mail.contact_id)
        .where(
            Mail.state == "failed",
            or_(Mail.error.like("4__ %"), Mail.error.like("5__ %")),
            Mail.recipient == receiver.email_key,
            ~got_one.exists(),
        )
    )
    return Contact.id.in_(refused)


_OF_ONE = {OPENS_NOTHING: _opens_nothing, REFUSED: _is_refused}


def _topics_by_module() -> Mapping[str, Sequence[str]]:
    """The topics of each module that has any."""
    found = defaultdict(list)
    for topic in current_contacts.registry.topics.values():
        if topic.module is not None:
            found[topic.module].append(topic.name)
    return found
