"""The access doctor: the page that answers why a contact does not get in, or does not see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import select

from ...errors import InvalidInput, NotFound
from ...i18n import _
from ...models import Contact
from ...services.access import doctor as access_doctor
from ...services.access.records import RecordAnswer, discreet
from ...services.contacts.saved import find_contact
from ...services.invitations.states import invitations_of
from ...services.mailing.topic_matrix import matrix_of
from ...state import current_contacts
from ..current_staff import current_actor
from ..customers.sight import (
    customer_key,
    key_attribute,
    may_know_of_logins,
    profile_url,
    sees_every_customer,
    visible_customers,
)
from ..invitations import words as invitation_words
from ..safe_view import allowed, require_known_fields
from . import two_factor_page
from .access_doctor_words import VERDICTS, Reader, tell
from .addresses import kept_tab, leading_tab

if TYPE_CHECKING:
    from ...services.access.doctor import ModuleSight
    from ..safe_view import Answer, SafeView

_LONGEST = 500


@dataclass(frozen=True)
class _Question:
    """What was asked about one record, and the answer; ``reasons`` say why not."""

    module: str
    typed: str
    error: str = ""
    is_seen: bool = False
    title: str = ""
    reasons: tuple[Any, ...] = ()


def show(view: SafeView, customer: Any, pk: int) -> Answer:
    """The diagnosis, the modules and topics, and the question about one record."""
    session, key = current_contacts.session, customer_key(customer)
    contact = _contact(key, pk)
    can_edit = allowed(view, "edit")
    archived = contact.archived_at is not None
    diagnosis = access_doctor.diagnose(session, contact, precise=may_know_of_logins())
    panel = None
    if not archived:
        panel = invitation_words.panel(contact, invitations_of(session, [contact])[contact.id])
    second = two_factor_page.panel(view, customer, contact)
    reader = Reader(panel, can_edit, second.reset_url if second is not None else None)
    modules = access_doctor.modules_of(contact)
    matrix = None if archived else matrix_of(session, key, [contact.id])
    return view.page(
        "access_doctor",
        title=_("Access"),
        customer=customer,
        contact=contact,
        verdict=VERDICTS[diagnosis.verdict],
        findings=tell(diagnosis.findings, contact, reader),
        modules=modules,
        answers=matrix.rows[0].answers if matrix is not None and matrix.rows else [],
        question=_question(contact, modules),
        longest=_LONGEST,
        can_come=diagnosis.verdict != "no",
        can_edit=can_edit and not archived,
        can_view_as=allowed(view, "view_as") and contact.active,
        endpoint=view.endpoint,
        customer_pk=key,
        led_by=kept_tab(),
        back=leading_tab(pk) or profile_url(key, archived=archived),
        back_to=contact.name if leading_tab(pk) else customer,
    )


def grant(view: SafeView, customer: Any, pk: int) -> Answer:
    """Give the permission for one module, and back to the page."""
    require_known_fields({"module"})
    session, key = current_contacts.session, customer_key(customer)
    module = request.form.get("module", "")
    try:
        access_doctor.grant(session, key, pk, module, current_actor())
    except NotFound:
        abort(404)
    except InvalidInput as error:
        for texts in error.errors.values():
            flash(str(texts[0]), "danger")
    else:
        label = current_contacts.registry.modules[module].label
        flash(_("The contact may open %(module)s now.", module=label), "success")
    return redirect(url_for(f"{view.endpoint}.access", customer_pk=key, pk=pk, **kept_tab()))


def _contact(key: Any, pk: int) -> Contact:
    try:
        return find_contact(current_contacts.session, key, pk)
    except NotFound:
        abort(404)


def _question(contact: Contact, modules: list[ModuleSight]) -> _Question:
    asked = request.args.get("module", "")
    typed = request.args.get("record", "").strip()
    known = {one.module.name: one for one in modules}
    if "module" not in request.args:
        return _Question("", "")
    if asked not in known:
        abort(404)
    if not typed or len(typed) > _LONGEST:
        return _Question(asked, typed[:_LONGEST], _("Type the id of a record, or its address."))
    answer = current_contacts.judge_record(contact, asked, typed)
    if not answer.was_looked_up:
        return _Question(asked, typed, answer.sentence)
    owner = _visible_owner(answer)
    if owner is None and not sees_every_customer():
        answer = discreet(answer)
    reasons = [_reason(answer, contact, owner)] if answer.kind != "visible" else []
    if not known[answer.module].is_seen:
        reasons.append(known[answer.module].sentence)
    if not contact.active:
        reasons.append(_("The contact is not active."))
    return _Question(answer.module, typed, "", not reasons, answer.title, tuple(reasons))


def _visible_owner(answer: RecordAnswer) -> Any:
    """The other customer that a record belongs to, if this staff member sees it."""
    if answer.owner_id is None:
        return None
    return visible_customers().filter(key_attribute() == answer.owner_id).first()


def _reason(answer: RecordAnswer, contact: Contact, owner: Any) -> Any:
    """Why the portal's page leaves the record out, with the name that explains it."""
    if owner is not None:
        return _("The record belongs to another customer: %(customer)s.", customer=owner)
    if answer.kind == "own_records" and answer.addressed_to is not None:
        query = select(Contact).where(
            Contact.id == answer.addressed_to, Contact.customer_id == contact.customer_id
        )
        whose = current_contacts.session.scalars(query).first()
        if whose is not None:
            return _("%(why)s It is addressed to %(name)s.", why=answer.sentence, name=whose.name)
    return answer.sentence
