"""The send dialog (BEHAVIOUR N5): choose, look at it, send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_wtf.csrf import CSRFError

from ...errors import DatabaseBusy, InvalidInput
from ...i18n import _
from ...later import later
from ...models import Contact
from ...state import current_contacts
from ..current_staff import current_actor
from ..customers.contacts_tab import ContactsTab
from ..customers.sight import find_visible
from ..fields import typed_form
from ..moments import moment_element
from ..page_words import page_context
from ..safe_view import csrf_input, require_token

if TYPE_CHECKING:
    from ..safe_view import Answer

    AfterSend = Callable[[Sequence[Contact]], None]
    from ...documents import Attachment, Document
    from ...mail.outbox import Letter
    from ...services.mailing import (
        document_history,
        document_letters,
        document_recipients,
        outgoing_mail,
        send_document as mailing_send_document,
    )
    from ...services.mailing.document_recipients import Candidate, Candidates
    from . import form as send_form, lookups as send_lookups, messages as send_messages
    from .form import SendFields, Wording
else:
    send_form = later("admin.sending.form")
    send_lookups = later("admin.sending.lookups")
    send_messages = later("admin.sending.messages")
    document_history = later("services.mailing.document_history")
    document_letters = later("services.mailing.document_letters")
    document_recipients = later("services.mailing.document_recipients")
    mailing_send_document = later("services.mailing.send_document")
    outgoing_mail = later("services.mailing.outgoing_mail")


def send_page(
    view: Any, document: Document, back: str, after_send: AfterSend | None = None
) -> Answer:
    """The dialog at the address of this request, for a route of ``view`` with GET and POST.

    The route has looked up what the document is made of, and asked for the permission; a
    customer that this staff member may not see is a 404 (S7). ``back`` is where staff are
    led afterwards. ``after_send`` is told, in the transaction of the mails, who gets one.
    """
    if document.customer_id is not None and find_visible(str(document.customer_id)) is None:
        abort(404)
    if request.method != "POST" and "contacts" in request.args:
        return send_lookups.contacts(document, request.args["contacts"])
    if request.method != "POST" and "file" in request.args:
        return send_lookups.file(document)
    document = document_letters.making_files_once(document)
    dialog = _Dialog(view, document, back, after_send, send_form.SendFields(typed_form()))
    return dialog.posted() if request.method == "POST" else dialog.opened()


@dataclass(eq=False, repr=False)
class _Dialog:
    """One request of the dialog; ``letter`` is the preview, with the ``copies`` it has."""

    view: Any
    document: Document
    back: str
    after_send: AfterSend | None
    form: SendFields
    letter: Letter | None = None
    copies: Sequence[str] = ()

    def opened(self) -> Answer:
        """The dialog as it opens, with everybody selected who gets this anyway."""
        self.form.open([one.id for one in self.offered.selected])
        return self._page(200)

    def posted(self) -> Answer:
        """What the buttons do; whatever is wrong, what was typed stays."""
        try:
            require_token()
        except CSRFError:
            text = _("This form was open for too long. Nothing was sent. Check it and send again.")
            return self._refused({"": [text]}, 400)
        self.form.typed_values()
        action = self.form.text("action")
        if self.form.renew_token() or action not in {"send", "preview"}:
            return self._page(200)
        try:
            return self._send() if action == "send" else self._preview()
        except InvalidInput as error:
            return self._refused(error.errors, 422)
        except DatabaseBusy:
            text = _("The database is busy, so nothing was sent. Send again in a moment.")
            return self._refused({"": [text]}, 503)

    @cached_property
    def offered(self) -> Candidates:
        """Whom the dialog shows whatever is typed."""
        return document_recipients.candidates(current_contacts.session, self.document)

    @cached_property
    def selected(self) -> list[Candidate]:
        """Who is selected now, of those who can be."""
        shown, wanted = [*self.offered.selected, *self.offered.others], set(self.form.ids)
        missing = wanted - {one.id for one in shown}
        added = document_recipients.known(current_contacts.session, self.document, missing)
        return [one for one in [*shown, *added] if one.id in wanted]

    @cached_property
    def others(self) -> list[Candidate]:
        """Who can be selected by a click: those always shown, and those searched for."""
        session, typed = current_contacts.session, self.form.text("find")
        found = document_recipients.search(session, self.document, typed)
        shown = {one.id: one for one in [*found, *self.offered.selected, *self.offered.others]}
        chosen = {one.id for one in self.selected}
        return [one for one in shown.values() if one.id not in chosen]

    @cached_property
    def reader(self) -> Candidate | None:
        """Whose mail the preview shows."""
        wanted = self.form.text("preview_for")
        named = (one for one in self.selected if str(one.id) == wanted)
        return next(named, self.selected[0] if self.selected else None)

    @cached_property
    def text(self) -> Wording:
        """The words as they stand in the dialog."""
        return send_form.wording(self.document, self.form, self.selected, self.reader)

    def _send(self) -> Answer:
        wish = send_form.wish(self.form, self.text)
        sent = mailing_send_document.send_document(
            current_contacts.session, self.document, wish, current_actor(), self.after_send
        )
        for sentence, category in send_messages.sentences(self.document, sent):
            flash(sentence, category)
        return redirect(self.back)

    def _preview(self) -> Answer:
        wish = send_form.wish(self.form, self.text)
        ready = mailing_send_document.make_ready(
            current_contacts.session, self.document, wish, preview=True
        )
        reader = self.reader or ready.to[0]
        return replace(self, letter=ready.letters(reader), copies=ready.copies)._page(200)

    def _refused(self, errors: Mapping[str, Sequence[Any]], status: int) -> Answer:
        self.form.show_errors(errors)
        return replace(self)._page(status)  # anew: the session was rolled back

    def _page(self, status: int) -> Answer:
        session, form, text = current_contacts.session, self.form, self.text
        form["subject"].data, form["body"].data = text.words.subject, text.words.body
        form["shown"].data = text.language
        form["language"].choices = send_form.languages(self.selected)
        files = self._files(text.language)
        html = self.view.render_template(
            "flask_contacts/admin/send_document.html",
            **page_context(),  # the view may be the host's
            title=_("Send %(name)s by e-mail", name=self.document.name),
            csrf_input=csrf_input(),
            dialog=self,
            document=self.document,
            form=form,
            address=request.path,
            files=files,
            merge_fields=document_letters.merge_fields(self.document, self.reader, text.language),
            switched_off=document_letters.is_switched_off(session, self.document),
            most=document_recipients.MOST,
            history=document_history.sent_mails(session, self.document.key),
            states=outgoing_mail.STATES,
            format_datetime=moment_element,
            back=self.back,
            new_contact_url=self._new_contact_url(),
        )
        return html, status

    def _new_contact_url(self) -> str | None:
        """Where the customer is given a contact, for staff who may do that."""
        customer_id, name = self.document.customer_id, ContactsTab.class_permission_name
        if customer_id is None or not self.view.appbuilder.sm.has_access("can_add", name):
            return None
        return url_for(f"{ContactsTab.__name__}.new", customer_pk=customer_id)

    def _files(self, language: str) -> list[Attachment]:
        try:
            return document_letters.files(self.document, language)
        except InvalidInput as error:
            if not self.form["attachments"].errors:
                self.form.show_errors(error.errors)
            return []
