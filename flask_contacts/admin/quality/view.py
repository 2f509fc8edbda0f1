"""CRM → Data quality: what is missing or does not fit, and how contacts and sign-ins grow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for

from ...i18n import _
from ...later import later
from ...record_keys import typed_key
from ...state import current_contacts
from ..contact_list.scope import current_scope
from ..contact_list.view import CustomerContactsView
from ..contacts.permissions import CONTACTS
from ..customers.sight import customer_key, key_attribute, profile_url, visible_customers
from ..fab import expose
from ..held_permissions import has_access, holds_now
from ..invitations.view import ContactsInvitationsView
from ..safe_view import SafeView

if TYPE_CHECKING:
    from ...services.quality import customers, figures as quality_figures
    from ..safe_view import Answer
    from . import charts, figures
else:
    charts = later("admin.quality.charts")
    figures = later("admin.quality.figures")
    customers = later("services.quality.customers")
    quality_figures = later("services.quality.figures")

_LIST = f"{CustomerContactsView.__name__}.all_contacts"
_INVITATIONS = f"{ContactsInvitationsView.__name__}.invitations"


class DataQualityView(SafeView):
    """Numbers of what this staff member may see (BEHAVIOUR S7), each with the way to its list."""

    route_base = "/data-quality"
    class_permission_name = "Data quality"
    base_permissions = ("can_list",)
    method_permission_name = {"data_quality": "list", "customers": "list"}
    default_view = "data_quality"

    def way_back(self) -> str:
        """Back to the numbers."""
        return url_for(f"{self.endpoint}.data_quality")

    @expose("/")
    @has_access
    def data_quality(self) -> Answer:
        """The numbers and the charts."""
        list_url = _way_to_contacts()
        of_customers = figures.customer_figures(f"{self.endpoint}.customers")
        anybody = quality_figures.has_contacts(current_contacts.session, current_scope())
        context: dict[str, Any] = {"of_contacts": [], "of_customers": of_customers, "charts": ()}
        if anybody:
            context["of_contacts"] = figures.contact_figures(list_url)
            context["charts"] = charts.charts(list_url, _way_to_state(list_url))
        is_empty = not anybody and all(one.is_good for one in of_customers)
        return self.page(
            "data_quality",
            title=_("Data quality"),
            is_empty=is_empty,
            list_url=list_url() if list_url else None,
            **context,
        )

    @expose("/customers/<problem>")
    @has_access
    def customers(self, problem: str) -> Answer:
        """A page of the customers with a problem."""
        if problem not in customers.PROBLEMS:
            abort(404)
        after = _asked_key()
        session = current_contacts.session
        found = customers.customer_page(session, visible_customers(), problem, after)
        here = f"{self.endpoint}.customers"
        return self.page(
            "data_quality_customers",
            title=customers.PROBLEMS[problem],
            found=found,
            is_first=after is None,
            first_url=url_for(here, problem=problem),
            next_url=url_for(here, problem=problem, after=found.after),
            customer_url=lambda customer: profile_url(customer_key(customer)),
            back=self.way_back(),
        )


def _way_to_contacts() -> Callable[..., str] | None:
    """The list of all contacts by its arguments; None for staff who may not open it."""
    if not holds_now("can_list", CONTACTS):
        return None
    return lambda **arguments: url_for(_LIST, **arguments)


def _way_to_state(list_url: Callable[..., str] | None) -> Callable[[str], str] | None:
    """Contacts in a state of their invitation: CRM → Invitations, else the list of contacts."""
    if holds_now("can_show", ContactsInvitationsView.class_permission_name):
        return lambda state: url_for(_INVITATIONS, state=state)
    return (lambda state: list_url(state="all", login=state)) if list_url else None


def _asked_key() -> Any:
    text = request.args.get("after")
    if text is None:
        return None
    key = typed_key(text, key_attribute().type)
    if key is None:
        abort(404)
    return key
