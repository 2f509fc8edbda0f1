"""What staff read after a contact was saved (BEHAVIOUR C11), and what they never read.

Whether a login existed already shows in the mails that were sent and in what became of
a typed password. Staff from whom customers are hidden are told what they asked for, not
what happened, so that typing addresses teaches nothing about other customers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from markupsafe import Markup

from ...i18n import _, _l
from ...services.mailing.email_templates import template_enabled
from ...state import current_contacts
from ..customers.sight import sees_every_customer, sees_other_contact
from ..held_permissions import holds_now
from ..safe_view import flash
from .actions import rights_url
from .permissions import CONTACTS

if TYPE_CHECKING:
    from ...models import Contact
    from ...services.contacts.saved import Saved
    from ..safe_view import SafeView

_MAILS = {
    "welcome": _l("the welcome email"),
    "set_password": _l("the link to set a password"),
    "reset_password": _l("the link to set a new password"),
    "password_changed": _l("the notice of a changed password"),
    "company_added": _l("the notice of an added company"),
    "new_email": _l("the notice of a changed address"),
}


def tell_created(
    view: SafeView, saved: Saved, raw: Mapping[str, Any], customer_name: str | None
) -> None:
    """After New Contact; the name is None for a contact without a customer."""
    name = _linked(saved.contact)
    if customer_name is None:
        done = Markup(_("%(name)s is now a contact, without a company yet."))  # noqa: S704  ours
    else:
        done = Markup(_("%(name)s is now a contact of %(customer)s."))  # noqa: S704  ours
    _tell(done % {"name": name, "customer": customer_name}, saved, raw, created=True)
    if not raw.get("permissions"):
        tell_nothing_opens(view, saved.contact)


def tell_edited(view: SafeView, saved: Saved, raw: Mapping[str, Any]) -> None:
    """After Edit."""
    done = Markup(_("The changes to %(name)s are saved."))  # noqa: S704  ours
    _tell(done % {"name": _linked(saved.contact)}, saved, raw)
    if saved.login_created or saved.joined_login:
        tell_nothing_opens(view, saved.contact)
    if saved.login_removed:
        text = _("%(name)s has no login any more, and cannot sign in.", name=saved.contact.name)
        flash(text, "info")


def tell_login(view: SafeView, saved: Saved, *, send_link: bool) -> None:
    """After Generate login (BEHAVIOUR S4)."""
    raw = {"is_user": True, "send_password_mail": send_link}
    done = _("%(name)s has a login now.", name=saved.contact.name)
    _tell(done, saved, raw)
    tell_nothing_opens(view, saved.contact)


def tell_nothing_opens(view: SafeView, contact: Contact) -> None:
    """That a login without a permission opens an empty portal (C12), or one without a company,
    and where to give it."""
    if contact.login_id is None:
        return
    name, url = contact.name, None
    if contact.customer_id is None:
        text = _("%(name)s has no company yet, and finds nothing in the portal.", name=name)
        if holds_now("can_edit", CONTACTS):
            url = url_for("CustomerContactsView.edit", pk=contact.id, _anchor="company")
        words = _("Give a company")
    elif not contact.permission_names:
        text = _("%(name)s has no permission yet, and finds nothing in the portal.", name=name)
        url, words = rights_url(view, contact, "permissions"), _("Give permissions")
    else:
        return
    if url is not None:
        text = Markup('{} <a class="alert-link" href="{}">{}</a>').format(text, url, words)
    flash(text, "warning")


def tell_no_login(saved: Saved) -> None:
    """After a reactivation: how somebody who was archived meanwhile can sign in again."""
    if saved.contact.login_id is None:
        text = _(
            "%(name)s has no login. To give one, press Edit, tick Is user and Send set new "
            "password email, and save.",
            name=saved.contact.name,
        )
        flash(text, "info")


def tell_changed(done: str, saved: Saved) -> None:
    """After a change by a button: what was done, and who is primary now."""
    said = Markup(" ").join(filter(None, (done, _primary(saved))))
    flash(said or _("That was so already; nothing changed."), "success")
    if saved.password_erased and sees_every_customer():
        flash(_erased_password(saved), "info")


def _tell(done: str, saved: Saved, raw: Mapping[str, Any], *, created: bool = False) -> None:
    everything = sees_every_customer()
    joined = saved.joined_login and (everything or sees_other_contact(saved.contact))
    precise = everything or joined
    mails = _sent(saved) if precise else _asked(_asked_mails(raw, created))
    flash(Markup(" ").join(filter(None, (done, _primary(saved), mails))), "success")
    if joined:
        text = _("%(name)s already signs in at another customer, and uses the same login here.")
        flash(text % {"name": saved.contact.name}, "info")
    if raw.get("password"):
        _tell_password(saved, precise)


def _linked(contact: Contact) -> str:
    """The name, leading to the contact's page for staff who may open it."""
    if not holds_now("can_show", CONTACTS):
        return contact.name
    kept = request.args.get("list")
    url = url_for("CustomerContactsView.show", pk=contact.id, list=kept)
    return Markup('<a class="alert-link" href="{}">{}</a>').format(url, contact.name)


