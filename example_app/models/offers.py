"""What a customer says to an offer of the studio's: an estimate or a proposal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, ForeignKey, String, Text, and_, case, func
from sqlalchemy.orm import Mapped, column_property, declared_attr, mapped_column

from flask_contacts.models import Contact

from .agreed import LONGEST_NAME, Agreed, Hand, fingerprint
from .columns import Paper

SENT, ACCEPTED, DECLINED = "sent", "accepted", "declined"
EXPIRED, WITHDRAWN = "expired", "withdrawn"
LONGEST_COMMENT = 2000


class Offer(Paper, Agreed):
    """A paper that is accepted or declined, once, until its last day has passed.

    The answer keeps the name that was typed, when (UTC), from which network address, and
    which contact it was, for as long as there is one. Staff who note down what they heard on
    the telephone set the status alone: then there is a status and no answer.
    """

    sent_status = SENT
    last_day_column: ClassVar[str]

    answered_at: Mapped[datetime | None] = mapped_column(DateTime)
    answered_by: Mapped[str | None] = mapped_column(String(LONGEST_NAME))
    answer_comment: Mapped[str | None] = mapped_column(Text)
    answer_address: Mapped[str | None] = mapped_column(String(45))
    answer_contact_id: Mapped[int | None] = mapped_column(
        ForeignKey(Contact.id, ondelete="SET NULL"), index=True
    )

    @declared_attr
    def state(self) -> Mapped[str]:
        """The status as lists show and filter it: past its last day, a sent offer is expired."""
        last_day = getattr(self, self.last_day_column)
        is_late = and_(self.status == SENT, last_day < func.current_date())
        return column_property(case((is_late, EXPIRED), else_=self.status))

    @property
    def last_day(self) -> date:
        """The last day on which it can be answered."""
        day: date = getattr(self, self.last_day_column)
        return day

    @property
    def fingerprint(self) -> str:
        """The SHA-256 hash of what is offered: who accepts has seen a page with it."""
        return fingerprint("\0".join(str(getattr(self, name)) for name in self.agreed_columns))

    @property
    def is_agreed(self) -> bool:
        """Whether a contact has accepted it; what was declined may be written anew."""
        return self.status == ACCEPTED and self.answered_at is not None

    @property
    def answered(self) -> tuple[str, datetime] | None:
        """Who answered it in the portal, and when."""
        if self.answered_by is None or self.answered_at is None:
            return None
        return self.answered_by, self.answered_at

    def is_open(self, today: date) -> bool:
        """Whether it waits for an answer: neither draft nor withdrawn, answered or expired."""
        return self.status == SENT and today <= self.last_day

    def answer(self, answer: str, hand: Hand, comment: str = "") -> None:
        """Write down what the customer said; who asks first is :meth:`is_open`."""
        self.status = answer
        self.answered_at = hand.moment
        self.answered_by = hand.name
        self.answer_comment = comment or None
        self.answer_address = hand.address
        self.answer_contact_id = hand.contact_id

    def forget_answer(self) -> None:
        """It is open or a draft again: what was said is not said any more."""
        answer: dict[str, Any] = dict.fromkeys(
            ("answered_at", "answered_by", "answer_comment", "answer_address", "answer_contact_id")
        )
        for name, nothing in answer.items():
            setattr(self, name, nothing)
