"""Writes the demo's papers, tickets and projects: what follows from a piece of work."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy.orm import Session

from flask_contacts.models import Customer

from .demo_data import COMPANIES, MILESTONES, SERVICES, STAFF, Company, Lead, Talk, Work
from .demo_talks import AURORA_TALKS
from .models import (
    Contract,
    CreditNote,
    Estimate,
    Invoice,
    InvoiceLine,
    Payment,
    Project,
    Proposal,
    Task,
    Ticket,
    TicketMessage,
)
from .models.columns import to_cents

TAX_RATE = Decimal(20)

#: So many days after the work began come its two invoices.
FIRST, SECOND = 10, 40

#: For each stage of a piece of work: the status of its papers (None: not written yet), the
#: statuses of the first and second invoice, the project's status, and the share of tasks done.
STAGES = {
    "drafted": ("draft", "draft", None, (None, None), None, 0.0),
    "proposed": ("sent", "sent", None, (None, None), None, 0.0),
    "declined": ("declined", "declined", None, (None, None), None, 0.0),
    "agreed": ("accepted", "accepted", "awaiting signature", ("open", None), "not started", 0.0),
    "running": ("accepted", "accepted", "active", ("paid", "draft"), "in progress", 0.5),
    "late": ("accepted", "accepted", "active", ("paid", "overdue"), "in progress", 0.75),
    "finished": ("accepted", "accepted", "completed", ("paid", "paid"), "finished", 1.0),
}


class Clerk:
    """Writes the papers of each company, with running numbers."""

    def __init__(self, session: Session, today: date) -> None:
        self._session = session
        self._today = today
        self._invoices = count(1041)
        self._papers = count(201)
        self._credit_notes = count(31)
        self._tickets = count(3107)

    def write(self, company: Company) -> Customer:
        """One customer and everything that belongs to it."""
        customer = Customer(
            company=company.company,
            vat_number=company.vat_number or None,
            phone=company.phone,
            website=company.website,
            address=company.address,
            city=company.city,
            state=company.state or None,
            zip_code=company.zip_code,
            country=company.country,
        )
        self._session.add(customer)
        self._session.flush()
        for work in company.works:
            self._write_work(customer, work)
        talks = (*company.talks, *(AURORA_TALKS if company is COMPANIES[0] else ()))
        for talk in talks:
            self._write_ticket(customer, talk, company.spokesman)
        for place, title in enumerate(company.errands):
            self._session.add(
                Task(
                    customer_id=customer.id,
                    title=title,
                    assignee=STAFF[place % len(STAFF)],
                    due_on=self._today + timedelta(days=3 + place * 4),
                )
            )
        return customer

    def write_to(self, lead: Lead) -> None:
        """A proposal to somebody who is no customer yet."""
        asked = self._today - timedelta(days=lead.asked)
        self._session.add(
            Proposal(
                number=f"PRO-{next(self._papers):04}",
                lead_name=lead.name,
                lead_email=lead.email,
                subject=lead.subject,
                status=lead.status,
                sent_on=asked + timedelta(days=2),
                open_till=asked + timedelta(days=32),
                total=Decimal(lead.price),
                summary=lead.summary,
            )
        )

    def _write_work(self, customer: Customer, work: Work) -> None:
        offer, estimate, contract, invoices, project, share = STAGES[work.stage]
        began = self._today - timedelta(days=work.began)
        prices = (Decimal(SERVICES[name]) * Decimal(number) for name, number in work.lines)
        net = to_cents(sum(prices, Decimal(0)))
        number = next(self._papers)
        self._session.add_all(
            [
                Proposal(
                    customer_id=customer.id,
                    number=f"PRO-{number:04}",
                    subject=work.title,
                    status=offer,
                    sent_on=began,
                    open_till=began + timedelta(days=30),
                    total=net,
                    summary=work.summary,
                ),
                Estimate(
                    customer_id=customer.id,
                    number=f"EST-{number:04}",
                    title=work.title,
                    status=estimate,
                    issued_on=began + timedelta(days=2),
                    valid_until=began + timedelta(days=32),
                    total=net,
                    scope="\n".join(name for name, _quantity in work.lines),
                ),
            ]
        )
        if contract is not None:
            self._session.add(self._contract(customer, work, number, contract, began, net))
        if project is not None:
            self._session.add(self._project(customer, work, project, began, share))
        half = (len(work.lines) + 1) // 2
        for status, lines, later in (
            (invoices[0], work.lines[:half], FIRST),
            (invoices[1], work.lines[half:], SECOND),
        ):
            if status is not None and lines:
                self._session.add(self._invoice(customer, work, status, lines, began, later))

    def _invoice(
        self,
        customer: Customer,
        work: Work,
        status: str,
        lines: tuple[tuple[str, str], ...],
        began: date,
        later: int,
    ) -> Invoice:
        issued = began + timedelta(days=later)
        if status == "draft":
            issued = self._today
        elif status == "open":
            issued = self._today - timedelta(days=6)
        invoice = Invoice(
            customer_id=customer.id,
            number=f"INV-{next(self._invoices)}",
            title=work.title,
            status="draft",
            issued_on=issued,
            due_on=issued + timedelta(days=14),
            tax_rate=TAX_RATE,
            notes="Thank you for working with us. Please quote the invoice number.",
            lines=[
                InvoiceLine(
                    description=name, quantity=Decimal(number), unit_price=Decimal(SERVICES[name])
                )
                for name, number in lines
            ],
        )
        invoice.reckon()
        if work.credit is not None and later == FIRST:
            invoice.credit_notes.append(self._credit_note(customer, *work.credit, issued))
        if status == "paid":
            paid_on = issued + timedelta(days=9)
            invoice.payments.append(Payment(paid_on=paid_on, amount=invoice.balance))
        invoice.status = status
        return invoice

    def _credit_note(
        self, customer: Customer, title: str, net: str, invoiced_on: date
    ) -> CreditNote:
        note = CreditNote(
            customer_id=customer.id,
            number=f"CN-{next(self._credit_notes):04}",
            title=title,
            status="issued",
            issued_on=invoiced_on + timedelta(days=5),
            subtotal=Decimal(net),
            tax_rate=TAX_RATE,
        )
        note.reckon()
        return note

    @staticmethod
    def _contract(
        customer: Customer, work: Work, number: int, status: str, began: date, net: Decimal
    ) -> Contract:
        signed = None if status == "awaiting signature" else began + timedelta(days=7)
        return Contract(
            customer_id=customer.id,
            number=f"CON-{number:04}",
            subject=work.title,
            status=status,
            starts_on=began + timedelta(days=10),
            ends_on=began + timedelta(days=130),
            signed_on=signed,
            value=net,
            terms=f"{work.summary}\n\nHalf is due at the start, the rest as the work proceeds. "
            "Either side may end this contract with four weeks' notice.",
        )

    @staticmethod
    def _project(customer: Customer, work: Work, status: str, began: date, share: float) -> Project:
        done = round(share * len(work.tasks))
        project = Project(
            customer_id=customer.id,
            name=work.title,
            status=status,
            starts_on=began + timedelta(days=10),
            due_on=began + timedelta(days=120),
            description=work.summary,
        )
        for place, title in enumerate(work.tasks):
            running = place == done and status == "in progress"
            project.tasks.append(
                Task(
                    title=title,
                    status="done" if place < done else "in progress" if running else "to do",
                    assignee=STAFF[(place + len(work.title)) % len(STAFF)],
                    is_milestone=title in MILESTONES,
                    due_on=began + timedelta(days=20 + place * 14),
                )
            )
        project.reckon()
        return project

    def _write_ticket(self, customer: Customer, talk: Talk, spokesman: str) -> None:
        opened = datetime.combine(self._today - timedelta(days=talk.opened), time(9, 12))
        messages = [
            TicketMessage(
                author=author or spokesman,
                by_staff=author is not None,
                body=text,
                sent_at=opened + timedelta(minutes=97 * place),
            )
            for place, (author, text) in enumerate(talk.messages)
        ]
        self._session.add(
            Ticket(
                customer_id=customer.id,
                number=f"T-{next(self._tickets)}",
                subject=talk.subject,
                status=talk.status,
                priority=talk.priority,
                assignee=next((author for author, _text in talk.messages if author), None),
                opened_at=opened,
                updated_at=messages[-1].sent_at,
                messages=messages,
            )
        )
