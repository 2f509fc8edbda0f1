"""Who wrote or uploaded something, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, DateTime, ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from flask_contacts.models import Contact

FORMER = _l("Former contact")
"""Stands for the name of a contact who is not there any more."""


class Signed:
    """Something of one person: of a contact, or of somebody at the studio (``by_staff``).

    Of a contact there is a reference and no copy of the name: who is anonymised or deleted
    is not named here any longer either. ``author`` names everybody else: staff, who come and
    go, and people without a contact.
    """

    author: Mapped[str | None] = mapped_column(String(100))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey(Contact.id, ondelete="SET NULL"), index=True
    )
    by_staff: Mapped[bool] = mapped_column(Boolean, default=False)
    sent_at: Mapped[datetime] = mapped_column(DateTime)

    @declared_attr
    def contact(self) -> Mapped[Any]:
        """The contact whose it is; None for everybody else's."""
        return relationship(Contact, lazy="joined")

    @property
    def signed_by(self) -> str:
        """The name to show."""
        if self.contact is not None:
            return str(self.contact.name)
        return self.author or str(FORMER)
