"""Who does something: for the activity of a contact, and for nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Somebody, or the software itself, that changes something.

    ``kind`` is ``"staff"``, ``"contact"``, ``"system"`` or ``"view_as"`` (staff in a
    contact's portal: both ids are set). ``name`` is kept with the activity, because
    people leave; ``address`` is the network address and is forgotten after a while.
    """

    kind: str
    name: str = ""
    staff_id: int | None = None
    contact_id: int | None = None
    address: str | None = None


#: The software: commands, timers, tests.
SYSTEM = Actor("system")
