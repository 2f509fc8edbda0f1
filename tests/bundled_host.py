"""The customers of the bundled host: the package's own model and its own view."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import AppBuilder

from flask_contacts import CompanyField
from flask_contacts.models import Customer

CUSTOMER_PAGE = "/customers/show"
CUSTOMER_NAME = "company"
LIMITS_STAFF = False
CUSTOMER_VIEW: type | None = None
COMPANY_FIELDS: list[CompanyField] | None = None
register_customer = None
"""The package makes its own customers."""


def add_customer_views(appbuilder: AppBuilder) -> None:
    """Nothing: the package brings the view."""


def new_customer(company: str, **columns: object) -> Any:
    """A customer of that name."""
    return Customer(company=company, **columns)
