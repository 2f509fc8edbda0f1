"""Offers in the portal: what a contact does to an estimate or a proposal.

The portal asks on a page of its own, looks whether it is possible still once the record is
locked, and commits; here is only what happens in between.
"""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _, lazy_gettext as _l
from wtforms import Form, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from flask_contacts.portal import PortalAction, PortalRefused, current_contact

from ..answer_mails import tell_of_answer
from ..clock import now
from ..database import db
from ..formatting import PORTAL_FORMATTERS, badges
from ..models.agreed import LONGEST_NAME, Hand, written_name
from ..models.agreements import OFFER_STATUSES
from ..models.offers import ACCEPTED, DECLINED, LONGEST_COMMENT, SENT, Offer
from ..words import STATUSES
from .shared import PaperPages, by_status


def name_field() -> Any:
    """The field for the name that stands under an answer or a signature."""
    return StringField(
        _l("Your full name"),
        filters=[lambda typed: written_name(typed or "")],
        validators=[DataRequired(_l("Type your name.")), Length(max=LONGEST_NAME)],
        render_kw={"autocomplete": "name", "maxlength": LONGEST_NAME},
    )


def comment_field(label: Any) -> Any:
    """A field for a few words to the studio."""
    return TextAreaField(
        label,
        validators=[Length(max=LONGEST_COMMENT)],
        render_kw={"rows": 3, "maxlength": LONGEST_COMMENT},
    )


def own_hand(name: str) -> Hand:
    """The hand of the contact who is signed in, under this name."""
    return Hand(name, current_contact.id, request.remote_addr, now())


class AcceptForm(Form):
    """Who accepts, and which offer the page has shown."""

    name = name_field()
    comment = comment_field(_l("Comment (optional)"))
    fingerprint = HiddenField()


class DeclineForm(Form):
    """Who declines, and why, if the studio may know."""

    name = name_field()
    comment = comment_field(_l("What keeps you from it? (optional)"))


def is_open(offer: Offer) -> bool:
    """Whether the offer can be answered today."""
    return offer.is_open(now().date())


def accept(offer: Offer, form: AcceptForm) -> str:
    """Note the answer and tell the studio; the message for the contact.

    Where staff changed the offer after the page was opened, nothing is accepted.
    """
    if form.fingerprint.data != offer.fingerprint:
        raise PortalRefused(
            _("The offer was changed after you opened it. Read it again before you accept it.")
        )
    _note(offer, ACCEPTED, form)
    return _("Thank you: %(number)s is accepted. We get in touch with you.", number=offer.number)


def decline(offer: Offer, form: DeclineForm) -> str:
    """The same for a no."""
    _note(offer, DECLINED, form)
    return _("%(number)s is declined. Thank you for telling us.", number=offer.number)


def _note(offer: Offer, answer: str, form: Any) -> None:
    comment = (form.comment.data or "").strip()
    offer.answer(answer, own_hand(form.name.data), comment)
    db.session.flush()
    tell_of_answer(db.session, offer, current_contact)


ANSWERS = (
    PortalAction(
        "accept",
        _l("Accept"),
        accept,
        condition=is_open,
        question=_l("You accept this offer for your company. We start as soon as we can."),
        form=AcceptForm,
        icon="check2-circle",
        template="example_app/portal/answer.html",
    ),
    PortalAction(
        "decline",
        _l("Decline"),
        decline,
        condition=is_open,
        question=_l("You decline this offer for your company. We make you another if you like."),
        form=DeclineForm,
        icon="x-circle",
        template="example_app/portal/answer.html",
        style="outline-secondary",
    ),
)

#: What the studio has sent is open, for those who got it.
STATES = {**STATUSES, SENT: STATUSES["open"]}


class OfferPages(PaperPages):
    """What the pages of estimates and of proposals share."""

    show_template = "example_app/portal/offer.html"
    actions = ANSWERS
    formatters_columns = {**PORTAL_FORMATTERS, "state": badges(STATES)}
    by_state = by_status("state", OFFER_STATUSES, STATES)
