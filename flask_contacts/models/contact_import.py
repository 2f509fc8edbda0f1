"""Files of contacts that staff import: their rows, and what became of each."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import utc_now
from .base import Base, key_string, timestamp


class ContactImport(Base):
    """A file whose rows are kept until they are imported, so that a killed import goes on.

    States: ``reading`` (its rows are being stored), ``mapping`` (staff say which column is
    what), ``checking`` (dry run), ``checked``, ``running``, ``done``, and ``forgotten`` where
    its rows went before it was done. ``position`` counts the rows that the present state has
    done with, ``counts`` what became of them; ``generation`` counts how often that began anew.
    ``columns`` has a field's name, or nothing, for each of ``headers``. ``newest_customer`` is
    the greatest key of the bundled customers when an import that may make some was checked;
    ``new_customers`` counts those that come with the rows that are done with.
    ``created_by_id`` is a staff user's id (no foreign key: the table may live in other
    metadata), None for the command line.
    """

    __tablename__ = "contacts_import"
    __table_args__ = (
        Index("ix_contacts_import_page", "created_by_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    filename: Mapped[str] = mapped_column(String(191))
    kind: Mapped[str] = mapped_column(key_string(8))
    encoding: Mapped[str | None] = mapped_column(key_string(40))
    delimiter: Mapped[str | None] = mapped_column(String(1))
    headers: Mapped[list[str]] = mapped_column(JSON)
    columns: Mapped[list[str]] = mapped_column(JSON)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(key_string(12), default="reading", index=True)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    position: Mapped[int] = mapped_column(Integer, default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    generation: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    newest_customer: Mapped[int | None] = mapped_column(Integer)
    new_customers: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    created_by_id: Mapped[int | None] = mapped_column(Integer)
    created_by: Mapped[str] = mapped_column(String(210), default="")
    created_at: Mapped[datetime] = mapped_column(timestamp(), default=utc_now, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(timestamp())


class ContactImportRow(Base):
    """A row of the file as it was read; ``number`` is the one that a spreadsheet shows."""

    __tablename__ = "contacts_import_row"

    import_id: Mapped[int] = mapped_column(
        ForeignKey(ContactImport.id, name="fk_contacts_import_row_import", ondelete="CASCADE"),
        primary_key=True,
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    cells: Mapped[list[str]] = mapped_column(JSON)


class ContactImportResult(Base):
    """What became, or would become, of a row.

    ``outcome`` is ``new``, ``changed``, ``unchanged`` or ``refused``; ``details`` has the
    changes or the problems by field. ``contact_id`` has no foreign key: what forgets a contact
    deletes its rows here first. There are no more indexes than an import needs, for each costs
    it time; the rows of one outcome are looked for along the primary key.
    """

    __tablename__ = "contacts_import_result"

    import_id: Mapped[int] = mapped_column(
        ForeignKey(ContactImport.id, name="fk_contacts_import_result_import", ondelete="CASCADE"),
        primary_key=True,
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(key_string(10))
    contact_id: Mapped[int | None] = mapped_column(Integer)
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class ContactImportKey(Base):
    """A digest by which a later row of the file is known to be the same person as this one.

    A row has some of them, for its address and its name; a refused row has none.
    """

    __tablename__ = "contacts_import_key"
    __table_args__ = ({"sqlite_with_rowid": False},)

    import_id: Mapped[int] = mapped_column(
        ForeignKey(ContactImport.id, name="fk_contacts_import_key_import", ondelete="CASCADE"),
        primary_key=True,
    )
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
