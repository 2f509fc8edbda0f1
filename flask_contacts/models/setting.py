"""What staff choose under Setup → Settings."""

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, key_string


class Setting(Base):
    """A named value; no row means the default."""

    __tablename__ = "contacts_setting"

    name: Mapped[str] = mapped_column(key_string(50), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
