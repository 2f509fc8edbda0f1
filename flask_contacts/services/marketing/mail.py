"""Mail to everybody on a marketing list, for a host to call.

Do not send emails counts, and so do leaving the list and having no address (BEHAVIOUR N7);
it is asked once when the mails are written, and again before each is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, lazyload

from ...errors import ConfigError, InvalidInput
from ...i18n import _l, in_language
from ...mail import marketing_letters, messages, outbox
from ...mail.leavers import leavers_among
from ...mail.merge_fields import as_texts
from ...mail.templates import find_template, merge_fields
from ...models import Contact, Mail, MarketingList, MarketingMember
from ...registry import MailTemplate
from ..transaction import in_transaction
from .lists import find_list

_IN_ONE_TRANSACTION = 200
_LONGEST_KEY = 500


def marketing_recipients(session: Session, list_id: int) -> Iterator[Contact]:
    """The contacts that mail to a list goes to now, the first added first; of those that share
    an address the first. Nobody where the list is archived.

    Read in portions, so that a list may be of any length. Raises :class:`NotFound`.
    """
    seen: set[str] = set()
    after: int | None = 0 if find_list(session, list_id).active else None
    while after is not None:
        contacts, after = _portion(session, list_id, after)
        for contact in contacts:
            if contact.email_key not in seen:
                seen.add(contact.email_key or "")
                yield contact


def send_to_marketing_list(
    session: Session,
    list_id: int,
    template_name: str,
    values: Mapping[str, object],
    *,
    key: str,
    progress: Callable[[int], object] | None = None,
) -> int:
    """Promise everybody on a list a mail of one of the host's templates; how many were written.

    ``values`` are the template's own merge fields, as text; a lazy one is written in each
    reader's language (N8). ``key`` names this sending: called again with it, also after it was
    killed in the middle, nobody is written to twice. 200 mails make a transaction of their own,
    after which ``progress`` is told their number. Raises :class:`NotFound` for the list or the
    template, :class:`InvalidInput` at ``list`` for an archived one, :class:`ConfigError` for a
    missing value or key. A template that is switched off sends nothing.
    """
    template = find_template(template_name)
    _require_whole(template, values, key)
    if not find_list(session, list_id).active:
        raise InvalidInput({"list": [_l("This list is archived: it is not mailed to.")]})
    if not messages.template_enabled(session, template):
        return 0
    written, after = 0, 0

    def work() -> tuple[int, int | None]:
        contacts, further = _portion(session, list_id, after)
        return _promise(session, template, contacts, list_id, values, key), further

    while True:
        count, further = in_transaction(session, work)
        written += count
        if progress is not None:
            progress(count)
        if further is None:
            return written
        after = further


def _portion(session: Session, list_id: int, after: int) -> tuple[list[Contact], int | None]:
    """The next contacts to mail, and after which member to go on; None: that was the end."""
    query = (
        select(MarketingMember)
        .join(Contact, MarketingMember.contact_id == Contact.id)
        .join(MarketingList, MarketingMember.list_id == MarketingList.id)
        .where(
            MarketingList.active,
            marketing_letters.is_subscribed(list_id),
            MarketingMember.id > after,
        )
        .order_by(MarketingMember.id)
        .limit(_IN_ONE_TRANSACTION)
        .options(
            joinedload(MarketingMember.contact).options(
                lazyload(Contact.permissions), joinedload(Contact.customer)
            )
        )
    )
    members = list(session.scalars(query))
    more = len(members) == _IN_ONE_TRANSACTION
    contacts = [member.contact for member in members]
    left = leavers_among(session, list_id, [contact.email_key for contact in contacts])
    mailed = [contact for contact in contacts if contact.email_key not in left]
    return mailed, members[-1].id if more else None


def _promise(
    session: Session,
    template: MailTemplate,
    contacts: list[Contact],
    list_id: int,
    values: Mapping[str, object],
    key: str,
) -> int:
    by_key = {}
    for contact in reversed(contacts):  # of those that share an address the first
        by_key[marketing_letters.dedupe_key(list_id, key, contact.email_key or "")] = contact
    query = select(Mail.dedupe_key).where(Mail.dedupe_key.in_(by_key))
    promised = set(session.scalars(query))
    left = {one: contact for one, contact in by_key.items() if one not in promised}
    for contact in reversed(left.values()):
        with in_language(outbox.language_of(contact)):
            texts = as_texts(values)
        marketing_letters.add(session, template, contact, list_id, texts, key)
    return len(left)


def _require_whole(template: MailTemplate, values: Mapping[str, object], key: str) -> None:
    missing = {field.name for field in merge_fields(template)} - set(values) - outbox.PERSON_NAMES
    if missing:
        raise ConfigError(
            "contacts.C041",
            f"The template {template.name!r} needs {', '.join(sorted(missing))}.",
            "Give every merge field of the template a value.",
        )
    if not key or len(key) > _LONGEST_KEY:
        raise ConfigError(
            "contacts.C042",
            "A sending needs a key of at most 500 characters.",
            "Name it, for example by the newsletter's number.",
        )
