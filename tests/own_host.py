"""The customers of a host that had them before: text keys, an own view with base filters.

Beside them stands a class named ``Contact`` that is none of ours, found by its name. What
the host gave up for the package is ``@bind_customer``, ``customer_view=`` and nothing else.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from flask import current_app, g
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.filters import BaseFilter
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from flask_contacts import CompanyField, RegistrationValues, bind_customer

CUSTOMER_PAGE = "/companyview/show"
CUSTOMER_NAME = "name"
LIMITS_STAFF = True


def no_post_box(text: str) -> str | None:
    """A rule of the host's own."""
    return "A lorry must get there." if "post box" in text.lower() else None


COMPANY_FIELDS: list[CompanyField] | None = [
    CompanyField("name", "Name", read_only=True),
    CompanyField("cards", "Cards", read_only=True),
    CompanyField("street", "Street", check=no_post_box),
    CompanyField("homepage", "Homepage", kind="url"),
    CompanyField("delivery", "Delivery", kind="multiline"),
]

_numbers = count(1)


@bind_customer
class Company(Model):
    """A company; its key is text that looks like a number."""

    __tablename__ = "host_company"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(191))
    region: Mapped[str] = mapped_column(String(20), default="North")
    street: Mapped[str] = mapped_column(String(40), default="")
    homepage: Mapped[str | None] = mapped_column(String(100))
    delivery: Mapped[str | None] = mapped_column(Text)
    cards: Mapped[list[Contact]] = relationship("Contact", back_populates="company")

    def __str__(self) -> str:
        return self.name


class Contact(Model):
    """A business card that somebody left: the host's own word for it, older than ours."""

    __tablename__ = "host_contact"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    company_id: Mapped[str] = mapped_column(ForeignKey(Company.id))
    company: Mapped[Company] = relationship("Company", back_populates="cards")

    def __str__(self) -> str:
        return self.name


class OwnRegion(BaseFilter):
    """Staff see the companies of the regions that they have a role of; administrators all."""

    name = "Own region"
    arg_name = "own_region"

    def apply(self, query: Any, value: object) -> Any:
        """Narrow the query."""
        roles = {role.name for role in getattr(g.user, "roles", ())}
        if current_app.config["AUTH_ROLE_ADMIN"] in roles:
            return query
        return query.filter(Company.region.in_(roles))


class CardView(ModelView):
    """Business cards, also as a tab of the company."""

    datamodel = SQLAInterface(Contact)
    list_title = "Cards"
    list_columns = ["name"]
    add_columns = edit_columns = ["name", "company"]
    show_columns = search_columns = ["name"]


class CompanyView(ModelView):
    """Companies, as the host has always shown them."""

    datamodel = SQLAInterface(Company)
    list_columns = ["id", "name", "region"]
    add_columns = edit_columns = show_columns = search_columns = list_columns
    base_filters = [["region", OwnRegion, None]]
    related_views = [CardView]


CUSTOMER_VIEW: type | None = CompanyView


def register_customer(values: RegistrationValues) -> Company:
    """A company out of a registration, with the next free key."""
    return new_customer(values.company, region="South")


def add_customer_views(appbuilder: AppBuilder) -> None:
    """Register the views, as any host does."""
    appbuilder.add_view(CompanyView, "companies", label="Companies", category="Sales")
    appbuilder.add_view(CardView, "cards", label="Cards", category="Sales")


def new_customer(company: str, **columns: Any) -> Company:
    """A company of that name, with the next free key."""
    return Company(**{"id": f"{next(_numbers):04}", "name": company, **columns})
