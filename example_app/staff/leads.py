"""Sales: leads and opportunities, and the way from one to a customer."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.fieldwidgets import BS3TextFieldWidget, Select2Widget
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext, lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import or_
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import Email, Length, Optional

from flask_contacts.actors import Actor
from flask_contacts.admin import CustomerAdminFilter
from flask_contacts.errors import InvalidInput

from ..customer_field import CustomerField
from ..database import db
from ..lead_conversion import LeadConvertedError, convert_lead, plan
from ..models import Lead, Opportunity
from ..models.sales import CONVERTED, LEAD_SOURCES, LEAD_STATUSES, LOST, STAGES
from ..words import COLUMNS, STATUSES
from .base import StudioView
from .fields import amount, choice, day
from .known_already import KnownCustomer, chosen_customer, known_already
from .linked_people import PeopleShown
from .next_steps import NextStep
from .our_look import OurLook


class OwnLeads(CustomerAdminFilter):
    """The leads of customers that one may see, and those that are no customer's yet."""

    def apply(self, query: Any, value: object) -> Any:
        """Narrow the query."""
        seen = super().apply(db.session.query(Lead.id), value)
        return query.filter(or_(Lead.customer_id.is_(None), Lead.id.in_(seen.statement)))


class LeadStatus(SelectField):
    """No form converts a lead, and none takes it back: who is converted stays so."""

    widget = Select2Widget()

    def process_data(self, value: Any) -> None:
        """Offer what fits what the lead is."""
        super().process_data(value)
        self._offer_beside(value)

    def pre_validate(self, form: Any) -> None:
        """The same for what was sent, of which the form knows the key alone."""
        key = getattr(form, "_id", None)  # Flask-AppBuilder notes what is changed
        lead = None if key is None else db.session.get(Lead, key)
        self._offer_beside(None if lead is None else lead.status)
        super().pre_validate(form)

    def _offer_beside(self, present: str | None) -> None:
        is_done = present == CONVERTED
        offered = [one for one in LEAD_STATUSES if (one == CONVERTED) == is_done]
        self.choices = [(one, STATUSES[one]) for one in offered]


