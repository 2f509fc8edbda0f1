"""What is offered and agreed on: estimates, proposals, contracts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_contacts.models import Contact

from .columns import DRAFT, Hundredths, OfCustomer, OfMaybeCustomer, Paper

ESTIMATE_STATUSES = (DRAFT, "sent", "accepted", "declined", "expired")
PROPOSAL_STATUSES = (DRAFT, "sent", "accepted", "declined")
CONTRACT_STATUSES = (DRAFT, "awaiting signature", "active", "completed")


class Estimate(Paper, OfCustomer, Model):
    """What a piece of work will probably cost."""

    __tablename__ = "estimate"
    sent_status = "sent"

    title: Mapped[str] = mapped_column(String(150))
    issued_on: Mapped[date] = mapped_column(Date)
    valid_until: Mapped[date] = mapped_column(Date)
    total: Mapped[Decimal] = mapped_column(Hundredths)
    scope: Mapped[str | None] = mapped_column(Text)


class Proposal(Paper, OfMaybeCustomer, Model):
    """What the studio offers to do, in words.

    It goes to a customer (to the ``contact`` that it is addressed to, else to the primary
    one), or to a lead: somebody with a name and an address who is no customer yet.
    """

    __tablename__ = "proposal"
    sent_status = "sent"

    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey(Contact.id, ondelete="SET NULL"), index=True
    )
    contact: Mapped[Contact | None] = relationship(Contact, lazy="joined")
    lead_name: Mapped[str | None] = mapped_column(String(150))
    lead_email: Mapped[str | None] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(150))
    sent_on: Mapped[date] = mapped_column(Date)
    open_till: Mapped[date] = mapped_column(Date)
    total: Mapped[Decimal] = mapped_column(Hundredths)
    summary: Mapped[str | None] = mapped_column(Text)

    @property
    def addressee(self) -> Any:
        """The customer, or the name of the lead."""
        return self.customer or self.lead_name or self.lead_email


class Contract(Paper, OfCustomer, Model):
    """What both sides have agreed on."""

    __tablename__ = "contract"
    sent_status = "awaiting signature"

    subject: Mapped[str] = mapped_column(String(150))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    signed_on: Mapped[date | None] = mapped_column(Date)
    value: Mapped[Decimal] = mapped_column(Hundredths)
    terms: Mapped[str | None] = mapped_column(Text)
