"""Files that people upload, kept in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from flask_contacts import Attachment

if TYPE_CHECKING:
    from flask_contacts.portal import Uploaded

LARGEST = 2**24 - 1
"""The largest file that the column takes on every database (bytes)."""


class StoredFile:
    """A file: its name, what kind it is, and its bytes, which are read only to send them."""

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    filename: Mapped[str] = mapped_column(String(150))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary(LARGEST), deferred=True)

    @classmethod
    def of(cls, uploaded: Uploaded, **others: Any) -> Any:
        """The row for an uploaded file; ``others`` are the columns of the table's own."""
        return cls(
            filename=uploaded.filename,
            media_type=uploaded.media_type,
            size=len(uploaded.content),
            content=uploaded.content,
            **others,
        )

    def as_attachment(self) -> Attachment:
        """The file for whoever may download it."""
        return Attachment(self.filename, self.content, self.media_type)

    def __str__(self) -> str:
        return self.filename
