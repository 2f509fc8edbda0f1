"""CRM → Registrations: who registered in the portal, and staff's answer (BEHAVIOUR P6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import Integer
from sqlalchemy.exc import DBAPIError

from ...errors import InvalidInput, NotFound
from ...i18n import _, _l
from ...later import later
from ...mail.registration_mail import STAFF_PATH
from ...models import Contact, Registration
from ...models.registration import WAITING
from ...record_keys import typed_key
from ...services.registration import settings as registration_settings
from ...state import current_contacts
from ..contact_visibility import visible
from ..current_staff import current_actor, current_staff_id, may_view_all
from ..customers.sight import customer_key, find_visible, profile_url
from ..fab import expose
from ..held_permissions import has_access
from ..look_up import Candidate, labels, offered, posted
from ..moments import moment_element
from ..safe_view import SafeView, allowed, require_known_fields

if TYPE_CHECKING:
    from ...services.contacts.saved import Saved
    from ...services.registration import decision, lists
    from ..customers import search
    from ..safe_view import Answer
    from . import similar_customers as registrations_similar_customers
else:
    search = later("admin.customers.search")
    registrations_similar_customers = later("admin.registrations.similar_customers")
    decision = later("services.registration.decision")
    lists = later("services.registration.lists")

BADGES = {"waiting": "warning", "pending": "default", "approved": "success", "refused": "danger"}
_UNKNOWN = _l("There is no such company. Choose one of the list.")
_KEY = "<int(max=2147483647):pk>"


class ContactsRegistrationsView(SafeView):
    """A list by state, a page for each, and the two answers.

    Registrations belong to no customer, so its permission alone says who sees them (S7).
    """

    route_base = STAFF_PATH
    class_permission_name = "Contacts registrations"
    base_permissions = ("can_show", "can_edit")
    method_permission_name = {
        "registrations": "show",
        "registration": "show",
        "approve": "edit",
        "attach": "edit",
        "refuse": "edit",
    }
    default_view = "registrations"

    def way_back(self) -> str:
        """Back to the list."""
        return url_for(f"{self.endpoint}.registrations")

    @expose("/")
    @has_access
    def registrations(self) -> Answer:
        """A page of the list: those that wait for an answer until another state is chosen."""
        session, state, before = current_contacts.session, _state(), _before()
        found = lists.list_registrations(session, state or None, before)
        return self.page(
            "registrations",
            title=_("Registrations"),
            found=found,
            state=state,
            states=lists.STATES,
            counts=lists.count_registrations(session),
            most=lists.MOST_COUNTED,
            badges=BADGES,
            is_first=before is None,
            is_open=registration_settings.is_open(session),
            cannot_open=None
            if registration_settings.can_make_customers()
            else registration_settings.NO_FUNCTION,
            settings_url=self._settings_url(),
            format_datetime=moment_element,
            endpoint=self.endpoint,
        )

    @expose(f"/show/{_KEY}")
    @has_access
    def registration(self, pk: int) -> Answer:
        """One registration, what it resembles, and the forms to answer it."""
        return self._page(_find(pk), {})

    @expose(f"/approve/{_KEY}", methods=("POST",))
    @has_access
    def approve(self, pk: int) -> Answer:
        """Make a customer with this primary contact."""
        require_known_fields(set())
        # Whoever sees only own customers would lose a new one (BEHAVIOUR S7).
        admin_id = None if may_view_all() else current_staff_id()
        return self._decide(pk, {"admin_id": admin_id})

    @expose(f"/attach/{_KEY}", methods=("POST",))
    @has_access
    def attach(self, pk: int) -> Answer:
        """Make a contact of a customer that is there already."""
        require_known_fields({"customer"})
        typed = posted("customer")
        customer = search.typed_customer(typed)
        if customer is None:
            found = labels(search.offered_customers(None, typed.strip())) if typed.strip() else []
            candidates, text = offered(found, _UNKNOWN)
            return self._page(_find(pk), {"customer": [text]}, 422, candidates)
        return self._decide(pk, {"customer_id": customer_key(customer)})

    @expose(f"/refuse/{_KEY}", methods=("POST",))
    @has_access
    def refuse(self, pk: int) -> Answer:
        """Refuse, with a reason if one was typed."""
        require_known_fields({"reason"})
        found, session = _find(pk), current_contacts.session
        name, reason = found.name, request.form.get("reason", "")
        try:
            mailed = decision.refuse_registration(session, pk, current_actor(), reason)
        except InvalidInput as error:
            return self._page(_find(pk), error.errors, 422)
        except (decision.AlreadyDecided, NotFound):
            return self._too_late(pk)
        text = _("The registration of %(name)s is refused; an e-mail says so.", name=name)
        if not mailed:
            text = _("The registration of %(name)s is refused. No e-mail was sent.", name=name)
        flash(text, "success")
        return redirect(self.way_back())

    def _decide(self, pk: int, how: dict[str, Any]) -> Answer:
        session = current_contacts.session
        try:
            done = decision.approve_registration(session, pk, current_actor(), **how)
        except InvalidInput as error:
            return self._page(_find(pk), error.errors, 422)
        except (decision.AlreadyDecided, NotFound):
            return self._too_late(pk)
        except DBAPIError:  # what the host's own model refuses
            session.rollback()
            text = _("The database did not take this customer. Add the person to one instead.")
            return self._page(_find(pk), {"": [text]}, 422)
        _tell(done)
        key = done.contact.customer_id
        return redirect(self.way_back() if find_visible(str(key)) is None else profile_url(key))

    def _too_late(self, pk: int) -> Answer:
        flash(_("Somebody has answered this registration meanwhile."), "warning")
        return redirect(url_for(f"{self.endpoint}.registration", pk=pk))

    def _page(
        self,
        found: Registration,
        errors: dict[str, list[Any]],
        status: int = 200,
        candidates: Sequence[Candidate] = (),
    ) -> Answer:
        waits = found.state == WAITING
        similar = registrations_similar_customers.similar_customers(found.company) if waits else []
        typed = posted("customer")
        offered = [*search.labels_of(similar), *search.offered_customers(None, typed.strip())]
        session = current_contacts.session
        return self.page(
            "registration_show",
            status,
            title=found.company,
            registration=found,
            waits=waits,
            can_edit=allowed(self, "edit"),
            can_approve=registration_settings.can_make_customers(),
            states=lists.STATES,
            badges=BADGES,
            similar=similar,
            known=lists.contacts_with_address(session, found, visible()) if waits else [],
            contact=_visible_contact(found),
            customer_url=lambda customer: profile_url(customer_key(customer)),
            offered=list(dict.fromkeys(offered)) if waits else [],
            typed=typed,
            candidates=candidates,
            reason=request.form.get("reason", ""),
            longest_reason=decision.LONGEST_REASON,
            errors=errors,
            format_datetime=moment_element,
            endpoint=self.endpoint,
            back=self.way_back(),
        )

    def _settings_url(self) -> str | None:
        if not self.appbuilder.sm.has_access("can_show", "Contacts settings"):
            return None
        return url_for("ContactsSettingsView.settings")


def _tell(done: Saved) -> None:
    words = {"name": done.contact.name, "customer": str(done.contact.customer)}
    text = _("%(name)s is a contact of %(customer)s now.", **words)
    if done.contact.is_primary:
        text = _("%(name)s is the primary contact of %(customer)s now.", **words)
    flash(text, "success")


def _find(pk: int) -> Registration:
    try:
        return lists.find_registration(current_contacts.session, pk)
    except NotFound:
        abort(404)


def _visible_contact(found: Registration) -> Contact | None:
    """The contact that it became, if this staff member may see it."""
    if found.contact_id is None:
        return None
    return lists.visible_contact(current_contacts.session, found.contact_id, visible())


def _state() -> str:
    """The state asked for; empty for all."""
    state = request.args.get("state", WAITING)
    if state and state not in lists.STATES:
        abort(404)
    return state


def _before() -> int | None:
    text = request.args.get("before")
    if text is None:
        return None
    key: int | None = typed_key(text, Integer())
    if key is None:
        abort(404)
    return key
