"""The contacts who have to do with a lead or an opportunity, on its page (BEHAVIOUR S6)."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from flask_contacts.admin.contact_visibility import visible
from flask_contacts.models import Contact

from ..database import db
from .next_steps import StepsShown, StepsWidget

CONTACTS = "Customer contacts"
"""The name that the permissions for contacts stand under."""
MOST = 50


class PeopleWidget(StepsWidget):
    """A record's page with its contacts."""

    template = "example_app/lead_show.html"


class PeopleShown(StepsShown):
    """For views of records with ``contacts``: whoever may open contacts sees them there, and
    whoever may edit the record finds the way."""

    show_widget = PeopleWidget

    def _get_show_widget(self, pk: Any, item: Any, *args: Any, **options: Any) -> Any:
        widgets = super()._get_show_widget(pk, item, *args, **options)
        ours: Any = self
        if ours.appbuilder.sm.has_access("can_edit", ours.class_permission_name):
            widgets["show"].template_args["edit_url"] = url_for(f"{ours.endpoint}.edit", pk=pk)
        if ours.appbuilder.sm.has_access("can_show", CONTACTS):
            people = _people(item)
            widgets["show"].template_args.update(people=people[:MOST], more=len(people) > MOST)
        return widgets


def _people(record: Any) -> list[Contact]:
    """Those that this staff member may see (S7), one more than are shown."""
    model = type(record)
    query = (
        select(Contact)
        .join(model.contacts.of_type(Contact))
        .where(model.id == record.id, Contact.archived_at.is_(None), visible())
        .order_by(Contact.lastname, Contact.firstname, Contact.id)
        .limit(MOST + 1)
        .options(joinedload(Contact.customer))
    )
    return list(db.session.scalars(query).unique())
