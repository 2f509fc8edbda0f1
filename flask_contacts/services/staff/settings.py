"""What staff users have chosen for themselves."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session

from ...models import StaffSetting
from ..transaction import in_transaction


def staff_setting(session: Session, staff_id: int, name: str) -> Any:
    """A staff user's own value, or None where none was chosen."""
    connection = session.connection(bind_arguments={"mapper": inspect(StaffSetting)})
    return connection.scalar(_value_of(), {"staff": staff_id, "setting": name})


@cache
def _value_of() -> Any:
    """Made once: to make it anew takes longer than to ask the database."""
    is_own = StaffSetting.staff_id == bindparam("staff")
    return select(StaffSetting.value).where(is_own, StaffSetting.name == bindparam("setting"))


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
