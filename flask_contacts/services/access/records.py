"""Whether a contact sees one record in the portal, and why not.

The answer is the portal's own (``ContactsState.judge_record``): it asks the query that its
pages ask. Here stand its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...i18n import _l

#: The answers, each with its sentence for staff. ``not_here`` is one for two, so that neither
#: is told to staff who do not see every customer.
SENTENCES = {
    "visible": _l("The portal shows this record to the contact."),
    "no_such_record": _l("There is no such record."),
    "other_customer": _l("The record belongs to another customer."),
    "own_records": _l(
        "Who is not the primary contact sees only own records here, and this one is not "
        "addressed to the contact."
    ),
    "filtered": _l(
        "It is a record of this customer, but the portal's page leaves it out: a draft, for "
        "example, or another state that contacts do not see."
    ),
    "no_pages": _l(
        "The application has pages of its own for this module, so nobody can tell from here."
    ),
    "no_address": _l(
        "This is no address of a record in the portal. Type the record's id, or its address there."
    ),
    "no_id": _l(
        "This is no id of a record, so nothing was looked up. Type the record's id, or its "
        "address in the portal."
    ),
    "not_here": _l("There is no such record, or it belongs to another customer."),
}


#: The answers that tell nothing of a record, for none could be looked up.
_NOT_LOOKED_UP = {"no_address", "no_id", "no_pages"}


@dataclass(frozen=True)
class RecordAnswer:
    """What the portal says of one record.

    ``kind`` is a key of :data:`SENTENCES`, ``module`` the name of the module asked. ``title``
    is the record's heading and stands only for a record of the contact's customer;
    ``owner_id`` is the customer of one that is another's, ``addressed_to`` the contact of one
    that is somebody's own.
    """

    kind: str
    module: str
    title: str = ""
    owner_id: Any = None
    addressed_to: int | None = None

    @property
    def was_looked_up(self) -> bool:
        """Whether there was anything to look up."""
        return self.kind not in _NOT_LOOKED_UP

    @property
    def sentence(self) -> Any:
        """The answer in words."""
        return SENTENCES[self.kind]


def discreet(answer: RecordAnswer) -> RecordAnswer:
    """The answer for staff from whom customers are hidden: nothing of what those have."""
    if answer.kind in {"no_such_record", "other_customer"}:
        return RecordAnswer("not_here", answer.module)
    return answer
