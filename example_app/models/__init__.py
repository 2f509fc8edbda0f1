"""What the studio keeps about its customers' work: ordinary Flask-AppBuilder models."""

from .agreements import Contract, Estimate, Proposal
from .billing import CreditNote, Invoice, InvoiceLine, Payment
from .projects import Project, Task
from .support import Ticket, TicketMessage

__all__ = [
    "Contract",
    "CreditNote",
    "Estimate",
    "Invoice",
    "InvoiceLine",
    "Payment",
    "Project",
    "Proposal",
    "Task",
    "Ticket",
    "TicketMessage",
]
