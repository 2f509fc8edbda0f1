"""Everything that this package raises on purpose.

Messages may be lazy strings: they are written for the person who reads them, in
their language. Facts are attributes, so that a caller never parses a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError


class ContactsError(Exception):
    """The root: catch this to catch all that the package raises on purpose."""


class ConfigError(ContactsError):
    """The host has set something up wrongly; raised at start, never later.

    ``code`` is stable (``"contacts.C001"``), ``hint`` says what to do.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(f"{code}: {message} {hint}")
        self.code = code
        self.hint = hint


class InvalidInput(ContactsError):
    """What was typed cannot be taken; ``errors`` maps a field's name to its messages."""

    def __init__(self, errors: Mapping[str, Sequence[object]]) -> None:
        super().__init__("; ".join(f"{name}: {texts[0]}" for name, texts in errors.items()))
        self.errors = {name: list(texts) for name, texts in errors.items()}


class Overtaken(InvalidInput):
    """Somebody else changed some of the fields since the form was opened; nothing was written.

    ``sentences`` say so at these fields, ``now`` is what each holds by now, ``marks`` are the marks
    of it: who sends these with the form has seen it. ``problems`` are those of other kinds, and
    ``errors`` has them all.
    """

    def __init__(
        self,
        problems: Mapping[str, Sequence[object]],
        sentences: Mapping[str, object],
        now: Mapping[str, Any],
        marks: Mapping[str, Any],
    ) -> None:
        told = {name: [*problems.get(name, ()), text] for name, text in sentences.items()}
        super().__init__({**problems, **told})
        self.problems, self.sentences = dict(problems), dict(sentences)
        self.now, self.marks = dict(now), dict(marks)


class InvalidFilename(InvalidInput):
    """A file has a name that is none; the rest of it, for who gives it another."""

    def __init__(self, message: object, filename: Any, content: bytes, media_type: str) -> None:
        super().__init__({"attachments": [message]})
        self.filename, self.content, self.media_type = filename, content, media_type


class NotFound(ContactsError):
    """No such customer or contact, or one that is not this caller's to see."""


class Gone(NotFound):
    """What belonged to a customer or a contact that is there, and was deleted meanwhile."""


class SuccessorRequired(ContactsError):
    """The primary contact leaves while others are active: one of them must be named (C4)."""

    def __init__(self, contact_id: int) -> None:
        super().__init__(f"contact {contact_id} is primary; name a successor")
        self.contact_id = contact_id


class SilencesTopics(ContactsError):
    """After the change nobody would get mail about ``topics`` any more (BEHAVIOUR N6).

    Their names in the order registered. Whoever knows it says so: the services take them as
    ``silences``.
    """

    def __init__(self, topics: Sequence[str]) -> None:
        super().__init__(f"nobody would get {', '.join(topics)}")
        self.topics = list(topics)


class ContactInUse(ContactsError):
    """Rows of the host refer to the contact and forbid its deletion.

    ``tables`` maps the tables' names to how many rows there are (counted up to 1,000); it is
    empty where only the database knows.
    """

    def __init__(self, tables: Mapping[str, int]) -> None:
        rows = [f"{count} in {name}" for name, count in tables.items()]
        super().__init__(", ".join(rows) or "other rows refer to the contact")
        self.tables = dict(tables)


class CustomerHasContacts(ContactsError, SQLAlchemyError):
    """A customer that has contacts is not deleted; ``count`` says how many there are.

    SQLAlchemy's error too: Flask-AppBuilder, and any host that saves, rolls back then and
    answers as for other refusals of the database.
    """

    def __init__(self, count: int, customer_id: Any = None) -> None:
        contacts = "1 contact" if count == 1 else f"{count} contacts"
        super().__init__(f"The customer has {contacts}. Delete or move them first.")
        self.count, self.customer_id = count, customer_id


class CustomerKeyInUse(ContactsError, SQLAlchemyError):
    """The key of a customer stays while contacts, notes or customer admins refer to it."""

    def __init__(self, customer_id: Any) -> None:
        text = f"The key {customer_id} stays: contacts, notes or customer admins refer to it."
        super().__init__(text)
        self.customer_id = customer_id


class TransactionOpen(ContactsError):
    """The caller has changes of its own in the session, or a transaction that it has begun.

    A service commits what it does, and would commit those too. Nothing was changed.
    """

    code = "contacts.C061"

    def __init__(self) -> None:
        super().__init__(
            f"{self.code}: A service commits a transaction of its own. Commit or roll back "
            "your changes first, and call it outside of session.begin() and begin_nested()."
        )


class DatabaseBusy(ContactsError):
    """The database was locked or away for too long; nothing was written. Try again."""


class SignInRefused(ContactsError):
    """E-mail and password do not open anything. It never says why (security 6.3.8)."""


class CodeRequired(ContactsError):
    """The password is right, and a code of the second factor is asked for besides it.

    ``login_id`` and ``session_epoch`` are what the second step is bound to.
    """

    def __init__(self, login_id: int, session_epoch: int) -> None:
        super().__init__("a code of the second factor is required")
        self.login_id, self.session_epoch = login_id, session_epoch


class SecretUnreadable(ContactsError):
    """No secret key of the application opens the secret of a second factor (any more)."""


class ReadOnlyView(ContactsError):
    """Staff look at the portal as a contact, and this is the contact's own alone (P8)."""


class TooManyAttempts(ContactsError):
    """A limit is reached; it opens again in ``retry_after`` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many attempts, try again in {retry_after} s")
        self.retry_after = retry_after


class LinkError(ContactsError):
    """A mailed link does not work (any more)."""


class LinkInvalid(LinkError):
    """Cut, altered, signed by someone else, or for another purpose."""


class LinkExpired(LinkError):
    """Its time is over since ``expired_at`` (UTC)."""

    def __init__(self, expired_at: datetime | None = None) -> None:
        super().__init__("the link has expired")
        self.expired_at = expired_at


class LinkUsed(LinkError):
    """It was used already."""


class LinkVoid(LinkError):
    """Something that happened since made it void; ``reason`` is a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the link is void: {reason}")
        self.reason = reason


class UnknownMergeField(ContactsError):
    """A template names a merge field that it does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown merge field {{{name}}}")
        self.name = name
