"""The demo's papers in every state that a contact can meet, all of Aurora Bakery's.

The clerk writes them as they follow from work; what is here was answered, signed, forgotten
or still waits for Olivia.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact

from .demo_data import COMPANIES
from .models import Contract, Estimate, Proposal
from .models.agreed import Hand
from .models.contracts import TO_SIGN
from .models.offers import ACCEPTED, DECLINED, SENT, WITHDRAWN, Offer

ADDRESS = "198.51.100.24"
ACCEPTED_NUMBERS = ("PRO-0201", "EST-0201", "PRO-0202", "EST-0202")
SIGNED_NUMBERS = ("CON-0201", "CON-0202")


@dataclass(frozen=True)
class Paper:
    """An offer: ``sent`` and ``days`` (from then on) say when and for how long."""

    number: str
    title: str
    status: str
    sent: int
    days: int
    total: str
    words: str
    comment: str = ""


# fmt: off
OFFERS = (
    Paper("EST-0301", "Autumn packaging: six bags and a box for the plum cake", SENT, 4, 30,
          "3780.00", "Packaging design for six bags\nA box that survives the bus\n"
          "Two rounds of corrections"),
    Paper("EST-0302", "Photographs of the winter range", SENT, 52, 30, "1240.00",
          "Photography, two half days\nRetouching of twelve pictures"),
    Paper("EST-0303", "Van lettering", DECLINED, 96, 30, "2150.00",
          "Drawing for both sides and the doors\nSupervision at the sign writer's",
          "We sell the van in spring. Thank you for the lovely drawing all the same!"),
    Paper("EST-0304", "Recipe cards in twelve languages for the wholesale customers in Bristol, "
          "Bath, Weston-super-Mare and the villages in between, printed and online", SENT, 1, 45,
          "11460.00", "Translation, per 1,000 words\nWeb design\nPrint supervision"),
    Paper("EST-0305", "Loyalty cards with a stamp", WITHDRAWN, 40, 60, "890.00",
          "Design of a card and a stamp"),
    Paper("PRO-0301", "A second shop in Clifton", SENT, 70, 30, "8400.00",
          "Signs, window and opening weeks for the shop on the hill."),
    Paper("PRO-0302", "Film about the night shift", DECLINED, 150, 30, "6200.00",
          "Three minutes between midnight and six, without a word.",
          "Nobody looks good at four in the morning."),
)
# fmt: on

TERMS = """\
Northwind Studio looks after the online shop of Aurora Bakery for twelve months.

1. What is included
Updates of all parts of the shop once a month, and within two working days where safety asks \
for it. A backup each night, kept for thirty days, and a drill every quarter that shows that it \
can be read. A person who answers the telephone from nine to five.

2. What is not
New functions, new pages and photographs; we estimate them beforehand, and charge them by the \
hour.

3. Payment
The value is due in four equal parts at the beginning of each quarter, within fourteen days of \
the invoice.

4. End
The contract ends by itself. Either side may end it before with four weeks' notice to the end of \
a month; what was paid for the time after that is paid back.

5. Data
Orders and addresses of the bakery's customers stay on servers in the European Union. We open \
them only where a fault cannot be found without that."""


def write(session: Session, today: date) -> None:
    """Add the offers and a contract to sign, and the answers and signatures of before."""
    email = COMPANIES[0].people[0].email
    olivia = session.scalars(select(Contact).where(Contact.email == email)).one()
    for paper in OFFERS:
        session.add(_offer(paper, olivia, today))
    session.add(_contract_to_sign(olivia, today))
    for model in (Proposal, Estimate):
        for offer in session.scalars(select(model).where(model.number.in_(ACCEPTED_NUMBERS))):
            sent_on = offer.sent_on if isinstance(offer, Proposal) else offer.issued_on
            offer.answer(ACCEPTED, _hand(olivia, sent_on + timedelta(days=3)))
    for contract in session.scalars(select(Contract).where(Contract.number.in_(SIGNED_NUMBERS))):
        status = contract.status
        contract.sign(_hand(olivia, contract.signed_on or today))
        contract.status = status
    session.commit()


def _offer(paper: Paper, contact: Contact, today: date) -> Offer:
    sent = today - timedelta(days=paper.sent)
    about = {
        "customer_id": contact.customer_id,
        "number": paper.number,
        "status": SENT,
        "total": Decimal(paper.total),
    }
    last = sent + timedelta(days=paper.days)
    offer: Offer
    if paper.number.startswith("EST"):
        offer = Estimate(
            **about, title=paper.title, issued_on=sent, valid_until=last, scope=paper.words
        )
    else:
        offer = Proposal(
            **about, subject=paper.title, sent_on=sent, open_till=last, summary=paper.words
        )
    if paper.status == DECLINED:
        offer.answer(DECLINED, _hand(contact, sent + timedelta(days=9)), paper.comment)
    offer.status = paper.status
    return offer


def _contract_to_sign(contact: Contact, today: date) -> Contract:
    begins = (today.replace(day=1) + timedelta(days=40)).replace(day=1)
    return Contract(
        customer_id=contact.customer_id,
        number="CON-0301",
        subject="Care plan for the shop",
        status=TO_SIGN,
        starts_on=begins,
        ends_on=begins + timedelta(days=364),
        value=Decimal("2142.00"),
        terms=TERMS,
    )


def _hand(contact: Contact, day: date) -> Hand:
    """The contact, on a morning."""
    return Hand(contact.name, contact.id, ADDRESS, datetime.combine(day, time(8, 41)))
