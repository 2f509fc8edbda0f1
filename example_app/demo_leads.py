"""The demo's leads and opportunities, with the contacts who have to do with them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Customer
from flask_contacts.services.agent.contacts import create_agent_contact

from .models import Lead, Opportunity

#: Somebody without a company yet, known from the first lead.
ISHAAN = {
    "firstname": "Ishaan",
    "lastname": "Mehta",
    "email": "ishaan@paper-lantern.example",
    "mobile_phone": "+91 98765 43210",
    "contact_preference": "mobile_phone",
    "notes": "Met at the spring fair. Prefers to talk after the workshop closes at six.",
    "is_user": False,
}

# fmt: off
#: Names, company, e-mail, phone, status, source, value.
LEADS = (
    ("Ishaan", "Mehta", "Paper Lantern Workshop", "ishaan@paper-lantern.example",
     "+91 98765 43210", "qualified", "fair", "6850.00"),
    ("Κατερίνα", "Παπαδοπούλου", "Ελιά", "katerina@elia-oil.example",
     "+30 21 0123 4567", "contacted", "website", "2460.00"),
    ("Rosalind", "Ashworth-Ferreira", "Ashworth, Ferreira & Daughters Bookbinders",
     "rosalind@ashworth-ferreira.example", "+44 20 7946 0958", "new", "referral", "3900.00"),
    ("Bram", "de Wit", None, "bram@dewit-orgels.example", None, "lost", "telephone", None),
)
#: Company, title, amount, stage, days from today, the e-mail addresses of its contacts.
OPPORTUNITIES = (
    ("Aurora Bakery", "A second shop in Clifton", "8400.00", "negotiation", 25,
     ("olivia.hart@aurora-bakery.example", "tom.okafor@aurora-bakery.example")),
    ("Aurora Bakery", "Care plan for the shop", "2142.00", "offer made", 40,
     ("olivia.hart@aurora-bakery.example",)),
    ("Müller & Söhne Maschinenbau GmbH", "Spare parts catalogue in four languages", "21600.00",
     "discovery", 90, ("h.mueller@mueller-soehne.example",)),
)
# fmt: on


def write(session: Session, today: date) -> None:
    """Write them; the contacts of the companies are there already."""
    ishaan = create_agent_contact(session, None, ISHAAN).contact
    for first, last, company, email, phone, status, source, value in LEADS:
        lead = Lead(
            firstname=first,
            lastname=last,
            company=company,
            email=email,
            phone=phone,
            status=status,
            source=source,
            value=None if value is None else Decimal(value),
        )
        if email == ishaan.email:
            lead.contacts.append(ishaan)
        session.add(lead)
    for company, title, price, stage, days, people in OPPORTUNITIES:
        customer_id = select(Customer.id).where(Customer.company == company)
        chosen = select(Contact).where(Contact.email.in_(people))
        session.add(
            Opportunity(
                customer_id=session.scalar(customer_id),
                title=title,
                amount=Decimal(price),
                stage=stage,
                close_on=today + timedelta(days=days),
                contacts=list(session.scalars(chosen)),
            )
        )
    session.commit()
