"""``flask studio remind``: what only the calendar causes; meant for cron, once a day.

Run twice, or by two machines at once, it mails once: each reminder has a key of its own
that the outbox takes once for each contact.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session, selectinload

from .clock import now
from .database import db
from .extensions import contacts
from .merge_values import about, about_invoice, day
from .models import Contract, Invoice

AGAIN_AFTER_DAYS = 14
"""So many days after a reminder of an invoice comes the next."""
MOST_REMINDERS = 4
CONTRACT_DAYS = (7, 30)
"""So many days before a contract ends its customer hears of it."""
BATCH = 200

commands = AppGroup("studio", help="The studio's own commands.")


@commands.command("remind")
def remind() -> None:
    """Mail about overdue invoices and contracts that are about to expire; then end."""
    today = now().date()
    click.echo(f"Mails about overdue invoices: {remind_of_invoices(db.session, today)}")
    click.echo(f"Mails about contracts that end: {remind_of_contracts(db.session, today)}")


def remind_of_invoices(session: Session, today: date) -> int:
    """Open invoices whose day has passed become overdue; how many mails are written.

    There are :data:`MOST_REMINDERS` reminders, the first on the day after.
    """
    late = (Invoice.status == "open", Invoice.due_on < today)
    session.execute(
        update(Invoice).where(*late).values(status="overdue"),
        execution_options={"synchronize_session": False},
    )
    session.commit()
    oldest = today - timedelta(days=AGAIN_AFTER_DAYS * MOST_REMINDERS)
    wanted = select(Invoice).where(
        Invoice.status == "overdue", Invoice.due_on < today, Invoice.due_on >= oldest
    )
    wanted = wanted.options(selectinload(Invoice.payments), selectinload(Invoice.credit_notes))
    return sum(
        contacts.notify(
            "invoice",
            invoice.customer_id,
            "invoice_overdue",
            about_invoice(invoice, invoice.balance),
            dedupe_key=_invoice_key(invoice, today),
        )
        for invoice in _committed(session, wanted, Invoice)
    )


def remind_of_contracts(session: Session, today: date) -> int:
    """Active contracts that end soon: once 30 and once 7 days before; how many mails."""
    last = today + timedelta(days=max(CONTRACT_DAYS))
    wanted = select(Contract).where(
        Contract.status == "active", Contract.ends_on.between(today, last)
    )
    return sum(
        contacts.notify(
            "contract",
            contract.customer_id,
            "contract_expiring",
            {**about(contract), "ends_on": day(contract.ends_on)},
            dedupe_key=_contract_key(contract, today),
        )
        for contract in _committed(session, wanted, Contract)
    )


def _invoice_key(invoice: Invoice, today: date) -> str:
    """Another key for each reminder; and for another due date, if it was put off."""
    nth = ((today - invoice.due_on).days - 1) // AGAIN_AFTER_DAYS
    return f"invoice:{invoice.id}:overdue:{invoice.due_on}:{nth}"


def _contract_key(contract: Contract, today: date) -> str:
    assert contract.ends_on is not None  # asked for by its end
    left = (contract.ends_on - today).days
    stage = next(days for days in CONTRACT_DAYS if left <= days)
    return f"contract:{contract.id}:expiring:{contract.ends_on}:{stage}"


def _committed(session: Session, wanted: Select[Any], model: Any) -> Iterator[Any]:
    """The records in batches; what was done for a batch is committed before the next.

    A transaction stays short, however many invoices are overdue.
    """
    last = 0
    while True:
        query = wanted.where(model.id > last).order_by(model.id).limit(BATCH)
        batch = session.scalars(query).all()
        if not batch:
            return
        last = batch[-1].id
        yield from batch
        session.commit()
