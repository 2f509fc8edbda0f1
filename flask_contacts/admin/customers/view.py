"""CRM → Customers: the bundled customers. A host with its own model has its own view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from ...errors import CustomerHasContacts, DatabaseBusy, NotFound, Overtaken
from ...i18n import _, _l
from ...later import later
from ...models import Customer
from ...state import current_contacts
from .. import fab
from ..current_staff import CUSTOMERS, current_staff_id, may_view_all
from ..fab import SQLAInterface, expose
from ..fields import typed_form
from ..held_permissions import has_access
from ..kept_parts import kept_part
from ..moments import day_in_words
from ..safe_view import SafeModelView, allowed, csrf_input, require_known_fields
from .admin_filter import CustomerAdminFilter
from .sight import contacts_in_the_way, visible_customer
from .tabs import tabs_of

if TYPE_CHECKING:
    from ...services.customers import admins, bundled as service
    from ..contacts import erasure
    from ..safe_view import Answer
    from . import form as customers_form
    from .form import CustomerFields
else:
    erasure = later("admin.contacts.erasure")
    customers_form = later("admin.customers.form")
    admins = later("services.customers.admins")
    service = later("services.customers.bundled")

#: FAB numbers a text column's filters; this one is "Contains".
_CONTAINS = 2
_SEARCH = f"_flt_{_CONTAINS}_company"


class CustomerTable(fab.ListWidget):
    """FAB's list with the company as the link, and without its script for deleting."""

    template = "flask_contacts/admin/customer_table.html"

    def __call__(self, **options: Any) -> str:
        """The HTML; an empty list asks whether it can hold anything at all."""
        return super().__call__(is_unassigned=_is_unassigned, **options)


class CustomerView(SafeModelView):
    """List, profile and form of the bundled customers."""

    datamodel = SQLAInterface(Customer)
    route_base = "/customers"
    class_permission_name = CUSTOMERS
    base_permissions = (
        "can_list", "can_show", "can_add", "can_edit", "can_delete", "can_view_all",
    )  # fmt: skip
    base_filters = [["id", CustomerAdminFilter, None]]
    include_route_methods = {"list", "show", "add", "edit", "delete"}
    list_title = _l("Customers")
    list_template = "flask_contacts/admin/customer_list.html"
    list_widget = CustomerTable
    list_columns = ["company", "phone", "city", "country", "created_at"]
    order_columns = ["company", "city", "country", "created_at"]
    search_columns = ["company", "vat_number", "phone", "city", "country"]
    show_columns = add_columns = edit_columns = ["company"]
    base_order = ("company", "asc")
    #: Tabs of ours that are written when they are opened.
    later_tabs = ("NotesTab", "CustomerAdminsTab")
    formatters_columns = {"created_at": day_in_words}
    label_columns = {
        "company": _l("Company"),
        "vat_number": _l("VAT Number"),
        "phone": _l("Phone"),
        "city": _l("City"),
        "country": _l("Country"),
        "created_at": _l("Created"),
    }

    def way_back(self) -> str:
        """Back to the list."""
        return url_for(f"{self.endpoint}.list")

    def render_template(self, template: str, **context: Any) -> str:
        """As FAB's; the list's template wants to know what was searched for as well."""
        if "csrf_input" not in context:
            context["csrf_input"] = csrf_input()
        context.setdefault("can_add", allowed(self, "add"))
        context.setdefault("search_name", _SEARCH)
        return super().render_template(template, **context)

    @expose("/show/<pk>")
    @has_access
    def show(self, pk: str) -> Answer:
        """The profile with its tabs (BEHAVIOUR C13)."""
        customer = visible_customer(pk)
        tabs = tabs_of(self, customer)
        self.update_redirect()
        return self.page(
            "customer_show",
            title=customer.company,
            customer=customer,
            fields=kept_part("customer fields", _fields_in_words),
            tabs=tabs,
            is_open=not any(tab.is_open for tab in tabs),
            profile_url=url_for(f"{self.endpoint}.show", pk=customer.id, _anchor="Home"),
            can_edit=allowed(self, "edit"),
            can_delete=allowed(self, "delete"),
            endpoint=self.endpoint,
        )

    @expose("/add", methods=("GET", "POST"))
    @has_access
    def add(self) -> Answer:
        """New Customer."""
        return self._save(None, _("New Customer"))

    @expose("/edit/<pk>", methods=("GET", "POST"))
    @has_access
    def edit(self, pk: str) -> Answer:
        """Change what is kept about a customer."""
        return self._save(visible_customer(pk), _("Edit Customer"))

    @expose("/delete/<pk>", methods=("GET", "POST"))
    @has_access
    def delete(self, pk: str) -> Answer:
        """Delete a customer without contacts, after a page that asks."""
        customer = visible_customer(pk)
        key, name, profile = customer.id, customer.company, self._profile(customer.id)
        if request.method == "POST":
            require_known_fields(set())
            problem = _deletion_problem(key)
            if problem is None:
                flash(_("%(name)s was deleted.", name=name), "success")
                return redirect(self.way_back())
        else:
            count = service.count_all_contacts(current_contacts.session, key)
            problem = contacts_in_the_way(key, count) if count else None
        preview = erasure.of_customer(key)
        if problem is None and preview.in_the_way:
            problem = _in_the_way(preview.in_the_way)
        return self.page(
            "customer_delete",
            status=422 if request.method == "POST" else 200,
            title=_("Delete %(name)s?", name=name),
            problem=problem,
            preview=preview,
            back=profile,
        )

    def _save(self, customer: Any, title: str) -> Answer:
        key = None if customer is None else customer.id
        form = customers_form.CustomerFields(typed_form(), obj=customer)
        if request.method == "POST":
            form.typed_values()  # refuses foreign fields before anything else is said
            saved = _stored(form, key) if form.validate() else None
            if saved is not None:
                flash(_("%(name)s is saved.", name=saved.company), "success")
                return redirect(self._profile(saved.id))
        elif key is not None:
            form.note_opened()
        back = self.way_back() if key is None else self._profile(key)
        status = 422 if request.method == "POST" else 200
        return self.page("customer_form", status, title=title, form=form, back=back)

    def _profile(self, key: Any) -> str:
        return url_for(f"{self.endpoint}.show", pk=key, _anchor="Home")


