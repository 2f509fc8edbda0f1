"""What a staff member has seen counted and is having done, as its pages carry it: signed.

Nothing of it is kept on the server. A task is good for its staff member, and with the list's
arguments that it was made for; what it may touch is checked anew each time (S7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import abort
from itsdangerous import BadData, URLSafeSerializer

from ...config import secret_keys
from ...services.bulk.running import Progress
from ...services.bulk.selection import Chosen
from ..contact_list.arguments import ListArguments, read_arguments
from ..contact_list.scope import current_scope
from ..current_staff import current_staff_id

_SIZE = 25


@dataclass(frozen=True)
class Task:
    """``what`` is a name of ``actions.ACTIONS``, ``values`` what was typed for it."""

    what: str
    values: Mapping[str, Any]
    silences: bool
    chosen: Chosen
    progress: Progress

    def seal(self) -> str:
        """The task as a page carries it; a finished one without the contacts."""
        chosen = self.chosen
        ids: Any = [] if chosen.ids is not None and self.progress.is_done else chosen.ids
        facts = {
            "staff": current_staff_id(),
            "list": _fingerprint(read_arguments(_SIZE)),
            "what": self.what,
            "values": dict(self.values),
            "silences": self.silences,
            "ids": ids,
            "between": [chosen.start, chosen.end],
            "progress": asdict(replace(self.progress, counts=dict(self.progress.counts))),
        }
        return str(_serializer().dumps(facts))


def unseal(token: str) -> Task:
    """The task of a page; 404 for what is no task of this staff member and this list."""
    try:
        facts = _serializer().loads(token)
    except BadData:
        abort(404)
    arguments = read_arguments(_SIZE)
    if facts["staff"] != current_staff_id() or facts["list"] != _fingerprint(arguments):
        abort(404)
    ids, (start, end) = facts["ids"], facts["between"]
    chosen = Chosen(
        current_scope(), None if ids is None else tuple(ids), arguments.query, start, end
    )
    progress = Progress(**facts["progress"])
    return Task(facts["what"], facts["values"], facts["silences"], chosen, progress)


def _fingerprint(arguments: ListArguments) -> str:
    return arguments.url("", size=None)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(secret_keys(), salt="contacts.bulk")
