"""What a host's own customer view must have, and what it gets from us beside the tabs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, flash, redirect, request

from ...errors import ConfigError, ContactsError, CustomerHasContacts, CustomerKeyInUse
from ...i18n import _
from ...later import later
from ...models import Contact, Customer
from ...models.customer_guard import refuse_new_key
from ...services.staff.users import username_of
from ...state import current_contacts
from .. import fab, query_arguments
from ..current_staff import CUSTOMERS, current_staff_id, may_view_all
from ..safe_view import SafeView
from .admin_filter import CustomerAdminFilter
from .sight import contacts_in_the_way, customer_key, visible_customer

if TYPE_CHECKING:
    from ...services.customers import admins, bundled
else:
    admins = later("services.customers.admins")
    bundled = later("services.customers.bundled")


class CustomerVisibility(SafeView):
    """No page: it brings the permission ``can_view_all`` where the bundled view is not there."""

    route_base = "/contacts-customers"
    class_permission_name = CUSTOMERS
    base_permissions = ("can_view_all",)


class RefusedDeletion(CustomerHasContacts):
    """A customer with contacts stays; ``str()`` of it is the sentence that staff read."""

    def __init__(self, count: int, sentence: str) -> None:
        super().__init__(count)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


def require_profile(view: Any, app: Flask) -> None:
    """Refuse a customer view without a page for one customer: our tabs live there."""
    if f"{view.endpoint}.show" not in app.view_functions:
        raise ConfigError(
            "contacts.C009",
            f"{type(view).__name__} has no page for a single customer.",
            'Leave the route "show" in it: the tab Contacts stands on that page.',
        )


def guard(view: Any, app: Flask) -> None:
    """Refuse deletions and actions that FAB would let through, and keep new customers visible."""
    _guard_deletion(view)
    _guard_key(view)
    _guard_actions(view, app)
    _explain_refusals(view)
    _guard_profile(view, app)
    if any(isinstance(one, CustomerAdminFilter) for one in fab.base_filters(view).filters):
        _assign_creator(view)


def _guard_deletion(view: Any) -> None:
    """FAB would flash the database's error: an empty alert."""
    before = view.pre_delete

    def pre_delete(customer: Any) -> None:
        session, key = current_contacts.session, customer_key(customer)
        try:
            bundled.release(session, key)
            before(customer)
        except CustomerHasContacts as refusal:
            session.rollback()
            sentence = contacts_in_the_way(key, refusal.count)
            raise RefusedDeletion(refusal.count, sentence) from refusal
        except BaseException:
            session.rollback()
            raise

    view.pre_delete = pre_delete


def _guard_key(view: Any) -> None:
    """A key in the edit form stays while it is used; FAB would not say why."""
    before = view.pre_update

    def pre_update(customer: Any) -> None:
        session = current_contacts.session
        try:
            with session.no_autoflush:
                refuse_new_key(session.connection({"mapper": Contact}), customer)
        except CustomerKeyInUse as refusal:
            session.rollback()
            text = _("Contacts, notes or customer admins belong to this customer: its key stays.")
            raise ContactsError(text) from refusal
        before(customer)

    view.pre_update = pre_update


def _explain_refusals(view: Any) -> None:
    """An action that deletes a customer with contacts ends with a sentence, not with a 500."""
    for one in view.actions.values():
        one.func = _explaining(view, one.func)


def _explaining(view: Any, work: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(work)
    def explained(items: Any) -> Any:
        try:
            return work(items)
        except Exception as error:
            refusal = error if isinstance(error, CustomerHasContacts) else error.__cause__
            if not isinstance(refusal, CustomerHasContacts):
                raise
            key, count = refusal.customer_id, refusal.count
        session = current_contacts.session
        session.rollback()
        flash(f"{session.get(Customer, key)}: {contacts_in_the_way(key, count)}", "danger")
        view.update_redirect()
        return redirect(view.get_redirect())

    return explained


def _guard_actions(view: Any, app: Flask) -> None:
    """FAB's actions skip the base filters: a hidden customer among the rows is 404."""
    endpoint = view.endpoint

    def check() -> None:
        if request.endpoint == f"{endpoint}.action":
            arguments = request.view_args or {}
            name, keys = arguments["name"], [arguments["pk"]]
        elif request.endpoint == f"{endpoint}.action_post":
            name, keys = request.form.get("action", ""), request.form.getlist("rowid")
        else:
            return
        if name not in view.actions:
            abort(404)
        permission = view.get_action_permission_name(name)
        if view.appbuilder.sm.has_access(permission, view.class_permission_name):
            for key in keys:
                visible_customer(key)

    app.before_request(check)


def _guard_profile(view: Any, app: Flask) -> None:
    """Our tabs' arguments in the address of the host's page: junk is 404, not FAB's fault."""
    endpoint = f"{view.endpoint}.show"

    def check() -> None:
        if request.endpoint == endpoint:
            query_arguments.check(view)

    app.before_request(check)


def _assign_creator(view: Any) -> None:
    """Whoever sees only own customers becomes the admin of a new one; else it would vanish."""
    after = view.post_add

    def post_add(customer: Any) -> None:
        name = username_of(current_staff_id())
        if name is not None and not may_view_all():
            admins.assign(current_contacts.session, customer_key(customer), name)
        after(customer)

    view.post_add = post_add
