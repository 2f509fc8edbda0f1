"""Setup → Outgoing mail: what became of each mail, sending again, cancelling (BEHAVIOUR M2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for

from ...errors import NotFound
from ...i18n import _, _n
from ...later import later
from ...models import Contact, Mail
from ...state import current_contacts
from ..contact_visibility import visible_mail
from ..customers.sight import profile_url
from ..fab import expose
from ..held_permissions import has_access
from ..moments import day_in_words, moment_element
from ..safe_view import SafeView, allowed, require_known_fields

if TYPE_CHECKING:
    from ...mail import templates
    from ...services.mailing import mail_counts, outgoing_mail as service
    from ..contact_list import chips
    from ..safe_view import Answer
    from . import words
else:
    chips = later("admin.contact_list.chips")
    words = later("admin.mail.words")
    mail_counts = later("services.mailing.mail_counts")
    service = later("services.mailing.outgoing_mail")
    templates = later("mail.templates")

_SIZE = 50
_MOST = 1000
_LONGEST_ADDRESS = 254
_BARS = {"sent": ("sent",), "waiting": ("waiting", "sending"), "failed": ("failed",)}


class ContactsOutgoingMailView(SafeView):
    """The outbox; staff who do not see every customer see mail to the contacts of theirs.

    Without ``can_view_all`` not that about logins: CRM → Invitations has how far these came.
    """

    route_base = "/contacts-outgoing-mail"
    class_permission_name = "Contacts outgoing mail"
    base_permissions = ("can_show", "can_edit")
    method_permission_name = {
        "outgoing_mail": "show",
        "mail": "show",
        "send_again": "edit",
        "send_failed_again": "edit",
        "cancel": "edit",
    }
    default_view = "outgoing_mail"

    def way_back(self) -> str:
        """Back to the list."""
        return url_for(f"{self.endpoint}.outgoing_mail")

    @expose("/")
    @has_access
    def outgoing_mail(self) -> Answer:
        """A page of the mails, the newest first, with how many are in which state."""
        asked, before = _asked(), _before()
        session = current_contacts.session
        found = service.list_mail(session, asked, before, _SIZE)
        arguments = _arguments(asked)
        return self.page(
            "outgoing_mail",
            title=_("Outgoing mail"),
            is_partial=not asked.about_logins,
            found=found,
            asked=asked,
            is_first=before is None,
            first_url=self._list_url(arguments),
            next_url=self._list_url({**arguments, "before": found.before}),
            state_url=lambda state: self._list_url({**arguments, "state": state}),
            states=service.STATES,
            counts=mail_counts.count_by_state(session, asked),
            most=mail_counts.MOST_COUNTED,
            days=_bars(mail_counts.last_days(session, asked)) if before is None else [],
            can_edit=allowed(self, "edit"),
            endpoint=self.endpoint,
            **_words(),
        )

    @expose("/mail/<int(max=2147483647):mail_id>")
    @has_access
    def mail(self, mail_id: int) -> Answer:
        """One mail: its way so far and, where it may be read, what it says."""
        session = current_contacts.session
        try:
            found = service.find_mail(session, mail_id, visible_mail())
        except NotFound:
            abort(404)
        contact = session.get(Contact, found.contact_id) if found.contact_id else None
        return self.page(
            "outgoing_mail_show",
            title=found.subject or _("Mail"),
            mail=found,
            letter=service.letter(found),
            language=chips.language_name(found.language) if found.language else "–",
            contact=contact,
            customer_url=_customer_url(contact),
            states=service.STATES,
            can_edit=allowed(self, "edit"),
            endpoint=self.endpoint,
            back=self.way_back(),
            **_words(),
        )

    @expose("/send-again", methods=("POST",))
    @has_access
    def send_again(self) -> Answer:
        """Send the selected mails again; asks first where the server has taken some already."""
        require_known_fields({"mail", "back", "sent_too"})
        session, asked, ids = current_contacts.session, visible_mail(), _selected()
        answer = request.form.get("sent_too")
        if answer not in {None, "0", "1"}:
            abort(400, _("Choose whether to send them too."))
        if not ids:
            return self._nothing_selected()
        states = service.selected(session, ids, asked)
        if states.get("sent") and answer is None:
            return self.page(
                "outgoing_mail_again",
                title=_("Send again"),
                ids=ids,
                sent=len(states["sent"]),
                others=sum(len(states.get(state, [])) for state in service.RESENDABLE),
                back=_back(self.way_back()),
                endpoint=self.endpoint,
            )
        count = service.send_again(session, ids, asked=asked, sent_too=answer == "1")
        _say_sent(count, len(ids))
        return redirect(_back(self.way_back()))

    @expose("/send-failed-again", methods=("POST",))
    @has_access
    def send_failed_again(self) -> Answer:
        """Send every failed mail again, after a mail server was mended."""
        require_known_fields({"back"})
        count = service.send_all_failed_again(current_contacts.session, visible_mail())
        _say_sent(count, count)
        return redirect(self.way_back())

    @expose("/cancel", methods=("POST",))
    @has_access
    def cancel(self) -> Answer:
        """Keep the selected mails from being sent."""
        require_known_fields({"mail", "back"})
        ids = _selected()
        if not ids:
            return self._nothing_selected()
        count = service.cancel(current_contacts.session, ids, asked=visible_mail())
        if count:
            text = _n("%(num)d mail is cancelled.", "%(num)d mails are cancelled.", count)
            flash(text, "success")
        if count < len(ids):
            flash(_("Mail that has left, or is leaving now, cannot be cancelled."), "warning")
        return redirect(_back(self.way_back()))

    def _nothing_selected(self) -> Answer:
        flash(_("Select at least one mail."), "warning")
        return redirect(_back(self.way_back()))

    def _list_url(self, arguments: Mapping[str, Any]) -> str:
        given = {name: value for name, value in arguments.items() if value is not None}
        return url_for(f"{self.endpoint}.outgoing_mail", **given)


def _words() -> dict[str, Any]:
    return {
        "label_of": _label_of,
        "in_words": words.in_words,
        "format_datetime": moment_element,
        "format_date": day_in_words,
    }


def _label_of(mail: Mail) -> Any:
    """The name of what the mail is; a host may have taken its template away."""
    template = templates.all_templates().get(mail.template)
    return template.label if template is not None else mail.template


def _asked() -> service.MailFilter:
    state, address = request.args.get("state") or None, request.args.get("to", "").strip()
    if state not in {None, *service.STATES} or len(address) > _LONGEST_ADDRESS:
        abort(404)
    return replace(visible_mail(), state=state, recipient=service.address_asked(address))


def _arguments(asked: service.MailFilter) -> dict[str, Any]:
    return {"state": asked.state, "to": asked.recipient}


def _before() -> int | None:
    text = request.args.get("before")
    return None if text is None else _id(text)


def _selected() -> list[int]:
    texts = request.form.getlist("mail")
    if len(texts) > _MOST:
        abort(400, _("Select fewer mails at once."))
    return [_id(text) for text in texts]


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**31):
        abort(404)
    return int(text)


def _back(default: str) -> str:
    """The page that a button stood on: the list with its filter, and nowhere else."""
    asked = request.form.get("back", "")
    path = default.split("?", maxsplit=1)[0]
    return asked if asked.split("?", maxsplit=1)[0] == path and "\\" not in asked else default


def _say_sent(count: int, wanted: int) -> None:
    text = _n("%(num)d mail is on its way again.", "%(num)d mails are on their way again.", count)
    flash(text, "success" if count else "warning")
    if count < wanted:
        flash(_("The others have left already, or there is nothing left to send."), "warning")


def _customer_url(contact: Contact | None) -> str | None:
    if contact is None or contact.customer_id is None:
        return None
    return profile_url(contact.customer_id)


def _bars(days: Mapping[Any, Mapping[str, int]]) -> list[dict[str, Any]]:
    """The chart's columns: for each day its counts, and their heights of 100 in all."""
    rows = [
        {bar: sum(counts[state] for state in states) for bar, states in _BARS.items()}
        for counts in days.values()
    ]
    top = max(1, *(sum(row.values()) for row in rows))
    return [
        {"day": day, "counts": row, "heights": {bar: n * 100 / top for bar, n in row.items()}}
        for day, row in zip(days, rows, strict=True)
    ]
