"""What staff users have chosen for themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...models import StaffSetting
from ..transaction import in_transaction


def staff_setting(session: Session, staff_id: int, name: str) -> Any:
    """A staff user's own value, or None where none was chosen."""
    query = select(StaffSetting.value).where(
        StaffSetting.staff_id == staff_id, StaffSetting.name == name
    )
    return session.scalar(query)


def save_staff_setting(session: Session, staff_id: int, name: str, value: Any) -> None:
    """Remember a staff user's value; None forgets it."""

    def work() -> None:
        row = session.get(StaffSetting, (staff_id, name))
        if value is None:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(StaffSetting(staff_id=staff_id, name=name, value=value))
        else:
            row.value = value

    in_transaction(session, work)
