"""Who may become a customer, and what may be sold: leads and opportunities."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Column, Date, DateTime, ForeignKey, Integer, String, Table, Text, func
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from flask_contacts.models import Contact

from .columns import Hundredths, OfCustomer, OfMaybeCustomer

NEW, CONVERTED, LOST = "new", "converted", "lost"
LEAD_STATUSES = (NEW, "contacted", "qualified", CONVERTED, LOST)
LEAD_SOURCES = ("website", "referral", "fair", "telephone", "other")
STAGES = ("discovery", "offer made", "negotiation", "won", "lost")


def _of_contacts(owner: str) -> Table:
    """Who has to do with a record: many with many; a row goes with either end."""
    return Table(
        f"{owner}_contact",
        Model.metadata,
        Column(f"{owner}_id", ForeignKey(f"{owner}.id", ondelete="CASCADE"), primary_key=True),
        Column(
            "contact_id",
            ForeignKey(Contact.id, ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
    )


lead_contacts = _of_contacts("lead")
opportunity_contacts = _of_contacts("opportunity")


class Lead(OfMaybeCustomer, Model):
    """Somebody who asked, and may become a customer; then ``customer`` says which.

    ``converted_at`` is when that was done to the end.
    """

    __tablename__ = "lead"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    firstname: Mapped[str] = mapped_column(String(100))
    lastname: Mapped[str] = mapped_column(String(100))
    company: Mapped[str | None] = mapped_column(String(191))
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    phone: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20), default=NEW, index=True)
    source: Mapped[str] = mapped_column(String(20), default="other")
    value: Mapped[Decimal | None] = mapped_column(Hundredths)
    notes: Mapped[str | None] = mapped_column(Text)
    converted_at: Mapped[datetime | None] = mapped_column(DateTime)
    contacts: Mapped[list[Any]] = relationship(Contact, secondary=lead_contacts)
    known_by: Mapped[str] = column_property(
        firstname + " " + lastname + " " + func.coalesce(company, "") + " "
        + func.coalesce(email, ""),
        deferred=True,
    )  # fmt: skip
    """What the search of the list looks in; never written, and read by no page."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.firstname} {self.lastname}"

    def __str__(self) -> str:
        return f"{self.name}, {self.company}" if self.company else self.name


class Opportunity(OfCustomer, Model):
    """Something that a customer may buy, and how far that has come."""

    __tablename__ = "opportunity"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(String(150))
    amount: Mapped[Decimal] = mapped_column(Hundredths)
    stage: Mapped[str] = mapped_column(String(20), default=STAGES[0], index=True)
    close_on: Mapped[date] = mapped_column(Date)
    notes: Mapped[str | None] = mapped_column(Text)
    contacts: Mapped[list[Any]] = relationship(Contact, secondary=opportunity_contacts)

    def __str__(self) -> str:
        return self.title
