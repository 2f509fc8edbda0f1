"""Form → service call → message: the pages that create and change a contact."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for

from ...config import setting
from ...errors import InvalidInput, NotFound
from ...i18n import _
from ...services.contacts.editing import create_contact, edit_contact
from ...services.contacts.lists import blank_contact, contact_form, named_colleagues
from ...services.contacts.saved import find_contact
from ...services.invitations.states import invitations_of
from ...services.mailing.email_templates import template_enabled
from ...services.mailing.topic_matrix import matrix_of
from ...state import current_contacts
from ..current_staff import current_actor
from ..customers.sight import (
    customer_key,
    may_type_passwords,
    profile_url,
    visible_customer,
    visible_key,
)
from ..fields import timezone_options
from ..invitations import send_page, words as invitation_words
from ..merging import hints
from ..moments import moment_element
from ..safe_view import allowed, require_known_fields
from ..saving import attempt
from ..staff_names import offered_staff
from . import activity_feed, messages as contact_messages, two_factor_page
from .activity_addresses import asked
from .addresses import leading_tab
from .form import ContactFields, password_help, permission_hints, proposals
from .fresh_fields import fresh_fields
from .joined_account import account_of_edited, edited_piece

if TYPE_CHECKING:
    from ...models import Contact
    from ...services.contacts.lists import ContactForm
    from ...services.contacts.saved import Saved
    from ..invitations.words import SignInPanel
    from ..safe_view import Answer, SafeView

_MANAGERS = 50


def new(view: SafeView, customer_pk: str) -> Answer:
    """The form of a new contact, and what saving it does."""
    session, typed = current_contacts.session, None
    if request.method == "POST":
        key, typed = visible_key(customer_pk), ContactFields(request.form)
        actor, raw = current_actor(), typed.typed_values()
        silences = raw.pop("silences")
        saved = attempt(
            typed, lambda: create_contact(session, key, raw, actor=actor, silences=silences)
        )
        if saved is not None:
            contact_messages.tell_created(view, saved, raw, saved.customer_name)
            hints.tell(saved.contact, saved.customer_name)
            return redirect(profile_url(key))
    customer = visible_customer(customer_pk)
    blank = blank_contact(session, customer_key(customer))
    if not may_type_passwords():
        blank.values["send_password_mail"] = True  # the only way in
    return _form_page(view, customer, _opened(typed, blank), blank)


def edit(view: SafeView, customer: Any, pk: int) -> Answer:
    """The form of an existing contact, and what saving it does."""
    session, key = current_contacts.session, customer_key(customer)
    typed = ContactFields(request.form, editing=True) if request.method == "POST" else None
    if typed is not None:
        raw, actor = typed.typed_values(), current_actor()
        silences = raw.pop("silences")
        saved = attempt(
            typed,
            lambda: edit_contact(
                session, key, pk, raw, actor=actor, silences=silences, opened=typed.opened
            ),
        )
        if saved is not None:
            contact_messages.tell_edited(view, saved, raw)
            return redirect(leading_tab(pk) or profile_url(key))
    try:
        stored = contact_form(session, key, pk)
    except NotFound:
        abort(404)
    return _form_page(view, customer, _opened(typed, stored, editing=True), stored, pk)


def _opened(
    typed: ContactFields | None, stored: ContactForm, *, editing: bool = False
) -> ContactFields:
    """The form that is shown: what was typed and refused, or one that opens with the values."""
    if typed is None:
        form = ContactFields(None, stored.values, editing=editing)
        if editing:
            form.note_opened()
        return form
    typed.opened_with = stored.values
    return typed


def account_piece(customer: Any, pk: int) -> str:
    """Whose account an address is that is typed for a contact, as a piece of a page."""
    try:
        return edited_piece(find_contact(current_contacts.session, customer_key(customer), pk))
    except NotFound:
        abort(404)


def activity(view: SafeView, customer: Any, pk: int) -> Answer:
    """All of a contact's activity, a page at a time."""
    try:
        contact = find_contact(current_contacts.session, customer_key(customer), pk)
    except NotFound:
        abort(404)
    before, kind = asked()
    archived = contact.archived_at is not None
    return view.page(
        "contact_activity",
        title=_("Activity"),
        customer=customer,
        contact=contact,
        feed=activity_feed.feed(contact, before, kind),
        is_newest=before is None,
        can_view_as=allowed(view, "view_as") and contact.active,
        endpoint=view.endpoint,
        customer_pk=customer_key(customer),
        format_datetime=moment_element,
        back=profile_url(customer_key(customer), archived=archived),
    )


