"""What staff read after links were sent: to whom, and to whom not and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import abort
from markupsafe import Markup

from ...errors import InvalidInput, NotFound
from ...i18n import _, _n
from ...services.invitations.refusals import REFUSALS
from ...services.invitations.sending import send_invitation
from ...state import current_contacts
from ..current_staff import current_actor
from ..people_names import NAMED, told_apart
from ..safe_view import flash

if TYPE_CHECKING:
    from ...services.invitations.sending import Result

__all__ = ["NAMED", "by_reason", "send_one", "tell_many", "told_apart"]

_ORDER = list(REFUSALS)


def by_reason(results: Iterable[Result]) -> list[tuple[Any, list[Result]]]:
    """Who is refused, by the reason in words."""
    refused = [(_ORDER.index(one.refusal), one) for one in results if one.refusal is not None]
    refused.sort(key=lambda pair: pair[0])
    return [
        (REFUSALS[_ORDER[place]], [one for _place, one in some])
        for place, some in groupby(refused, key=lambda pair: pair[0])
    ]


def send_one(customer_id: Any, contact_id: int, *, unless_recent: bool = False) -> None:
    """Send one link and say so, or why not; 404 for a contact that is not there.

    The same words whatever the contact's login is (C6).
    """
    try:
        saved = send_invitation(
            current_contacts.session,
            customer_id,
            contact_id,
            current_actor(),
            unless_recent=unless_recent,
        )
    except NotFound:
        abort(404)
    except InvalidInput as error:
        for texts in error.errors.values():
            flash(str(texts[0]), "danger")
        return
    text = _(
        "The link to set a password is on its way to %(email)s. A link sent before does not "
        "work any more.",
        email=saved.contact.email,
    )
    flash(text, "success")


def tell_many(results: Sequence[Result], more_url: str | None) -> None:
    """After links were sent to many; ``more_url`` leads to the next ones that match."""
    sent = sum(one.refusal is None for one in results)
    if sent:
        text = _n(
            "A link is on its way to %(num)d contact.",
            "Links are on their way to %(num)d contacts.",
            sent,
        )
        flash(text, "success")
    for reason, refused in by_reason(told_apart(results)):
        flash(f"{_not_sent(len(refused))} {reason}{_names(refused)}", "warning")
    if more_url is not None:
        link = Markup('{} <a class="alert-link" href="{}">{}</a>')
        flash(
            link.format(_("More contacts match."), more_url, _("Go on with the next ones")), "info"
        )


def _not_sent(count: int) -> str:
    return str(_n("%(num)d contact got no link:", "%(num)d contacts got no link:", count))


def _names(refused: Sequence[Result]) -> str:
    names = [one.name for one in refused if one.name]
    if not names:
        return ""
    shown = ", ".join(names[:NAMED])
    return f" {shown}, …" if len(names) > NAMED else f" {shown}"