def _erased_password(saved: Saved) -> str:
    """After a move: who set the password at the former customer must not get in here (C7)."""
    words = {"name": saved.contact.name, "email": saved.contact.email}
    if "set_password" in saved.mails:
        return str(
            _(
                "The password that staff had set for %(name)s does not work any more. A link to "
                "set a new one is on its way to %(email)s.",
                **words,
            )
        )
    return str(
        _(
            "The password that staff had set for %(name)s does not work any more. Send a link "
            "to set a new one once the contact is active again.",
            **words,
        )
    )


def _primary(saved: Saved) -> str:
    """Who became the primary contact, and who it was before (BEHAVIOUR C4)."""
    if saved.promoted is None:
        return ""
    if saved.demoted is None:
        return str(_("%(name)s is the primary contact now.", name=saved.promoted.name))
    names = {"name": saved.promoted.name, "former": saved.demoted.name}
    return str(_("%(name)s is the primary contact now, no longer %(former)s.", **names))


def _sent(saved: Saved) -> str:
    own = [name for name in saved.mails if name != "email_changed"]
    if not own:
        return str(_("No email was sent."))
    said = _("On its way to %(email)s: %(mails)s.", email=saved.contact.email, mails=_joined(own))
    if "email_changed" in saved.mails:
        return f"{said} " + str(_("The former address is told too."))
    return str(said)


def _asked(asked: list[str]) -> str:
    if not asked:
        return str(_("You asked for no email."))
    return str(_("The emails you asked for: %(mails)s.", mails=_joined(asked)))


def _tell_password(saved: Saved, precise: bool) -> None:
    name = saved.contact.name
    if not precise:
        text = _(
            "The typed password counts only as long as %(name)s has not chosen another; "
            "a mailed link always works.",
            name=name,
        )
        flash(text, "info")
    elif saved.password_ignored:
        text = _(
            "The typed password was not used: this login belongs to its holder, %(name)s. "
            "A mailed link is the way to set a new one.",
            name=name,
        )
        flash(text, "warning")
    elif saved.contact.login_id is not None:
        text = _("Tell %(name)s the password yourself: it is never mailed.", name=name)
        flash(text, "info")


def _asked_mails(raw: Mapping[str, Any], created: bool) -> list[str]:
    """The mails that the form asked for; it depends on nothing that is hidden."""
    asked: list[str] = []
    if not raw.get("is_user"):
        return asked
    quiet = raw.get("no_welcome_mail") or raw.get("do_not_send_emails")
    if created and not quiet and template_enabled(current_contacts.session, "welcome"):
        asked.append("welcome")
    if raw.get("send_password_mail"):
        asked.append("set_password")
    return asked


def _joined(names: list[str]) -> str:
    return ", ".join(str(_MAILS.get(name, name)) for name in names)