def change(
    key: Any,
    pk: int,
    work: Callable[..., Saved],
    sentence: str = "",
    then: Callable[[Saved], None] | None = None,
    fields: Collection[str] = (),
    back: str | None = None,
) -> Answer:
    """A change by one button: do it, say so (and ``then`` what to do next), back to the tab.

    ``fields`` are what the form may have besides the button, ``back`` is another way back.
    """
    back = back or profile_url(key)
    require_known_fields(set(fields))
    try:
        saved = work(current_contacts.session, key, pk, actor=current_actor())
    except NotFound:
        abort(404)
    except InvalidInput as error:
        for texts in error.errors.values():
            for text in texts:
                flash(str(text), "danger")
        return redirect(back)
    contact_messages.tell_changed(sentence % {"name": saved.contact.name}, saved)
    if then is not None:
        then(saved)
    return redirect(back)


def invite(view: SafeView, customer: Any, pk: int) -> Answer:
    """A fresh link by one button: send it, say so, and back to where the button stood."""
    key = customer_key(customer)
    try:
        contact = find_contact(current_contacts.session, key, pk)
    except NotFound:
        abort(404)
    return send_page.page(view, contact, origin(view, key, pk) or profile_url(key))


def origin(view: SafeView, key: Any, pk: int) -> str | None:
    """The page of the contact's on which the pressed button stood, where its address says it."""
    page = {"form": "edit", "access": "access"}.get(request.args.get("from", ""))
    return None if page is None else url_for(f"{view.endpoint}.{page}", customer_pk=key, pk=pk)


def _form_page(
    view: SafeView, customer: Any, form: ContactFields, stored: ContactForm, pk: int | None = None
) -> Answer:
    key = customer_key(customer)
    session = current_contacts.session
    colleagues = named_colleagues(session, key, pk, _MANAGERS)
    contact, led = stored.contact, leading_tab(pk)
    archived = contact is not None and contact.archived_at is not None
    has_welcome = template_enabled(session, "welcome")
    return view.page(
        "contact_form",
        status=422 if request.method == "POST" else 200,
        title=_("New Contact") if pk is None else _("Edit Contact"),
        customer=customer,
        form=form,
        editing=pk is not None,
        kept=fresh_fields(_made_of(form, stored, has_welcome)),
        stored=stored,
        welcome_enabled=has_welcome,
        proposals=proposals(),
        permission_hints=permission_hints(),
        password_help=password_help(contact),
        archived=archived,
        feed=activity_feed.feed(contact) if contact and allowed(view, "show") else None,
        can={name: allowed(view, name) for name in ("show", "view_as")},
        may_send=send_page.may_send(),
        sign_in=_sign_in(contact) if contact and not archived else None,
        account=account_of_edited(contact, form.email.data) if contact else None,
        account_url=_account_url(view, key, contact),
        two_factor=two_factor_page.panel(view, customer, contact) if contact else None,
        matrix=matrix_of(session, key, [contact.id]) if contact and not archived else None,
        endpoint=view.endpoint,
        customer_pk=key,
        format_datetime=moment_element,
        managers=[one for one in colleagues if one.email],
        staff=offered_staff(),
        timezones=timezone_options(),
        similar=hints.typed_hints() if pk is None and request.method == "POST" else [],
        similar_url=hints.lookup_url(key) if pk is None else None,
        link_hours=setting("SET_PASSWORD_LINK_SECONDS") // 3600,
        back=led or profile_url(key, archived=archived),
        back_to=contact.name if contact and led else customer,
    )


def _account_url(view: SafeView, key: Any, contact: Contact | None) -> str | None:
    if contact is None or contact.login_id is None:
        return None
    return url_for(f"{view.endpoint}.edit_account", customer_pk=key, pk=contact.id)


def _made_of(form: ContactFields, stored: ContactForm, has_welcome: bool) -> Hashable | None:
    """What the fields of a new contact's form depend on; None where they hold anything else."""
    if request.method == "POST" or stored.contact is not None:
        return None
    opened = tuple((name, str(value)) for name, value in sorted(stored.values.items()))
    hours = setting("SET_PASSWORD_LINK_SECONDS")
    return "customer", stored.primary_locked, "password" in form, has_welcome, hours, opened


def _sign_in(contact: Contact) -> SignInPanel:
    invitation = invitations_of(current_contacts.session, [contact])[contact.id]
    return invitation_words.panel(contact, invitation)
