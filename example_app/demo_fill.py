"""Fill the demo's database, once: customers, their papers, tickets, projects, contacts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from flask_contacts import links
from flask_contacts.models import Customer, Login, Mail
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.invitations.set_password import set_password

from . import demo_leads, demo_papers, demo_writings, newsletter
from .demo_clerk import Clerk
from .demo_data import COMPANIES, LEADS, Person
from .notices import quiet


def is_filled(session: Session) -> bool:
    """Whether the demo data is there already: any customer says so."""
    return session.scalar(select(Customer.id).limit(1)) is not None


def fill(session: Session, today: date) -> None:
    """Write all demo data in one transaction, then the contacts through the services.

    Who has a password has set it with the link of an invitation, as people do: so the login
    is proven, and nobody's New Contact at another customer erases it (BEHAVIOUR C7).
    """
    clerk = Clerk(session, today)
    with quiet(session):
        customers = [(clerk.write(company).id, company.people) for company in COMPANIES]
        for lead in LEADS:
            clerk.write_to(lead)
        session.commit()
    for customer_id, people in customers:
        for person in people:
            contact = create_contact(session, customer_id, _typed(person)).contact
            if person.password:
                _set_password(session, contact.login, person.password)
    demo_papers.write(session, today)
    demo_writings.write(session, today)
    demo_leads.write(session, today)
    newsletter.write_list(session)
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
        "topics": list(person.topics),
        "language": person.language,
    }


def _set_password(session: Session, login: Login, password: str) -> None:
    """Open the link that invites this person, and set the password."""
    link = links.live_link(session, login.id, links.SET_PASSWORD)
    assert link is not None  # the invitation was promised a line ago
    links.start_life(link)
    session.commit()
    set_password(session, links.sign(link), password, password)
