"""Estimates in the portal: read, accepted or declined."""

from __future__ import annotations

from flask_appbuilder.models.sqla.interface import SQLAInterface

from ..models import Estimate
from ..sendable import estimate_document
from .answers import OfferPages
from .shared import pdf_of


class EstimatePages(OfferPages):
    """Estimates."""

    datamodel = SQLAInterface(Estimate)
    list_columns = ["number", "title", "issued_on", "valid_until", "total", "state"]
    show_columns = ["number", "state", "title", "issued_on", "valid_until", "total", "scope"]
    search_columns = ["number", "title"]
    filter_columns = (OfferPages.by_state, "issued_on")
    order_columns = ["number", "title", "issued_on", "valid_until", "total", "state"]
    base_order = ("issued_on", "desc")
    files = (pdf_of(estimate_document),)
