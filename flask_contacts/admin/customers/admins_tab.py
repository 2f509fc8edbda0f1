"""The tab Customer admins: which staff look after a customer (BEHAVIOUR S7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request

from ...errors import InvalidInput, NotFound
from ...i18n import _, _l
from ...later import later
from ...models import CustomerAdmin
from ...state import current_contacts
from ..current_staff import current_staff_id
from ..fab import SQLAInterface, expose
from ..fields import CarryingForm, typed_form
from ..held_permissions import has_access
from ..look_up import MOST, LookUp
from ..page_words import render
from ..safe_view import allowed, csrf_input, require_known_fields
from .sight import (
    customer_key,
    find_visible,
    list_url,
    profile_url,
    sees_only_assigned_customers,
    visible_customer,
)
from .tabs import CustomerPane

if TYPE_CHECKING:
    from ...services.customers import admins as service
    from .. import staff_names
    from ..safe_view import Answer
else:
    staff_names = later("admin.staff_names")
    service = later("services.customers.admins")

TAB = "CustomerAdminsTab"


class AdminFields(CarryingForm):
    """Who is to look after the customer."""

    username = LookUp(_l("User name or full name"))


class CustomerAdminsWidget:
    """The staff of one customer, and the form that adds one."""

    def __init__(self, view: Any, customer_pk: Any, *, in_our_page: bool) -> None:
        self.view, self.customer_pk, self.in_our_page = view, customer_pk, in_our_page
        self.can = {name: allowed(view, name) for name in ("show", "edit")}

    def __call__(self, **_options: Any) -> str:
        """The HTML; nothing for staff without permission."""
        if not self.can["show"]:
            return ""
        ids = service.admins_of(current_contacts.session, self.customer_pk)
        return render(
            "flask_contacts/admin/customer_admins_tab.html",
            in_our_page=self.in_our_page,
            admins=list(staff_names.staff_by_id(ids).values()),
            offered=staff_names.offered_staff() if self.can["edit"] else [],
            can=self.can,
            asked_id=current_staff_id() if sees_only_assigned_customers() else None,
            customer_pk=self.customer_pk,
            endpoint=self.view.endpoint,
            csrf_input=csrf_input(),
        )


class CustomerAdminsTab(CustomerPane):
    """A related view for the customer's page, ours or a host's."""

    datamodel = SQLAInterface(CustomerAdmin)
    route_base = "/customeradmins"
    class_permission_name = "Customer admins"
    base_permissions = ("can_show", "can_edit")
    method_permission_name = {"assign": "edit", "remove": "edit"}
    include_route_methods = set(method_permission_name)
    default_view = "assign"
    list_title = _l("Customer admins")
    list_columns = ["staff_id"]
    add_columns = edit_columns = show_columns = search_columns = order_columns = list_columns

    def way_back(self) -> str:
        """Back to the customer."""
        return profile_url((request.view_args or {})["customer_pk"], TAB)

    def pane(self, customer_pk: Any, *, in_our_page: bool) -> CustomerAdminsWidget:
        """The widget."""
        return CustomerAdminsWidget(self, customer_pk, in_our_page=in_our_page)

    @expose("/assign/<customer_pk>", methods=("GET", "POST"))
    @has_access
    def assign(self, customer_pk: str) -> Answer:
        """Add a staff user; the form stands in the tab too, and here again after an error."""
        customer = visible_customer(customer_pk)
        key, form = customer_key(customer), AdminFields(typed_form())
        if request.method == "POST":
            try:
                typed = form.typed_values()["username"]
                assigned = service.assign(current_contacts.session, key, typed)
            except NotFound:
                abort(404)
            except InvalidInput as error:
                form["username"].candidates = staff_names.staff_candidates(typed, MOST)
                form.show_errors(error.errors)
            else:
                name = staff_names.staff_by_id([assigned.staff_id])[assigned.staff_id].name
                if assigned.is_new:
                    flash(_("%(name)s looks after this customer now.", name=name), "success")
                else:
                    flash(_("%(name)s looks after this customer already.", name=name), "info")
                return redirect(profile_url(key, TAB))
        return self.page(
            "customer_admin_form",
            422 if request.method == "POST" else 200,
            title=_("Add a customer admin"),
            customer=customer,
            form=form,
            offered=staff_names.offered_staff(),
            back=profile_url(key, TAB),
        )

    @expose("/remove/<customer_pk>/<int(max=2147483647):pk>", methods=("GET", "POST"))
    @has_access
    def remove(self, customer_pk: str, pk: int) -> Answer:
        """Take a staff user off the customer; the page asks first, as one may lose it."""
        customer = visible_customer(customer_pk)
        key, session = customer_key(customer), current_contacts.session
        if pk not in service.admins_of(session, key):
            abort(404)
        if request.method != "POST":
            return self.page(
                "customer_admin_remove",
                title=_("Remove %(name)s?", name=staff_names.staff_by_id([pk])[pk].name),
                customer=customer,
                loses_customer=pk == current_staff_id() and sees_only_assigned_customers(),
                back=profile_url(key, TAB),
            )
        require_known_fields(set())
        service.remove(session, key, pk)
        name = staff_names.staff_by_id([pk])[pk].name
        if find_visible(customer_pk) is None:
            flash(_("You do not look after this customer any more."), "success")
            return redirect(list_url())
        flash(_("%(name)s does not look after this customer any more.", name=name), "success")
        return redirect(profile_url(key, TAB))
