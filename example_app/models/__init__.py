"""What the studio keeps about its customers' work: ordinary Flask-AppBuilder models."""

from .agreements import Estimate, Proposal
from .billing import CreditNote, Invoice, InvoiceLine, Payment
from .contracts import Contract, ContractSignature
from .projects import Project, ProjectComment, ProjectFile, Task
from .sales import Lead, Opportunity
from .support import Ticket, TicketAttachment, TicketMessage

__all__ = [
    "Contract",
    "ContractSignature",
    "CreditNote",
    "Estimate",
    "Invoice",
    "InvoiceLine",
    "Lead",
    "Opportunity",
    "Payment",
    "Project",
    "ProjectComment",
    "ProjectFile",
    "Proposal",
    "Task",
    "Ticket",
    "TicketAttachment",
    "TicketMessage",
]