class LeadView(OurLook, PeopleShown, StudioView):
    """Sales → Leads."""

    datamodel = SQLAInterface(Lead)
    base_filters = [["customer_id", OwnLeads, None]]
    base_order = ("id", "desc")
    list_title = _l("Leads")
    show_title = _l("Lead")
    add_title = _l("New Lead")
    edit_title = _l("Edit Lead")
    list_columns = ["name", "company", "email", "phone", "status", "source", "value"]
    order_columns = ["company", "email", "status", "source", "value"]
    show_columns = [
        *("name", "company", "email", "phone", "status", "source", "value", "notes"),
        *("customer", "converted_at"),
    ]
    add_columns = [
        *("firstname", "lastname", "company", "email", "phone", "status", "source", "value"),
        "notes",
    ]
    search_columns = [
        *("known_by", "firstname", "lastname", "company", "email", "phone", "status", "source"),
    ]
    searched = "known_by"
    add_form_extra_fields = {
        "email": StringField(
            _l("E-mail"),
            validators=[Optional(), Email(), Length(max=254)],
            widget=BS3TextFieldWidget(),
        ),
        "status": LeadStatus(_l("Status")),
        "source": choice(_l("Source"), LEAD_SOURCES),
        "value": amount(_l("Value"), is_required=False),
    }
    search_form_extra_fields = {
        "known_by": StringField(COLUMNS["known_by"], widget=BS3TextFieldWidget()),
        "status": choice(_l("Status"), LEAD_STATUSES),
        "source": choice(_l("Source"), LEAD_SOURCES),
    }

    def next_step(self, record: Lead) -> NextStep | None:
        """A lead becomes a customer once."""
        if record.converted_at is not None:
            return None
        return NextStep(_l("Convert to customer"), "convert", "fa-building", asks=True)

    @expose("/convert/<pk>")
    @has_access
    @permission_name("convert")
    def ask(self, pk: str) -> str | Response:
        """Which customer and which contact will be made; nothing is changed yet."""
        lead = self._found(pk)
        if lead.converted_at is not None:
            flash(gettext("This lead is a customer already."), "warning")
            return redirect(url_for("LeadView.show", pk=pk))
        planned = plan(db.session, lead)
        known = known_already(lead, planned)
        return self.render_template(
            "example_app/convert.html",
            title=gettext("Convert to customer"),
            lead=lead,
            plan=planned,
            known=known,
            others=[plan(db.session, lead, one.customer) for one in known.customers],
            meant=_meant(lead, known.customers, planned.company),
            is_lost=lead.status == LOST,
            edit=url_for("LeadView.edit", pk=pk) if self._may_edit() else None,
            back=url_for("LeadView.show", pk=pk),
        )

    @expose("/convert/<pk>", methods=("POST",))
    @has_access
    def convert(self, pk: str) -> Response:
        """Make the lead a customer with its primary contact, or a contact of the customer that
        was chosen, and say so on the lead's page."""
        lead, typed = self._found(pk), request.form.get("customer", "")
        customer = chosen_customer(typed) if typed else None
        if typed and customer is None:
            flash(gettext("There is no such customer. Choose again."), "danger")
            return redirect(url_for("LeadView.ask", pk=pk), 303)
        try:
            contact = convert_lead(
                db.session, lead.id, _actor(), None if customer is None else customer.id
            )
        except LeadConvertedError:
            flash(gettext("This lead is a customer already."), "warning")
        except InvalidInput as error:
            self._tell_refused(pk, error)
        else:
            names = {"customer": contact.customer, "name": contact.name}
            text = gettext("%(name)s is a contact of %(customer)s now.", **names)
            if customer is None and contact.primary_of is not None:
                text = gettext(
                    "%(customer)s is a customer now, %(name)s its primary contact.", **names
                )
            flash(text, "success")
        return redirect(url_for("LeadView.show", pk=pk), 303)

    def _tell_refused(self, pk: str, error: InvalidInput) -> None:
        """What the lead's person cannot have as a contact, by field, and where to change it."""
        edit = Markup(' <a class="alert-link" href="{}">{}</a>')
        link = edit.format(url_for("LeadView.edit", pk=pk), gettext("Edit Lead"))
        for name, texts in error.errors.items():
            text = " ".join(map(str, texts))
            label = self.label_columns.get(name)
            told = escape(f"{label}: {text}" if label else text)
            flash(told + link if self._may_edit() else told, "danger")

    def _may_edit(self) -> bool:
        return bool(self.appbuilder.sm.has_access("can_edit", self.class_permission_name))

    def _found(self, pk: str) -> Lead:
        """The lead of an address, if this staff member may see it; else 404."""
        lead = self.datamodel.get(int(pk), self._base_filters)
        if lead is None:
            raise NotFound
        return lead


class OpportunityView(OurLook, PeopleShown, StudioView):
    """Sales → Opportunities."""

    datamodel = SQLAInterface(Opportunity)
    base_order = ("close_on", "asc")
    list_title = _l("Opportunities")
    show_title = _l("Opportunity")
    add_title = _l("New Opportunity")
    edit_title = _l("Edit Opportunity")
    list_columns = ["title", "customer", "amount", "stage", "close_on"]
    order_columns = ["title", "amount", "stage", "close_on"]
    show_columns = [*list_columns, "notes"]
    add_columns = ["customer", "title", "amount", "stage", "close_on", "notes"]
    search_columns = ["title", "stage", "close_on"]
    searched = "title"
    add_form_extra_fields = {
        "customer": CustomerField(),
        "amount": amount(_l("Amount")),
        "stage": choice(_l("Stage"), STAGES),
        "close_on": day(_l("Close date"), later=60),
    }
    search_form_extra_fields = {
        "stage": choice(_l("Stage"), STAGES),
        "close_on": day(_l("Close date")),
    }


def _meant(lead: Lead, known: list[KnownCustomer], company: str) -> int | None:
    """Which customer is proposed: of who is linked to the lead, or of just that name."""
    linked = {one.customer_id for one in lead.contacts}
    for one in known:
        its_name = one.customer.company.strip()
        if one.customer.id in linked or its_name.casefold() == company.casefold():
            return int(one.customer.id)
    return None


def _actor() -> Actor:
    """Who presses the button, for the contact's activity."""
    name, address = g.user.get_full_name(), request.remote_addr
    return Actor("staff", name, staff_id=g.user.id, address=address)
