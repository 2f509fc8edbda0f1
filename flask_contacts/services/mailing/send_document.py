"""Sending a document by hand: what staff chose goes to all whom they chose (BEHAVIOUR N5)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...actors import SYSTEM, Actor
from ...documents import Document
from ...email_address import canonical_email
from ...errors import InvalidInput
from ...i18n import _l, available_languages
from ...mail import outbox
from ...mail.messages import Words
from ...mail.outbox import Letter
from ...models import Contact, Mail
from ..contacts import activity
from ..transaction import in_transaction
from . import document_letters
from .document_recipients import Candidate, chosen
from .email_templates import check_words

#: So many addresses get a copy, at most.
MOST_COPIES = 20
_SEPARATORS = re.compile(r"[,;\n]")
_NAMED = re.compile(r"[^<>]*<([^<>]+)>\s*")


@dataclass(frozen=True)
class Wish:
    """What staff chose in the dialog.

    ``to`` holds contacts' ids, or :data:`~.document_recipients.ADDRESS`; ``cc`` addresses
    as typed. With a ``language`` everybody is written to in it, else each in the own one.
    ``words`` are the staff's own, for that language or the one that all selected share;
    None takes the template's. ``files`` are positions among the document's files, None for
    all. ``confirmed``: also to those who want no e-mails (N7). A ``token`` makes it send
    once, however often it comes.
    """

    to: Collection[int]
    cc: str = ""
    language: str | None = None
    words: Words | None = None
    files: Collection[int] | None = None
    confirmed: bool = False
    token: str = ""


@dataclass(frozen=True)
class Sent:
    """Who is written to, by name and address; ``already``: had it from this very dialog."""

    to: list[Candidate]
    copies: list[str]
    already: list[Candidate]


@dataclass(frozen=True)
class Ready:
    """A wish that can be sent; ``letters(one)`` is a mail, ``copy_of=names`` makes it a copy."""

    to: list[Candidate]
    copies: list[str]
    letters: Callable[..., Letter]


def send_document(
    session: Session,
    document: Document,
    wish: Wish,
    actor: Actor = SYSTEM,
    after_send: Callable[[Sequence[Contact]], None] | None = None,
) -> Sent:
    """Promise the mails, note them on the contacts, call ``after_send``: one transaction.

    Each recipient gets a mail of its own; each address in ``cc`` gets one copy, of the
    first recipient's. Raises :class:`InvalidInput` with the fields of :class:`Wish` (and
    ``subject``, ``body``, ``attachments``), and then nothing is sent.
    """
    document = document_letters.making_files_once(document)
    make_ready(session, document, wish)  # the files are made before anything is locked

    def work() -> Sent:
        ready = make_ready(session, document, wish)
        before = _promised(session, document, wish, ready)
        new = [one for one in ready.to if _key(document, wish, one.email) not in before]
        for one in new:
            _promise(session, document, wish, ready, one)
            if one.contact is not None:
                what = {"document": [None, str(document.name)]}
                activity.record(session, actor, one.contact, "document_sent", what)
        copies = [one for one in ready.copies if _key(document, wish, one) not in before]
        for address in copies:
            _promise(session, document, wish, ready, ready.to[0], address)
        if after_send is not None and (new or copies):
            after_send([one.contact for one in new if one.contact is not None])
        return Sent(new, copies, [one for one in ready.to if one not in new])

    return in_transaction(session, work)


def make_ready(session: Session, document: Document, wish: Wish, *, preview: bool = False) -> Ready:
    """Check the wish; raises as :func:`send_document`. A preview needs no confirmation."""
    if wish.language is not None and wish.language not in available_languages(current_app):
        raise InvalidInput({"language": [_l("Choose a language of the list.")]})
    errors: dict[str, list[Any]] = {}
    to = _collect(errors, lambda: _recipients(session, document, wish, preview), [])
    copies = _collect(errors, lambda: _copies(wish.cc, {one.email for one in to}), [])
    languages = sorted({wish.language or one.language for one in to})
    texts = _collect(errors, lambda: _words(session, document, wish, languages), {})
    mails = len(to) + len(copies)
    files = {
        language: _collect(
            errors,
            lambda language=language: document_letters.chosen_files(  # type: ignore[misc]
                document, language, wish.files, mails
            ),
            [],
        )
        for language in languages
    }
    if document_letters.is_switched_off(session, document):
        text = _l("This e-mail is switched off under Setup → Email Templates.")
        errors.setdefault("", []).append(text)
    if errors:
        raise InvalidInput(errors)

    def write(one: Candidate, copy_of: Sequence[str] = ()) -> Letter:
        language = wish.language or one.language
        return document_letters.letter(
            document, one, language, texts[language], files[language], copy_of
        )

    return Ready(to, copies, write)


def _collect(errors: dict[str, list[Any]], work: Callable[[], Any], otherwise: Any) -> Any:
    """What ``work`` gives; what it cannot take is added to the errors."""
    try:
        return work()
    except InvalidInput as error:
        for name, texts in error.errors.items():
            known = errors.setdefault(name, [])
            known.extend(text for text in texts if text not in known)
        return otherwise


def _recipients(session: Session, document: Document, wish: Wish, preview: bool) -> list[Candidate]:
    to = chosen(session, document, wish.to)
    if not to:
        texts = [_l("Nobody is selected, so nothing was sent.")]
        if wish.cc.strip():
            texts.append(_l("A copy alone is not sent."))
        raise InvalidInput({"to": texts})
    unreachable = [one for one in to if not one.is_reachable]
    if unreachable:
        texts = [
            _l("%(name)s cannot get mail: %(reason)s.", name=one.name, reason=one.sentence)
            for one in unreachable
        ]
        raise InvalidInput({"to": texts})
    if not preview and not wish.confirmed and any(one.wants_no_mail for one in to):
        text = _l("Confirm that you write to somebody who wants no e-mails.")
        raise InvalidInput({"confirmed": [text]})
    return to


def _copies(typed: str, recipients: Collection[str]) -> list[str]:
    """The addresses of a line as people type or paste it, each once."""
    found: dict[str, None] = {}
    for piece in _SEPARATORS.split(typed):
        named = _NAMED.fullmatch(piece)
        text = (named[1] if named else piece).strip()
        if not text:
            continue
        try:
            found[canonical_email(text).key] = None
        except InvalidInput:
            message = _l("“%(text)s” is not an e-mail address.", text=text[:100])
            raise InvalidInput({"cc": [message]}) from None
    if len(found) > MOST_COPIES:
        text = _l("Send a copy to at most %(count)s addresses.", count=MOST_COPIES)
        raise InvalidInput({"cc": [text]})
    return [one for one in found if one not in recipients]


def _words(
    session: Session, document: Document, wish: Wish, languages: Sequence[str]
) -> dict[str, Words]:
    if wish.words is None:
        return {one: document_letters.words(session, document, one) for one in languages}
    if len(languages) > 1:
        text = _l("A text of your own needs one language for all. Choose it.")
        raise InvalidInput({"language": [text]})
    template = document_letters.template_of(document)
    return {
        one: check_words(template, one, wish.words.subject, wish.words.body) for one in languages
    }


def _promise(
    session: Session,
    document: Document,
    wish: Wish,
    ready: Ready,
    one: Candidate,
    copy_to: str | None = None,
) -> None:
    """Write one mail: to ``one``, or a copy of that mail to an address."""
    mail = outbox.add_document_mail(
        session,
        document_letters.template_of(document),
        copy_to or one.email,
        ready.letters(one, [someone.name for someone in ready.to] if copy_to else ()),
        contact=one.contact,
        to=[someone.email for someone in ready.to] if copy_to else (),
        cc=ready.copies,
        document_key=document.key or None,
        dedupe_key=_key(document, wish, copy_to or one.email),
    )
    session.flush()
    session.expire(mail, ["message"])  # the files of a hundred mails are not kept in memory


def _promised(session: Session, document: Document, wish: Wish, ready: Ready) -> set[str | None]:
    keys = [_key(document, wish, one) for one in (*(to.email for to in ready.to), *ready.copies)]
    if not wish.token:
        return set()
    return set(session.scalars(select(Mail.dedupe_key).where(Mail.dedupe_key.in_(keys))))


def _key(document: Document, wish: Wish, email: str) -> str | None:
    if not wish.token:
        return None
    text = f"{wish.token}\n{document.key or document.name}\n{email}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
