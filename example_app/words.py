"""The studio's words for columns and statuses, for staff and in the portal.

All are lazy: they are translated when a page is written, by the catalogs in
``example_app/translations``. What is stored (``"in progress"``) stays English.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

#: The label of each column; some views have another for a few of them.
COLUMNS: dict[str, Any] = {
    "addressee": _l("For"),
    "amount": _l("Amount"),
    "assignee": _l("Assignee"),
    "author": _l("Author"),
    "balance": _l("Balance"),
    "body": _l("Text"),
    "contact": _l("Addressed to"),
    "customer": _l("Customer"),
    "description": _l("Description"),
    "due_on": _l("Due"),
    "ends_on": _l("End"),
    "invoice": _l("Invoice"),
    "issued_on": _l("Date"),
    "lead_email": _l("E-mail of the lead"),
    "lead_name": _l("Name of the lead"),
    "mailed_at": _l("Sent by e-mail"),
    "method": _l("Method"),
    "name": _l("Name"),
    "notes": _l("Notes"),
    "number": _l("Number"),
    "open_till": _l("Open till"),
    "opened_at": _l("Opened"),
    "paid_on": _l("Paid on"),
    "priority": _l("Priority"),
    "progress": _l("Progress"),
    "project": _l("Project"),
    "quantity": _l("Quantity"),
    "scope": _l("Scope"),
    "sent_at": _l("Date"),
    "sent_on": _l("Date"),
    "signed_on": _l("Signed"),
    "starts_on": _l("Start"),
    "status": _l("Status"),
    "subject": _l("Subject"),
    "subtotal": _l("Subtotal"),
    "summary": _l("Summary"),
    "tax": _l("Tax"),
    "tax_rate": _l("Tax rate"),
    "terms": _l("Terms"),
    "ticket": _l("Ticket"),
    "title": _l("Title"),
    "total": _l("Total"),
    "unit_price": _l("Unit price"),
    "updated_at": _l("Last change"),
    "valid_until": _l("Valid until"),
    "value": _l("Value"),
}

#: Each status, priority and way to pay in words.
STATUSES: dict[str, Any] = {
    "accepted": _l("Accepted"),
    "active": _l("Active"),
    "answered": _l("Answered"),
    "awaiting signature": _l("Awaiting signature"),
    "bank transfer": _l("Bank transfer"),
    "card": _l("Card"),
    "cash": _l("Cash"),
    "closed": _l("Closed"),
    "completed": _l("Completed"),
    "declined": _l("Declined"),
    "done": _l("Done"),
    "draft": _l("Draft"),
    "expired": _l("Expired"),
    "finished": _l("Finished"),
    "high": _l("High"),
    "in progress": _l("In progress"),
    "issued": _l("Issued"),
    "low": _l("Low"),
    "normal": _l("Normal"),
    "not started": _l("Not started"),
    "on hold": _l("On hold"),
    "open": _l("Open"),
    "overdue": _l("Overdue"),
    "paid": _l("Paid"),
    "sent": _l("Sent"),
    "to do": _l("To do"),
}

#: What the entries of a statement are.
ENTRY_KINDS: dict[str, Any] = {
    "invoice": _l("Invoice"),
    "credit note": _l("Credit note"),
    "payment": _l("Payment for"),
}

#: Words that Flask-AppBuilder's own catalog of Portuguese leaves as they are.
OF_FLASK_APPBUILDER = (_l("Detail"), _l("Email"))
