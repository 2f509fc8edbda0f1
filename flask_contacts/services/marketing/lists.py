"""Marketing lists: make, change, archive, find. Who is on them: ``marketing_members``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from ...actors import SYSTEM, Actor
from ...errors import InvalidInput, NotFound
from ...i18n import _l
from ...later import later
from ...models import Contact, MarketingList, MarketingMember
from ...models.marketing import LONGEST_NAME
from .. import keyset
from ..field_checks import FieldChecks
from ..meanwhile import Marks, merged
from ..transaction import in_transaction

if TYPE_CHECKING:
    from ..agent import listing
else:
    listing = later("services.agent.listing")


LONGEST_DESCRIPTION = 2_000  # characters
#: Nobody is counted any further.
MOST_COUNTED = 10_000
#: More lists than these are not offered while typing.
MOST_OFFERED = 50
_TOO_LARGE = 2**31
_SALT = "marketing_lists"


class ListRow(NamedTuple):
    """A list with how many are on it who have not left: at most :data:`MOST_COUNTED` + 1."""

    list: MarketingList
    members: int


class ListsPage(NamedTuple):
    """Lists by name; ``after`` asks for the next page, None: the last one."""

    rows: list[ListRow]
    after: str | None


def create_list(
    session: Session, raw: Mapping[str, object], actor: Actor = SYSTEM
) -> MarketingList:
    """Make a list; ``raw`` has ``name`` and ``description``.

    Raises :class:`InvalidInput` at the fields, also for a name that another list has.
    """
    name, description = _checked(raw)

    def work() -> MarketingList:
        _refuse_taken(session, name)
        made = MarketingList(
            name=name,
            name_key=name.casefold(),
            description=description,
            created_by=actor.name[:210],
        )
        session.add(made)
        session.flush()
        return made

    return in_transaction(session, work)


def edit_list(
    session: Session, list_id: int, raw: Mapping[str, object], *, opened: Marks | None = None
) -> MarketingList:
    """Change a list's name and description, of which one that ``raw`` does not name stays.

    ``opened`` are the marks of what its form said when it was opened (``services.meanwhile``).
    Errors as for :func:`create_list`, and :class:`Overtaken` for what others have changed as well.
    """

    def work() -> MarketingList:
        if opened is not None:
            locked = select(MarketingList.id).where(MarketingList.id == list_id)
            session.execute(locked.with_for_update())
        found = find_list(session, list_id)
        kept = {"name": found.name, "description": found.description}
        name, description = _checked({**kept, **merged(raw, kept, opened)})
        _refuse_taken(session, name, found.id)
        found.name, found.name_key, found.description = name, name.casefold(), description
        return found

    return in_transaction(session, work)


def archive_list(session: Session, list_id: int) -> MarketingList:
    """Put a list away: nobody is added to it nor mailed because of it. Twice is no error."""
    return _set_active(session, list_id, active=False)


def restore_list(session: Session, list_id: int) -> MarketingList:
    """Take a list out of the archive, with everybody who is on it."""
    return _set_active(session, list_id, active=True)


def find_list(session: Session, list_id: int) -> MarketingList:
    """The list; :class:`NotFound` where there is none."""
    found = None
    if type(list_id) is int and 0 < list_id < _TOO_LARGE:
        found = session.get(MarketingList, list_id, populate_existing=True)
    if found is None:
        raise NotFound("no such marketing list")
    return found


def list_of_name(session: Session, text: object) -> MarketingList:
    """The active list of a name, in whatever case; :class:`InvalidInput` at ``list``."""
    name = text.strip() if isinstance(text, str) else ""
    found = None
    if not name:
        raise InvalidInput({"list": [_l("Choose a list.")]})
    if len(name) <= LONGEST_NAME and "\x00" not in name:
        query = select(MarketingList).where(MarketingList.name_key == name.casefold())
        found = session.scalars(query).first()
    if found is None:
        raise InvalidInput({"list": [_l("There is no such list. Choose one that is offered.")]})
    if not found.active:
        raise InvalidInput({"list": [_l("This list is archived: nobody is added to it.")]})
    return found


def offered_lists(session: Session) -> Sequence[MarketingList]:
    """The first active lists by name, to choose from while typing."""
    query = select(MarketingList).where(MarketingList.active).order_by(MarketingList.name_key)
    return session.scalars(query.limit(MOST_OFFERED)).all()


def lists_holding(session: Session, text: str, most: int) -> Sequence[MarketingList]:
    """The first active lists by name whose name holds a text, in whatever case."""
    key = text.strip().casefold()
    if not key or len(key) > LONGEST_NAME or "\x00" in key:
        return []
    query = select(MarketingList).where(
        MarketingList.active, MarketingList.name_key.contains(key, autoescape=True)
    )
    return session.scalars(query.order_by(MarketingList.name_key).limit(most)).all()


def list_page(
    session: Session,
    visible: ColumnElement[bool],
    *,
    active: bool = True,
    after: str | None = None,
    size: int = 25,
) -> ListsPage:
    """A page of the lists, each with how many ``visible`` contacts are on it.

    ``after`` is that of the page before; raises :class:`CursorUnknown` for anything else. It
    holds the name of that page's last list, so that this one may be renamed meanwhile.
    """
    query = select(MarketingList).where(MarketingList.active.is_(active))
    if after is not None:
        place = keyset.read(_SALT, after, 1)
        if place is None:
            raise listing.CursorUnknown(after)
        query = query.where(MarketingList.name_key > place.values[0])
    found = list(session.scalars(query.order_by(MarketingList.name_key).limit(size + 1)))
    shown = found[:size]
    counts = count_members(session, [one.id for one in shown], visible)
    rows = [ListRow(one, counts[one.id]) for one in shown]
    if len(found) <= size:
        return ListsPage(rows, None)
    return ListsPage(rows, keyset.sign(_SALT, keyset.Place(0, [shown[-1].name_key])))


def count_members(
    session: Session, list_ids: Sequence[int], visible: ColumnElement[bool]
) -> dict[int, int]:
    """How many visible contacts are on each list and have not left, in one statement."""
    if not list_ids:
        return {}
    counts = []
    for one in list_ids:
        some = select(MarketingMember.id).where(
            MarketingMember.list_id == one, MarketingMember.unsubscribed_at.is_(None)
        )
        if visible is not true():
            some = some.join(Contact, MarketingMember.contact_id == Contact.id).where(visible)
        limited = some.limit(MOST_COUNTED + 1).subquery()
        counts.append(select(func.count()).select_from(limited).scalar_subquery())
    return dict(zip(list_ids, session.execute(select(*counts)).one(), strict=True))


def _checked(raw: Mapping[str, object]) -> tuple[str, str | None]:
    checks = FieldChecks(raw)
    checks.require("name")
    name = checks.text("name", LONGEST_NAME)
    description = checks.text("description", LONGEST_DESCRIPTION, multiline=True)
    if checks.errors or name is None:
        raise InvalidInput(checks.errors)
    return name, description


def _refuse_taken(session: Session, name: str, but: int = 0) -> None:
    query = select(MarketingList.id).where(
        MarketingList.name_key == name.casefold(), MarketingList.id != but
    )
    with session.no_autoflush:
        if session.scalar(query) is not None:
            text = _l("Another list has this name, maybe one that is archived.")
            raise InvalidInput({"name": [text]})


def _set_active(session: Session, list_id: int, *, active: bool) -> MarketingList:
    def work() -> MarketingList:
        found = find_list(session, list_id)
        found.active = active
        return found

    return in_transaction(session, work)
