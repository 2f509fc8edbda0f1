"""The second factor of a login: an authenticator app's secret, and codes for the day it is lost.

No admin view and no API maps these tables, as those of the logins.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import utc_now
from .base import Base, key_string, timestamp
from .login import Login


class TwoFactor(Base):
    """A login whose holder gives a code of an app besides the password; no row means off.

    ``secret`` is encrypted with keys made of the application's secret keys. ``last_step`` is
    the number of the half minute whose code was taken last: none is taken twice.
    ``recovery_salt`` is that of the recovery codes' hashes, new with each set of them.
    """

    __tablename__ = "contacts_two_factor"

    login_id: Mapped[int] = mapped_column(
        ForeignKey(Login.id, name="fk_contacts_two_factor_login", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    secret: Mapped[str] = mapped_column(key_string(500))
    last_step: Mapped[int] = mapped_column(Integer)
    recovery_salt: Mapped[str] = mapped_column(key_string(32))
    on_since: Mapped[datetime] = mapped_column(timestamp(), default=utc_now)


class RecoveryCode(Base):
    """The hash of a code that signs in once in place of the app's."""

    __tablename__ = "contacts_recovery_code"
    __table_args__ = (
        UniqueConstraint("login_id", "code_hash", name="uq_contacts_recovery_code_hash"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    login_id: Mapped[int] = mapped_column(
        ForeignKey(Login.id, name="fk_contacts_recovery_code_login", ondelete="CASCADE")
    )
    code_hash: Mapped[str] = mapped_column(key_string(64))
    used_at: Mapped[datetime | None] = mapped_column(timestamp())
