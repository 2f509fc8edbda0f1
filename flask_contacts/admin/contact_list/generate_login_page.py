"""Generate login (BEHAVIOUR S4): for one contact, and for many that have an e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request, url_for
from markupsafe import Markup
from wtforms import BooleanField, StringField

from ...errors import DatabaseBusy, InvalidInput, NotFound
from ...i18n import _, _l, _lp, _n
from ...services.chunks import MOST_AT_ONCE
from ...services.invitations import account_contacts, generate_login as service
from ...state import current_contacts
from .. import outcome_messages
from ..contact_visibility import visible, visible_contact
from ..contacts import joined_account, messages as contact_messages
from ..current_staff import current_actor
from ..fields import CarryingForm, typed_form
from ..held_permissions import holds_now
from ..invitations.view import ContactsInvitationsView
from ..safe_view import flash, require_known_fields
from . import chosen_contacts

if TYPE_CHECKING:
    from ...models import Contact
    from ...services.chunks import Outcome
    from ...services.contacts.saved import Saved
    from ..contacts.joined_account import JoinedAccount
    from ..safe_view import Answer, SafeView


class LoginFields(CarryingForm):
    """The address of the login, and whether to mail the link."""

    email = StringField(_lp("address", "Email"))
    send_link = BooleanField(_l("Send set new password email"))


def one(view: SafeView, pk: int) -> Answer:
    """Ask for the e-mail, which becomes the contact's; then make or join the login."""
    contact = visible_contact(pk)
    repairs = request.args.get("from") == "access" and contact.customer_id is not None
    form = LoginFields(typed_form(), data={"email": contact.email or "", "send_link": repairs})
    refusal = service.refusal_of(contact)
    back = url_for(f"{view.endpoint}.show", pk=pk, list=request.args.get("list"))
    if repairs:
        back = url_for("ContactsTab.access", customer_pk=contact.customer_id, pk=pk)
    if request.method == "POST":
        raw = form.typed_values()
        saved = _generate(contact, form, raw)
        if saved is not None:
            contact_messages.tell_login(view, saved, send_link=raw["send_link"])
            return redirect(back)
    return view.page(
        "generate_login",
        422 if request.method == "POST" else 200,
        title=_("Generate login"),
        contact=contact,
        form=form,
        refusal=service.ALONE[refusal] if refusal is not None else None,
        account=_account(contact, form.email.data),
        account_url=url_for(f"{view.endpoint}.generate_login_account", pk=pk),
        back=back,
    )


def account(pk: int) -> str:
    """Whose account the contact joins by the address that is typed, as a piece of a page."""
    return joined_account.piece(_account(visible_contact(pk), request.args.get("email")))


def ask(view: SafeView) -> Answer:
    """Ask before many get a login: how many, who gets none and why."""
    chosen = chosen_contacts.chosen(view)
    if not chosen.ids:
        return redirect(chosen.back)
    outcomes = service.plan(current_contacts.session, chosen.ids, visible())
    outcomes = outcome_messages.told_apart(outcomes)
    receivers = [found for found in outcomes if found.refusal is None]
    return view.page(
        "generate_logins",
        title=_n(
            "Generate a login for %(num)d contact?",
            "Generate logins for %(num)d contacts?",
            len(receivers),
        ),
        receivers=receivers,
        joining=_joining(receivers),
        refused=outcome_messages.by_reason(outcomes, service.REFUSALS),
        named=outcome_messages.NAMED,
        rest=chosen.rest,
        most_at_once=MOST_AT_ONCE,
        post_url=chosen_contacts.address(view, "generate_logins"),
        next_url=chosen_contacts.address(view, "ask_generate_logins", rest=chosen.rest),
        back=chosen.back,
    )


def many(view: SafeView) -> Answer:
    """Generate the logins, and say how many and for whom not."""
    require_known_fields({"contacts", "rest", "send_link"})
    chosen, send_link = chosen_contacts.posted(view), bool(request.form.get("send_link"))
    outcomes = service.generate_logins(
        current_contacts.session,
        chosen.ids,
        current_actor(),
        send_link=send_link,
        visible=visible(),
    )
    done = sum(found.refusal is None for found in outcomes)
    if done:
        text = _n("%(num)d contact has a login now.", "%(num)d contacts have a login now.", done)
        links = _("The link to set a password is on its way.") if send_link else _no_links()
        flash(Markup(" ").join((text, links)), "success")
    outcome_messages.tell_refused(outcomes, service.REFUSALS)
    more = None
    if chosen.rest is not None:
        more = chosen_contacts.address(view, "ask_generate_logins", rest=chosen.rest)
    outcome_messages.tell_more(more)
    return redirect(chosen.back)


def _account(contact: Contact, typed: str | None) -> JoinedAccount | None:
    if service.refusal_of(contact) is not None:
        return None
    return joined_account.joined_account(contact, typed)


def _joining(receivers: list[Outcome]) -> int:
    ids = [one.contact_id for one in receivers]
    return account_contacts.count_joining(current_contacts.session, ids, visible()) if ids else 0


def _no_links() -> str:
    """That nobody can sign in yet, and where links are sent."""
    text = str(_("No link to set a password was sent."))
    if not holds_now("can_show", ContactsInvitationsView.class_permission_name):
        return text
    link = Markup('{} <a class="alert-link" href="{}">{}</a>')
    url = url_for(f"{ContactsInvitationsView.__name__}.invitations", state="never_invited")
    return link.format(text, url, _("Invitations"))


def _generate(contact: Contact, form: LoginFields, raw: dict[str, Any]) -> Saved | None:
    try:
        return service.generate_login(
            current_contacts.session,
            contact.id,
            raw["email"],
            current_actor(),
            send_link=raw["send_link"],
            visible=visible(),
        )
    except NotFound:
        abort(404)
    except InvalidInput as error:
        form.show_errors(error.errors)
    except DatabaseBusy:
        text = _("The database is busy, so nothing was saved. Save again in a moment.")
        form.show_errors({"": [text]})
    return None
