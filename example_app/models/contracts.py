"""What both sides have agreed on: contracts, and the signature that the portal takes."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from flask_appbuilder import Model
from sqlalchemy import Date, DateTime, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_contacts.models import Contact

from .agreed import LONGEST_NAME, Agreed, Hand, fingerprint
from .columns import DRAFT, Hundredths, OfCustomer, Paper, to_cents

TO_SIGN, ACTIVE, COMPLETED, REPLACED, WITHDRAWN = (
    *("awaiting signature", "active", "completed", "replaced", "withdrawn"),
)
CONTRACT_STATUSES = (DRAFT, TO_SIGN, ACTIVE, COMPLETED, REPLACED, WITHDRAWN)
SIGNED_STATUSES = (ACTIVE, COMPLETED, REPLACED)
"""What a contract can be once it is signed."""
_VERSION = re.compile(r"(.+) v([0-9]{1,3})")


class Contract(Paper, Agreed, OfCustomer, Model):
    """What the studio does for how much. Once it is signed its words stay: who wants others
    makes a new version, which ``replaces`` it when that one is signed.
    """

    __tablename__ = "contract"
    sent_status = TO_SIGN
    agreed_columns = ("number", "subject", "starts_on", "ends_on", "value", "terms")

    version: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(String(150))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    signed_on: Mapped[date | None] = mapped_column(Date)
    value: Mapped[Decimal] = mapped_column(Hundredths)
    terms: Mapped[str | None] = mapped_column(Text)
    replaces_id: Mapped[int | None] = mapped_column(
        ForeignKey("contract.id", ondelete="SET NULL"), unique=True
    )
    replaces: Mapped[Contract | None] = relationship(
        remote_side="Contract.id", back_populates="replacement"
    )
    replacement: Mapped[Contract | None] = relationship(back_populates="replaces", uselist=False)
    signature: Mapped[ContractSignature | None] = relationship(
        back_populates="contract", lazy="joined", passive_deletes=True
    )

    #: Who read it before it was signed writes no other words over it, however close the race.
    __mapper_args__ = {"version_id_col": version}

    @property
    def wording(self) -> str:
        """Exactly what is signed: the terms below what they are about.

        Dates and the value stand there as ISO writes them, so that it is the same text in
        each reader's language, and so has the same fingerprint.
        """
        until = f"{self.ends_on}" if self.ends_on is not None else ""
        head = (
            f"{self.number} · {self.subject}",
            f"{self.starts_on} – {until}".rstrip(),
            f"EUR {to_cents(self.value)}",
        )
        return "\n".join((*head, "", *(self.terms or "").splitlines())).strip()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 hash of what is signed."""
        return fingerprint(self.wording)

    @property
    def is_agreed(self) -> bool:
        """Whether it was signed in the portal."""
        return self.signature is not None

    @property
    def is_to_sign(self) -> bool:
        """Whether it waits for the customer's signature."""
        return self.status == TO_SIGN and self.signature is None

    @property
    def signed(self) -> tuple[str, datetime] | None:
        """Who signed it in the portal, and when."""
        return None if self.signature is None else (self.signature.name, self.signature.signed_at)

    @property
    def still_fits(self) -> bool:
        """Whether the words are those that were signed."""
        return self.signature is not None and self.signature.sha256 == self.fingerprint

    def sign(self, hand: Hand) -> None:
        """Sign the words as they are now; who asks first is :attr:`is_to_sign`."""
        self.signature = ContractSignature(
            name=hand.name,
            company=str(self.customer),
            contact_id=hand.contact_id,
            address=hand.address,
            signed_at=hand.moment,
            wording=self.wording,
            sha256=self.fingerprint,
        )
        self.signed_on = hand.moment.date()
        self.status = ACTIVE
        if self.replaces is not None:
            self.replaces.status = REPLACED

    def new_version(self) -> Contract:
        """A draft with the same words, to be changed, sent and signed in place of this one."""
        known = _VERSION.fullmatch(self.number)
        stem, place = (known[1], int(known[2])) if known else (self.number, 1)
        return Contract(
            customer=self.customer,
            number=f"{stem[:15]} v{place + 1}",
            subject=self.subject,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            value=self.value,
            terms=self.terms,
            replaces=self,
        )


class ContractSignature(Model):
    """Who signed which words, when and from where: written once, never changed.

    A contract has one at most by the database's own rule, however many sign at once.
    ``wording`` is kept besides its hash, so that one can still show what was agreed on.
    """

    __tablename__ = "contract_signature"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    contract_id: Mapped[int] = mapped_column(
        ForeignKey(Contract.id, ondelete="CASCADE"), unique=True
    )
    contract: Mapped[Contract] = relationship(back_populates="signature")
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    company: Mapped[str] = mapped_column(String(191))
    contact_id: Mapped[int | None] = mapped_column(
        ForeignKey(Contact.id, ondelete="SET NULL"), index=True
    )
    address: Mapped[str | None] = mapped_column(String(45))
    signed_at: Mapped[datetime] = mapped_column(DateTime)
    wording: Mapped[str] = mapped_column(Text, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))

    def __str__(self) -> str:
        return self.name
