"""What the studio keeps about its customers' work: ordinary Flask-AppBuilder models."""

from .documents import Contract, Estimate, Invoice, InvoiceLine, Proposal
from .projects import Project, Task
from .support import Ticket, TicketMessage

__all__ = [
    "Contract",
    "Estimate",
    "Invoice",
    "InvoiceLine",
    "Project",
    "Proposal",
    "Task",
    "Ticket",
    "TicketMessage",
]
