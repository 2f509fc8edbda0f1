"""Customer admins: which customers a staff user sees (BEHAVIOUR S7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import false

from ...i18n import _l
from ...later import later
from .. import fab
from ..current_staff import current_staff_id, may_view_all

if TYPE_CHECKING:
    from ...services.customers import admins
else:
    admins = later("services.customers.admins")


class CustomerAdminFilter(fab.BaseFilter):
    """For ``base_filters``: only the customers whose customer admin the staff user is.

    ``base_filters = [["id", CustomerAdminFilter, None]]`` on the customers' own view, where
    ``id`` is their key; on any other view name the column that holds the customer's key
    (``customer_id``). Whoever has ``can_view_all`` on "Contacts customers" sees all.
    Outside a request, and for nobody in particular, nothing is seen.
    """

    name = _l("Customer admins")

    def apply(self, query: Any, value: object) -> Any:
        """Narrow the query; FAB passes the third item of the base filter as ``value``."""
        if may_view_all():
            return query
        staff_id = current_staff_id()
        if staff_id is None:
            return query.filter(false())
        return query.filter(
            getattr(self.model, self.column_name).in_(admins.customers_of(staff_id))
        )
