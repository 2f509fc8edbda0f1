"""What people wrote and uploaded in the demo: comments, files, and a note of the studio's own.

The clerk writes the customer's side of a ticket under a name, because there are no contacts
yet; here it becomes theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.models import Contact

from .demo_files import demo_file
from .models import Project, ProjectComment, ProjectFile, Ticket, TicketAttachment, TicketMessage
from .notices import quiet

#: Files of tickets: the ticket's subject, the message that they hang on, their names.
TICKET_FILES = (
    ("The checkout shows yesterday's bread", 0, ("shop-at-midnight.png", "what-i-did.txt")),
    ("Opening hours at Christmas", 1, ("home-page-with-holiday-hours.png",)),
    ("Pix as a way to pay", 0, ("cardápio-da-padaria-são-joão.pdf",)),
    (
        "Accents are missing in the printed menu",
        1,
        ("menu-proof-2-every-accent-in-its-place-and-the-prices-of-the-terrace-as-of-may.pdf",),
    ),
)

#: Notes that no customer sees: the ticket's subject, who wrote it, what.
NOTES = (
    (
        "The checkout shows yesterday's bread",
        "Ines Carvalho",
        "Same root cause as at Łódź Robotics last year. Let us move all cut-offs to local time.",
    ),
)


@dataclass(frozen=True)
class Writing:
    """A comment on a project, or files: ``who`` is staff's or a contact's name."""

    project: str
    who: str
    days: int
    text: str = ""
    files: tuple[str, ...] = ()


# fmt: off
WRITINGS = (
    Writing("Online shop for pre-orders", "Priya Raman", 61,
            "The templates are ready to look at: home, loaf, basket, checkout, account, and the "
            "baker's list. Tell us what you miss."),
    Writing("Online shop for pre-orders", "Zoë Whitfield-Baptiste", 60,
            "The list for the ovens is exactly what we need at four in the morning. Could the "
            "type be larger? We read it from two metres, with flour on the glasses."),
    Writing("Online shop for pre-orders", "Zoë Whitfield-Baptiste", 60,
            files=("ovens-and-loaves.csv", "where-the-list-hangs.png")),
    Writing("Online shop for pre-orders", "Priya Raman", 58,
            "Twice the size, and the loaves sorted by shelf. The proof is among the files.",
            ("oven-list-proof.pdf",)),
    Writing("Online shop for pre-orders", "Olivia Hart", 12,
            "Looks wonderful.\n\nTwo small things:\n– the plum cake is not vegan\n– Tom would like "
            "the VAT number on the receipt"),
    Writing("Brand refresh and packaging", "Jonas Weber", 96,
            "All drawings for the printer, in one place.",
            ("bags-and-boxes-final.pdf", "logo-on-kraft-paper.png")),
    Writing("Loyalty card and delivery page", "Mateo Ruiz", 9,
            "O cartão está pronto para o teste. O décimo café é mesmo de graça."),
    Writing("Loyalty card and delivery page", "Conceição Araújo", 8,
            "Adorei! Mando a lista dos bairros da entrega.", ("bairros.csv",)),
)
# fmt: on


def write(session: Session, today: date) -> None:
    """Write it all; the contacts and what they write about are there already."""
    with quiet(session):
        people = _sign_messages(session)
        for subject, place, names in TICKET_FILES:
            message = _ticket(session, subject).messages[place]
            message.attachments = [
                TicketAttachment.of(demo_file(name), ticket_id=message.ticket_id) for name in names
            ]
        for subject, author, text in NOTES:
            ticket = _ticket(session, subject)
            signed = {"author": author, "by_staff": True, "sent_at": ticket.updated_at}
            ticket.add(TicketMessage(body=text, is_internal=True, **signed))
        for writing in WRITINGS:
            _write(session, writing, people, today)
        session.commit()


def _sign_messages(session: Session) -> dict[str, Contact]:
    """Give each contact the messages that bear the name; the contacts by their names."""
    people = {contact.name: contact for contact in session.scalars(select(Contact))}
    unsigned = select(TicketMessage).where(TicketMessage.by_staff.is_(False))
    for message in session.scalars(unsigned):
        contact = people.get(message.author or "")
        if contact is not None and contact.customer_id == message.ticket.customer_id:
            message.contact_id, message.author = contact.id, None
    return people


def _ticket(session: Session, subject: str) -> Ticket:
    return session.scalars(select(Ticket).where(Ticket.subject == subject)).one()


def _write(session: Session, writing: Writing, people: dict[str, Contact], today: date) -> None:
    project = session.scalars(select(Project).where(Project.name == writing.project)).one()
    contact = people.get(writing.who)
    signed = {
        "contact_id": contact.id if contact is not None else None,
        "author": writing.who if contact is None else None,
        "by_staff": contact is None,
        "sent_at": datetime.combine(today - timedelta(days=writing.days), time(10, 24)),
    }
    if writing.text:
        session.add(ProjectComment(project_id=project.id, body=writing.text, **signed))
    for name in writing.files:
        session.add(ProjectFile.of(demo_file(name), project_id=project.id, **signed))
    session.flush()
