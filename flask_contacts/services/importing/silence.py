"""An import by staff leaves no topic without its last recipient unnoticed (BEHAVIOUR N6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from ...i18n import _l
from ...mail.recipients import reach
from ..mailing.silent_topics import in_order
from .job import Job
from .planned import Plan, PlannedRow
from .writing import write_plan


def refuse_silence(session: Session, job: Job, plan: Plan) -> None:
    """Refuse the rows by which nobody would get mail about a topic any more.

    Few rows can do that: those that stop a contact's mail, or make another one primary. The
    plan is then written for a try, and taken back.
    """
    risky = _risky(plan) if job.importer.actor.kind == "staff" else {}
    if not risky:
        return
    before = {key: reach(session, key).topics for key in risky}
    trial = session.begin_nested()
    write_plan(session, job, plan)
    session.flush()
    after = {key: reach(session, key).topics for key in risky}
    trial.rollback()
    session.expire_all()
    for planned in plan.of("new"):
        planned.contact_id = None
    for key, rows in risky.items():
        lost = in_order(before[key] - after[key])
        if lost:
            text = _l(
                "Nobody would get mail about %(topics)s any more. Change it on the contact's page.",
                topics=", ".join(str(topic.label) for topic in lost),
            )
            for planned in rows:
                planned.refuse("row", text)


def _risky(plan: Plan) -> dict[Any, list[PlannedRow]]:
    found: dict[Any, list[PlannedRow]] = {}
    for planned in plan.of("new", "changed"):
        contact = planned.found
        key = contact.customer_id if contact is not None else planned.customer
        if key is None or planned.is_new_customers:
            continue
        stops = contact is not None and planned.changes.get("do_not_send_emails", [None, None])[1]
        if stops or (planned.becomes_primary and key in plan.present):
            found.setdefault(key, []).append(planned)
    return found