def _fields_in_words() -> list[tuple[str, str]]:
    """The fields of the profile with their labels, in order; the company is the page's title."""
    fields = [field for field in customers_form.CustomerFields() if field.name != "company"]
    return [(field.name, str(field.label.text)) for field in fields]


def _is_unassigned() -> bool:
    """Whether this staff member sees no customer before somebody assigns one (BEHAVIOUR S7)."""
    user_id = current_staff_id()
    if user_id is None or may_view_all():
        return False
    return not admins.looks_after_any(current_contacts.session, user_id)


def _stored(form: CustomerFields, key: Any) -> Any:
    """The customer as it was saved, or None with the reason in the form."""
    session, values = current_contacts.session, form.typed_values()
    try:
        if key is not None:
            return service.edit_customer(session, key, values, opened=form.opened)
        # Whoever sees only own customers would lose a new one (BEHAVIOUR S7).
        admin_id = None if may_view_all() else current_staff_id()
        return service.create_customer(session, values, admin_id)
    except NotFound:
        abort(404)
    except Overtaken as error:
        form.look_again(error)
        return None
    except (SQLAlchemyError, DatabaseBusy):
        form.other_errors.append(_("The database did not take this. Try again."))
        return None


def _deletion_problem(key: Any) -> str | None:
    """Delete the customer, or say why it stays."""
    try:
        service.delete_customer(current_contacts.session, key)
    except NotFound:
        abort(404)
    except CustomerHasContacts as refusal:
        return contacts_in_the_way(key, refusal.count)
    except service.CustomerInUse as error:
        return _in_the_way(erasure.in_use(error.tables))
    return None


def _in_the_way(rows: list[str]) -> str:
    names = ", ".join(rows)
    return str(_("Other records belong to this customer. Delete them first: %(rows)s.", rows=names))
