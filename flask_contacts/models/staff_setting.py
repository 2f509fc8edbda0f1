"""What a staff user has chosen for itself, such as the columns of a list."""

from typing import Any

from sqlalchemy import JSON, Integer
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, key_string


class StaffSetting(Base):
    """A named value of one staff user; no row means the default.

    A row and no cookie: it follows the user to another device, and leaves with the user.
    ``staff_id`` is the id of Flask-AppBuilder's user; no foreign key, because its table may
    live in other metadata than the customer's.
    """

    __tablename__ = "contacts_staff_setting"

    staff_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(key_string(50), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
