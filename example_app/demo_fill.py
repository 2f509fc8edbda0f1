"""Fill the demo's database, once: customers, their papers, tickets, projects, contacts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.models import Customer, Login, Mail
from flask_contacts.services.contacts import create_contact
from flask_contacts.services.invitations import set_password

from .demo_data import COMPANIES, SERVICES, STAFF, Company, Person, Talk, Work
from .demo_talks import AURORA_TALKS
from .models import (
    Contract,
    Estimate,
    Invoice,
    InvoiceLine,
    Project,
    Proposal,
    Task,
    Ticket,
    TicketMessage,
)
from .models.columns import to_cents

TAX_RATE = Decimal(20)

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


def is_filled(session: Session) -> bool:
    """Whether the demo data is there already: any customer says so."""
    return session.scalar(select(Customer.id).limit(1)) is not None


def fill(session: Session, today: date) -> None:
    """Write all demo data in one transaction, then the contacts through the services.

    Who has a password has set it with the link of an invitation, as people do: so the login
    is proven, and nobody's New Contact at another customer erases it (BEHAVIOUR C7).
    """
    clerk = Clerk(session, today)
    customers = [(clerk.write(company).id, company.people) for company in COMPANIES]
    session.commit()
    for customer_id, people in customers:
        for person in people:
            contact = create_contact(session, customer_id, _typed(person)).contact
            if person.password:
                _set_password(session, contact.login, person.password)
    session.execute(delete(Mail))  # all this was long ago, and nobody is mailed about it
    session.commit()


def _typed(person: Person) -> dict[str, object]:
    """What staff would type in New Contact for this person; nobody is mailed."""
    return {
        "firstname": person.firstname,
        "lastname": person.lastname,
        "position": person.position,
        "email": person.email,
        "phone": person.phone,
        "is_user": bool(person.password),
        "send_password_mail": bool(person.password),
        "no_welcome_mail": True,
        "permissions": list(person.permissions),
        "topics": ["invoice"] if "invoices" in person.permissions else [],
        "language": person.language,
    }


def _set_password(session: Session, login: Login, password: str) -> None:
    """Open the link that invites this person, and set the password."""
    link = links.live_link(session, login.id, links.SET_PASSWORD)
    assert link is not None  # the invitation was promised a line ago
    links.start_life(link)
    session.commit()
    set_password(session, links.sign(link), password, password)


class Clerk:
    """Writes the papers of each company, with running numbers."""

    def __init__(self, session: Session, today: date) -> None:
        self._session = session
        self._today = today
        self._invoices = count(1041)
        self._papers = count(201)
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
        return customer

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
            (invoices[0], work.lines[:half], 10),
            (invoices[1], work.lines[half:], 40),
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
            status=status,
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
        invoice.add_up()
        return invoice

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
                    due_on=began + timedelta(days=20 + place * 14),
                )
            )
        project.measure()
        return project

    def _write_ticket(self, customer: Customer, talk: Talk, spokesman: str) -> None:
        opened = datetime.combine(self._today - timedelta(days=talk.opened), time(9, 12))
        messages = [
            TicketMessage(
                author=author or spokesman,
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
                opened_at=opened,
                updated_at=messages[-1].sent_at,
                messages=messages,
            )
        )
