"""The beginning of a search for one word: the last names that begin with it.

They come first whatever else is known of the word, so they are read before anything is asked
about it. Where many begin with it, they are the page, and nothing more has to be known.
"""

from __future__ import annotations

from .filters import Filters
from .listed_rows import Reading, Row
from .question import Question
from .search_probe import Probe

_LAST_NAMES = Probe(frozenset({"lastname_key"}), has_index=False, at_companies=frozenset())


def last_names(asked: Question, reading: Reading) -> list[Row]:
    """The first of them in the order of the walk, at most a page of ``reading`` and one more,
    whose count ``reading`` is told; none where it is no search for one name among all contacts."""
    if not _is_for_one_name(asked):
        return []
    assumed = Question(asked.session, asked.scope, asked.query)
    assumed.probed = _LAST_NAMES
    beginning = Reading(assumed, None, reading.names)
    found = beginning.rows(None)
    reading.counted |= beginning.counted
    return found


def _is_for_one_name(asked: Question) -> bool:
    query = asked.query
    is_alone = asked.is_found_by_walking and len(asked.words) == 1
    is_of_all = asked.scope.is_everything and query.filters == Filters(query.filters.state)
    is_first = query.cursor is None and not query.backwards
    return is_alone and is_of_all and is_first and asked.words[0].text.isalpha()
