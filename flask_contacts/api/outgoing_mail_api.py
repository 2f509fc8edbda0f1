"""/api/v1/contacts/outgoing-mail/: what became of each mail, and sending it again (M2)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import NotFound
from ..i18n import _
from ..later import later
from ..models import Mail
from ..services.mailing import outgoing_mail as service
from ..state import current_contacts
from .endpoints import endpoint
from .problems import refused_fields
from .queries import CURSOR, LIMIT, one_of, word
from .rest_api import ROOT, RestApi, rights_on
from .schemas import BOOLEAN, INTEGER, KEY, MOMENT, STRING, choice, or_null, page_of, record

if TYPE_CHECKING:
    from . import cursors, visible_contacts
else:
    cursors = later("api.cursors")
    visible_contacts = later("api.visible_contacts")


_NAME = "Contacts outgoing mail"
_CURSOR = "outgoing_mail"
_FIELDS = {
    "id": KEY,
    "contact": or_null(KEY),
    "template": STRING,
    "language": STRING,
    "recipient": STRING,
    "subject": STRING,
    "topic": or_null(STRING),
    "state": choice(service.STATES),
    "attempts": INTEGER,
    "error": or_null(STRING),
    "created_at": MOMENT,
    "not_before": MOMENT,
    "sent_at": or_null(MOMENT),
}
_LETTER = {"text": or_null(STRING), "attachments": {"type": "array", "items": STRING}}


class ContactsOutgoingMailRestApi(RestApi):
    """Mails to contacts that the caller may see; to some callers without those about logins.

    What a mail with a link to set a password says is never given.
    """

    route_base = f"{ROOT}/outgoing-mail"
    class_permission_name = _NAME
    base_permissions = rights_on(_NAME)
    method_permission_name = {"mails": "show", "mail": "show", "send_again": "edit"}

    @endpoint(
        "/",
        summary="List mails, the newest first",
        query=(
            one_of("state", service.STATES, "In this state."),
            word("to", "To this address.", 254),
            CURSOR,
            LIMIT,
        ),
        answer=page_of(record(_FIELDS)),
    )
    def mails(self, *, query: Any) -> Any:
        """A page."""
        recipient = service.address_asked(query["to"])
        asked = replace(_visible(), state=query["state"], recipient=recipient)
        before = cursors.read(_CURSOR, query["cursor"])
        found = service.list_mail(current_contacts.session, asked, before, query["limit"])
        rows = [_answer(one) for one in found.items]
        return {"result": rows, "next": cursors.sign(_CURSOR, found.before)}

    @endpoint(
        "/<pk>",
        summary="Read a mail",
        answer=record({"result": record({**_FIELDS, **_LETTER})}),
    )
    def mail(self, pk: int) -> Any:
        """With its words, as long as they are kept and may be read."""
        return {"result": _whole(_find(pk))}

    @endpoint(
        "/<pk>/resend",
        "POST",
        summary="Put a mail back in the queue",
        body=record({"sent_too": BOOLEAN}, ()),
        answer=record({"result": record({**_FIELDS, **_LETTER})}),
    )
    def send_again(self, pk: int, *, body: Any) -> Any:
        """With the same Message-ID; one that has reached the server only with ``sent_too``."""
        _find(pk)
        session, sent_too = current_contacts.session, body.get("sent_too", False)
        if not service.send_again(session, [pk], asked=_visible(), sent_too=sent_too):
            text = _("It has left already, or there is nothing left to send.")
            raise refused_fields({"mail": [text]})
        return {"result": _whole(_find(pk))}


def _visible() -> service.MailFilter:
    found: service.MailFilter = current_contacts.staff_sight.mail()
    return found


def _find(pk: int) -> Mail:
    try:
        return service.find_mail(current_contacts.session, pk, _visible())
    except NotFound:
        raise visible_contacts.missing() from None


def _whole(mail: Mail) -> dict[str, Any]:
    letter = service.letter(mail)
    return {
        **_answer(mail),
        "text": None if letter is None else letter.text,
        "attachments": [] if letter is None else list(letter.attachments),
    }


def _answer(mail: Mail) -> dict[str, Any]:
    columns = {name: getattr(mail, name) for name in _FIELDS if name != "contact"}
    return {**columns, "contact": mail.contact_id}
