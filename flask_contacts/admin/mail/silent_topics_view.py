"""Setup → Silent topics: the customers where nobody gets mail about something."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for
from flask_babel import format_decimal

from ...i18n import _
from ...later import later
from ...record_keys import typed_key
from ...state import current_contacts
from ..customers.contacts_tab import ContactsTab
from ..customers.sight import customer_key, key_attribute, profile_url, visible_customers
from ..fab import expose
from ..held_permissions import has_access
from ..safe_view import SafeView

if TYPE_CHECKING:
    from ...registry import Topic
    from ...services.mailing import silent_topics as mailing_silent_topics
    from ..safe_view import Answer
else:
    mailing_silent_topics = later("services.mailing.silent_topics")


class ContactsSilentTopicsView(SafeView):
    """A list to read; each row leads to where it can be changed (BEHAVIOUR N6, S7)."""

    route_base = "/contacts-silent-topics"
    class_permission_name = "Contacts silent topics"
    base_permissions = ("can_show",)
    method_permission_name = {"silent_topics": "show"}
    default_view = "silent_topics"

    def way_back(self) -> str:
        """Back to the first page."""
        return url_for(f"{self.endpoint}.silent_topics")

    @expose("/")
    @has_access
    def silent_topics(self) -> Answer:
        """A page of the customers that this staff member may see."""
        topic, after = _asked_topic(), _asked_key()
        found = mailing_silent_topics.customers_with_silence(
            current_contacts.session, visible_customers(), topic, after
        )
        arguments: dict[str, Any] = {"topic": topic.name} if topic is not None else {}
        next_url = None
        if found.after is not None:
            next_url = url_for(f"{self.endpoint}.silent_topics", after=found.after, **arguments)
        return self.page(
            "silent_topics",
            title=_("Silent topics"),
            found=found,
            topic=topic,
            topics=list(current_contacts.registry.topics.values()),
            is_first=after is None,
            first_url=url_for(f"{self.endpoint}.silent_topics", **arguments),
            next_url=next_url,
            list_url=self.way_back(),
            customer_url=self._way_to_customers(),
            looked_at=format_decimal(mailing_silent_topics.LOOKED_AT),
        )

    def _way_to_customers(self) -> Callable[[Any], str]:
        """To the matrix; for staff who may not see the contacts to the customer's page."""
        endpoint = f"{ContactsTab.__name__}.who_gets_what"
        if self.appbuilder.sm.has_access("can_show", ContactsTab.class_permission_name):
            return lambda customer: url_for(endpoint, customer_pk=customer_key(customer))
        return lambda customer: profile_url(customer_key(customer))


def _asked_topic() -> Topic | None:
    name = request.args.get("topic", "")
    if not name:
        return None
    topic: Topic | None = current_contacts.registry.topics.get(name)
    if topic is None:
        abort(404)
    return topic


def _asked_key() -> Any:
    text = request.args.get("after")
    if text is None:
        return None
    key = typed_key(text, key_attribute().type)
    if key is None:
        abort(404)
    return key
