"""One colleague: invited, given permissions, deactivated, reactivated (BEHAVIOUR P5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...errors import InvalidInput, SilencesTopics, TooManyAttempts
from ...i18n import _
from ...models import Contact
from ...services.company import colleagues as service
from ...services.company.colleague_lists import Colleague, colleague as find
from ...services.contacts.saved import Saved
from ...services.invitations import refusals
from ...services.mailing.silent_topics import in_order
from ...services.settings import default_permissions
from ...state import current_contacts
from ..account.pages import limited, visitor, wait
from ..form_owner import typed_fields
from ..forms import FormErrors
from ..notices import notify
from ..reader_clock import moment
from ..visit import BLUEPRINT
from .colleague_access import asker, colleague_page, key_of, permitted, require_fields
from .colleague_words import sentence, state_badge

#: The field that names the topics that the page has warned of (BEHAVIOUR N6).
SILENCES = "silences"


@dataclass(frozen=True)
class Choice:
    """A permission on the form; one that is ``fixed`` is beyond the visitor's own."""

    name: str
    label: Any
    ticked: bool
    fixed: bool = False


@colleague_page
def invite_colleague() -> Response:
    """The form of a new colleague, and what it posts."""
    visit = visitor()
    own = visit.contact.permission_names
    if request.method != "POST":
        ticked = default_permissions(current_contacts.session) & own
        return _invitation({}, ticked, {})
    typed = typed_fields()
    typed.pop("permissions", None)
    chosen = request.form.getlist("permissions")
    raw = {**typed, "permissions": chosen}
    language = visit.contact.language
    try:
        saved = permitted(
            lambda: service.invite_colleague(current_contacts.session, asker(), raw, language)
        )
    except InvalidInput as error:
        return _invitation(typed, chosen, error.errors)
    except TooManyAttempts as error:
        return limited(_invitation(typed, chosen, wait(error)), error)
    notify(_("An invitation is on its way to %(email)s.", email=saved.contact.email))
    return redirect(url_for(f"{BLUEPRINT}.colleague", pk=saved.contact.id), 303)


@colleague_page
def colleague(pk: str) -> Response:
    """The colleague's page, and the permissions that it posts."""
    key = key_of(pk)
    if request.method != "POST":
        return _shown(_found(key))
    require_fields("shown", "permissions", SILENCES)
    shown, wanted = request.form.getlist("shown"), request.form.getlist("permissions")
    silences = request.form.getlist(SILENCES)
    try:
        saved = permitted(
            lambda: service.change_permissions(
                current_contacts.session, asker(), key, shown, wanted, silences=silences
            )
        )
    except InvalidInput as error:
        return _shown(_found(key), error.errors, shown, wanted)
    except SilencesTopics as error:
        return _shown(_found(key), {}, shown, wanted, silenced=error.topics)
    notify(_("The permissions of %(name)s are saved.", name=saved.contact.name))
    return redirect(url_for(f"{BLUEPRINT}.colleague", pk=key), 303)


@colleague_page
def deactivate_colleague(pk: str) -> Response:
    """Asks first; asks again where a topic would reach nobody any more."""
    key = key_of(pk)
    if request.method != "POST":
        return _leaving(_found(key))
    require_fields(SILENCES)
    silences = request.form.getlist(SILENCES)
    try:
        saved = permitted(
            lambda: service.deactivate_colleague(
                current_contacts.session, asker(), key, silences=silences
            )
        )
    except SilencesTopics as error:
        return _leaving(_found(key), error.topics)
    notify(_("%(name)s is deactivated and signed out.", name=saved.contact.name))
    return redirect(url_for(f"{BLUEPRINT}.colleague", pk=key), 303)


@colleague_page
def reactivate_colleague(pk: str) -> Response:
    """Switch on again."""
    key = key_of(pk)
    return _done(
        key,
        lambda: service.reactivate_colleague(current_contacts.session, asker(), key),
        lambda contact: _("%(name)s is active again.", name=contact.name),
    )


@colleague_page
def invite_colleague_again(pk: str) -> Response:
    """Send the invitation once more."""
    key = key_of(pk)
    return _done(
        key,
        lambda: service.invite_again(current_contacts.session, asker(), key),
        lambda contact: _("An invitation is on its way to %(email)s.", email=contact.email),
    )


def _done(key: int, work: Callable[[], Saved], said: Callable[[Contact], str]) -> Response:
    require_fields()
    try:
        saved = permitted(work)
    except InvalidInput as error:
        return _shown(
            _found(key), {"": [text for texts in error.errors.values() for text in texts]}
        )
    except TooManyAttempts as error:
        return limited(_shown(_found(key), wait(error)), error)
    notify(said(saved.contact))
    return redirect(url_for(f"{BLUEPRINT}.colleague", pk=key), 303)


def _found(key: int) -> Colleague:
    """The colleague; 404 for who is none, 403 for the visitor."""
    own = visitor().contact
    if own.id == key:
        abort(403)
    return permitted(lambda: find(current_contacts.session, own.customer_id, key))


def _shown(
    one: Colleague,
    errors: FormErrors | None = None,
    shown: list[str] | None = None,
    wanted: list[str] | None = None,
    *,
    silenced: list[str] | None = None,
) -> Response:
    """The page; after an error with what was ticked, and what the page had shown before."""
    held, own = one.contact.permission_names, visitor().contact.permission_names
    if shown is None or wanted is None:
        shown, wanted = sorted(held & own), sorted(held)
    labels = current_contacts.registry.permissions
    page = render_template(
        "flask_contacts/portal/colleague.html",
        colleague=one.contact,
        badge=state_badge(one),
        sentence=sentence(one, visitor().contact),
        can_invite=one.contact.active and one.invitation.state in service.NOT_COME,
        wait_until=_next_invitation(one.contact),
        choices=[
            Choice(name, label, name in (wanted if name in own else held), name not in own)
            for name, label in labels.items()
            if name in own or name in held
        ],
        shown=[name for name in shown if name in own],
        silenced=in_order(silenced or ()),
        errors=errors or {},
    )
    return make_response(page, 422 if errors or silenced else 200)


def _next_invitation(contact: Contact) -> str | None:
    """From when an invitation can be sent again, where that is not now; by the reader's clock."""
    when = refusals.next_link_at(contact)
    return None if when is None else moment(when)


def _invitation(typed: dict[str, str], chosen: Any, errors: FormErrors) -> Response:
    own = visitor().contact.permission_names
    labels = current_contacts.registry.permissions
    page = render_template(
        "flask_contacts/portal/colleague_invite.html",
        values=typed,
        choices=[
            Choice(name, label, name in chosen) for name, label in labels.items() if name in own
        ],
        errors=errors,
    )
    return make_response(page, 422 if errors else 200)


def _leaving(one: Colleague, silenced: list[str] | None = None) -> Response:
    page = render_template(
        "flask_contacts/portal/colleague_deactivate.html",
        colleague=one.contact,
        silenced=in_order(silenced or ()),
    )
    return make_response(page, 422 if silenced else 200)
