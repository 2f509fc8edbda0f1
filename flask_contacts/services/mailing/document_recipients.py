"""Whom a document can go to, who is selected already, and why (BEHAVIOUR N5, N7, N9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ...documents import Document
from ...email_address import canonical_email
from ...errors import InvalidInput
from ...i18n import _l
from ...mail import outbox
from ...mail.recipients import REASONS, Recipient, cannot_be_mailed, explain
from ...models import Contact

#: Stands for the address of a document that goes to no contact, where ids of contacts stand.
ADDRESS = 0
#: So many are selected at once, at most.
MOST = 100
#: So many who are not selected are shown without a search.
OTHERS = 12
_FOUND = 10
_LONGEST_SEARCH = 100
_SENTENCES = {
    **REASONS,
    "addressed": _l("The document is addressed to this contact"),
    "primary": _l("Primary contact"),
    "address": _l("The address that the document has"),
    "bad_address": _l("The address is not an e-mail address"),
    "other": "",
}
_PRESELECTED = frozenset({"topic_on", "fallback", "addressed", "primary", "address"})
_UNREACHABLE = frozenset({"inactive", "no_email", "bad_address"})


@dataclass(frozen=True)
class Candidate:
    """Somebody whom a document can go to.

    ``id`` is the contact's, or :data:`ADDRESS`. ``email`` is where mail goes, empty where
    it cannot; ``sentence`` says for staff why somebody is selected or not.
    """

    id: int
    name: str
    email: str
    language: str
    reason: str
    sentence: str
    contact: Contact | None = None

    @property
    def is_preselected(self) -> bool:
        """Whether the dialog opens with this one selected."""
        return self.reason in _PRESELECTED

    @property
    def is_reachable(self) -> bool:
        """Whether mail can go there at all."""
        return self.reason not in _UNREACHABLE

    @property
    def wants_no_mail(self) -> bool:
        """Whether staff confirm before this one is written to (N7)."""
        return self.contact is not None and self.contact.do_not_send_emails


@dataclass(frozen=True)
class Candidates:
    """Those who are selected, some others, and whether there are more to search for.

    ``cut``: there would be more to select than one sending takes.
    """

    selected: list[Candidate]
    others: list[Candidate]
    has_more: bool = False
    cut: bool = False


def candidates(session: Session, document: Document) -> Candidates:
    """Whom the dialog shows when it opens."""
    if document.address is not None:
        one = _address(document)
        return Candidates([one], []) if one.is_preselected else Candidates([], [one])
    found = _explained(session, document, limit=MOST + OTHERS + 1)
    selected = [one for one in found if one.is_preselected]
    others = [one for one in found if not one.is_preselected]
    shown = selected[:MOST]
    has_more = len(others) > OTHERS or len(found) > MOST + OTHERS
    return Candidates(shown, others[:OTHERS], has_more, cut=len(selected) > MOST)


def chosen(session: Session, document: Document, ids: Collection[int]) -> list[Candidate]:
    """Those of ``ids``, who are all this document's to choose.

    Raises :class:`InvalidInput` at ``to`` where one is no contact of the customer, or there
    are too many.
    """
    wanted = set(ids)
    if len(wanted) > MOST:
        raise InvalidInput(
            {"to": [_l("Select at most %(count)s; send to the others afterwards.", count=MOST)]}
        )
    found = known(session, document, wanted)
    if {one.id for one in found} != wanted:
        text = _l("Somebody whom you selected is no contact of this customer; left out.")
        raise InvalidInput({"to": [text]})
    return found


def known(session: Session, document: Document, ids: Collection[int]) -> list[Candidate]:
    """Those of ``ids`` who are this document's to choose; others are left out."""
    if document.address is not None:
        return [_address(document)] if ADDRESS in ids else []
    wanted = [one for one in ids if 0 < one < 2**31][:MOST]
    return _explained(session, document, limit=MOST, ids=wanted) if wanted else []


def search(session: Session, document: Document, text: str) -> list[Candidate]:
    """At most ten contacts of the customer whose name or address holds ``text``."""
    text = " ".join(text.split())[:_LONGEST_SEARCH]
    if document.address is not None or not text or "\x00" in text:
        return []
    columns = (Contact.firstname.concat(" ").concat(Contact.lastname), Contact.email)
    query = (
        select(Contact.id)
        .where(
            Contact.customer_id == document.customer_id,
            Contact.archived_at.is_(None),
            or_(*(one.icontains(text, autoescape=True) for one in columns)),
        )
        .order_by(Contact.active.desc(), Contact.lastname, Contact.firstname, Contact.id)
        .limit(_FOUND)
    )
    ids = session.scalars(query).all()
    return _explained(session, document, limit=_FOUND, ids=ids) if ids else []


def _explained(
    session: Session, document: Document, limit: int, ids: Sequence[int] | None = None
) -> list[Candidate]:
    """The customer's contacts, those who are selected first; by the one resolver (N1)."""
    if document.topic is not None:
        answers = explain(session, document.customer_id, document.topic, limit, contact_ids=ids)
        return [_candidate(one.contact, one.reason, _sentence(one)) for one in answers]
    addressee = _addressee(session, document)
    query = (
        select(Contact)
        .where(Contact.customer_id == document.customer_id, Contact.archived_at.is_(None))
        .order_by(Contact.active.desc(), Contact.lastname, Contact.firstname, Contact.id)
        .limit(limit)
    )
    if ids is not None:
        query = query.where(Contact.id.in_(ids))
    found = list(session.scalars(query))
    if addressee is not None and (ids is None or addressee.id in ids):
        found = [addressee, *(one for one in found if one is not addressee)]
    return [_candidate(one, *_why(one, document, addressee)) for one in found]


def _sentence(answer: Recipient) -> str:
    """A permission keeps automatic mail away, and nothing that staff send by hand."""
    if answer.reason != "no_permission":
        return answer.sentence
    return str(_l("%(reason)s; gets it all the same if selected here", reason=answer.sentence))


def _addressee(session: Session, document: Document) -> Contact | None:
    """Whom a document without a topic is addressed to, else the primary contact (N9)."""
    query = select(Contact).where(Contact.customer_id == document.customer_id)
    if document.contact_id is not None:
        found = session.scalars(query.where(Contact.id == document.contact_id)).first()
        if found is not None and cannot_be_mailed(found) not in _UNREACHABLE:
            return found
    return session.scalars(query.where(Contact.primary_of == document.customer_id)).first()


def _why(contact: Contact, document: Document, addressee: Contact | None) -> tuple[str, str]:
    reason = cannot_be_mailed(contact) or "other"
    if reason == "other" and contact is addressee:
        reason = "addressed" if contact.id == document.contact_id else "primary"
    return reason, str(_SENTENCES[reason])


def _candidate(contact: Contact, reason: str, sentence: str) -> Candidate:
    email, language = contact.email_key or "", outbox.language_of(contact)
    return Candidate(contact.id, contact.name, email, language, reason, sentence, contact)


def _address(document: Document) -> Candidate:
    name, typed = document.address or ("", "")
    reason, language = "address", str(current_app.config["BABEL_DEFAULT_LOCALE"])
    try:
        email = canonical_email(typed).key
    except InvalidInput:
        reason, email = "bad_address", ""
    shown = name.strip() or typed.strip() or str(_l("Somebody without a name"))
    return Candidate(ADDRESS, shown, email, language, reason, str(_SENTENCES[reason]))
