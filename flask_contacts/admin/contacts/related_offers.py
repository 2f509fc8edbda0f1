"""What can be linked to a contact: found while somebody types, and named so that it is told
apart (BEHAVIOUR S6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, inspect

from ...errors import ConfigError
from ...models.letter_case import equals
from ...models.related import RelatedRecords
from ...models.search_keys import folded
from ...record_keys import typed_key
from ...services.agent import related_records as records
from ...state import current_contacts
from .. import fab
from ..exact_fits import exact_fits, holds, is_called, is_text
from ..look_up import Candidate

if TYPE_CHECKING:
    from ...models import Contact

#: At most so many records are offered while typing.
MOST = 20
_LONGEST = 300
_MOST_WORDS = 6


def offered(related: RelatedRecords, contact: Contact, text: str) -> list[str]:
    """Labels of what can be linked and holds ``text``, at most :data:`MOST`."""
    if len(text) > _LONGEST or "\x00" in text:
        return []
    some = _linkable(related, contact, text.strip()).limit(MOST)
    return labels_of(related, contact, list(some))


def is_exact(record: Any, text: str) -> bool:
    """Whether the text is the record's, with or without its key, and no part of it."""
    return is_called(record, text) or text.strip() == numbered(record)


def typed_records(related: RelatedRecords, contact: Contact, text: str) -> list[Any]:
    """The records that may be meant: the one as it was offered, those of that name, or else
    those that hold all words of the text; at most :data:`MOST`."""
    text = text.strip()
    if not text or len(text) > _LONGEST or "\x00" in text:
        return []
    name, mark, number = text.rpartition(" (#")
    key = records.key_of(records.model_of(related, contact))
    if mark and number.endswith(")"):
        value = typed_key(number[:-1], key.type)
        found = None
        if value is not None:
            found = _linkable(related, contact, "").filter(key == value).first()
        return [found] if found is not None and str(found) == name else []
    query = _linkable(related, contact, text)
    some = list(query.limit(MOST))
    fits = [one for one in some if is_called(one, text)]
    if len(some) < MOST or len(fits) > 1:
        return fits or some
    places = [equals(one, text) for one in _names_of(related, contact)]
    sure = exact_fits(query, places, text, key.desc(), MOST)
    found = [*sure, *fits] if sure else [*fits, *some]
    return list({key_of_record(one): one for one in found}.values())[:MOST]


def numbered(record: Any) -> str:
    """A record with its key, which tells it from every other."""
    return f"{record} (#{key_of_record(record)})"


def labels_of(related: RelatedRecords, contact: Contact, found: Sequence[Any]) -> list[str]:
    """Records as they are offered together: their texts, with the keys of those that a text
    alone would not find."""
    counts = Counter(folded(str(one)) for one in found)
    names = [one.key for one in _names_of(related, contact)]
    return [
        str(one)
        if counts[folded(str(one))] == 1 and _is_found(related, one, names)
        else numbered(one)
        for one in found
    ]


def candidates(related: RelatedRecords, contact: Contact, found: Sequence[Any]) -> list[Candidate]:
    """Records to choose from after a text that did not tell: each is posted with its key."""
    shown_as = labels_of(related, contact, found)
    return [(numbered(one), label) for one, label in zip(found, shown_as, strict=True)]


def _is_found(related: RelatedRecords, record: Any, names: Sequence[str]) -> bool:
    """Whether the record's text finds it; what a host's own search finds is not known."""
    name = str(record)
    if related.search is not None or not folded(name) or " (#" in name or name != name.strip():
        return False
    texts = [getattr(record, one) or "" for one in names]
    return bool(texts) and all(any(word in text for text in texts) for word in _words(name))


def key_of_record(record: Any) -> Any:
    """The primary key of a record."""
    return inspect(record).identity[0]


def shown(related: RelatedRecords, contact: Contact) -> Any:
    """A query of the model's rows that this staff member may see."""
    query = current_contacts.session.query(records.model_of(related, contact))
    if related.view is None:
        return query
    return fab.base_filters(registered_view(related.view)).apply_all(query)


def _linkable(related: RelatedRecords, contact: Contact, text: str) -> Any:
    """What may be linked and holds ``text``: as the host searches, or each word in some text
    column that the view lists or searches."""
    query = shown(related, contact)
    model = records.model_of(related, contact)
    key = records.key_of(model)
    if related.search is not None:
        some = related.search(contact, text).order_by(None).with_only_columns(key)
        return query.filter(key.in_(some)).order_by(key.desc())
    names = _names_of(related, contact)
    for word in _words(text) if names else ():
        query = query.filter(holds(names, word))
    return query.order_by(None).order_by(key.desc())


def _words(text: str) -> list[str]:
    """The words to look for, without the signs between them: *Mehta* of "Mehta, Paper Ltd"."""
    words = (one.strip(",;:()") for one in text.split())
    return [one for one in words if one][:_MOST_WORDS]


def _names_of(related: RelatedRecords, contact: Contact) -> list[Any]:
    """The text columns that the view lists or searches; without a view the model's short ones."""
    model = records.model_of(related, contact)
    columns = inspect(model).column_attrs
    if related.view is None:
        names = [one.key for one in columns if not isinstance(one.columns[0].type, Text)]
    else:
        view = registered_view(related.view)
        names = [*view.list_columns, *(view.search_columns or ())]
    return [
        getattr(model, name)
        for name in dict.fromkeys(names)
        if name in columns and is_text(columns[name])
    ]


def registered_view(view: Any) -> Any:
    """The instance that the host added to its admin; the class itself has no filters."""
    found = [one for one in current_contacts.appbuilder.baseviews if type(one) is view]
    if not found:
        raise ConfigError(
            "contacts.C113",
            f"{view.__name__} is not registered.",
            "Call appbuilder.add_view(...) for the view of a related list.",
        )
    return found[0]
