"""Proposals in the portal: read, accepted or declined."""

from __future__ import annotations

from flask_appbuilder.models.sqla.interface import SQLAInterface

from ..models import Proposal
from ..sendable import proposal_document
from .answers import OfferPages
from .shared import pdf_of


class ProposalPages(OfferPages):
    """Proposals."""

    datamodel = SQLAInterface(Proposal)
    list_columns = ["number", "subject", "sent_on", "open_till", "total", "state"]
    show_columns = ["number", "state", "subject", "sent_on", "open_till", "total", "summary"]
    search_columns = ["number", "subject"]
    filter_columns = (OfferPages.by_state, "sent_on")
    order_columns = ["number", "subject", "sent_on", "open_till", "total", "state"]
    base_order = ("sent_on", "desc")
    files = (pdf_of(proposal_document),)
