"""The staff's pages of the filled example, for tests that look at all of them."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from flask_contacts.testing import csrf_token
from tests import import_pages

#: Changed, refused, unchanged: an import has something to say about each.
FILE = """firstname,lastname,email,company
Isla,Drummond,isla@fig-and-thistle.example,Fig & Thistle Florists
Fergus,Bain-Muir,fergus@fig-and-thistle.example,Fig & Thistle Florists
Ada,,no address,Nobody & Sons
Nia,Adeyemi,nia@fig-and-thistle.example,Fig & Thistle Florists
"""
FORGOT = "/portal/forgot-password"

#: The pages of the package that have an address of their own.
OWN = (
    "/customer-contacts/", "/customer-contacts/?q=zzzzz", "/customer-contacts/?state=archived",
    "/customer-contacts/new", "/contacts-duplicates/", "/data-quality/",
    "/data-quality/customers/no_active_contact", "/contacts-import/", "/contacts-marketing-lists/",
    "/contacts-marketing-lists/new", "/contacts-invitations/", "/contacts-outgoing-mail/",
    "/contacts-outgoing-mail/?state=failed", "/contacts-email-templates/",
    "/contacts-email-templates/edit/set_password", "/contacts-email-templates/reset/set_password",
    "/contacts-silent-topics/", "/contacts-registrations/", "/contacts-settings/",
    "/customers/list/", "/customers/add",
)  # fmt: skip
#: The example's views of Flask-AppBuilder's kind, each with a first record.
VIEWS = (
    *("InvoiceView", "InvoiceLineView", "EstimateView", "ProposalView", "ContractView"),
    *("TicketView", "ProjectView", "TaskView", "LeadView", "OpportunityView", "PaymentView"),
)
#: Flask-AppBuilder's own.
FAB = ("/users/list/", "/users/add", "/users/userinfo/", "/roles/list/")


def make_more(app: Flask, staff: FlaskClient, forgetful: str, tag: str = "en") -> tuple[str, ...]:
    """Add what the demo's data has none of: a mail, an import before and after its run.

    Gives the addresses of the two imports; ``staff`` is a browser of an administrator,
    ``forgetful`` the address of who asks for a link, on pages in the language of ``tag``.
    """
    client = app.test_client()
    form = {"email": forgetful, "csrf_token": csrf_token(client, FORGOT)}
    spoken = {"Accept-Language": tag}
    assert client.post(FORGOT, data=form, headers=spoken).status_code == 303
    waiting, looked_at = (import_pages.upload(staff, FILE).location for _ in range(2))
    done = import_pages.choose(staff, looked_at).location
    import_pages.go_on(staff, done)
    return waiting, done


def of_people(app: Flask) -> tuple[str, ...]:
    """The pages of one customer, of its contact, and of what is there once: in this order."""
    from sqlalchemy import select

    from example_app.database import db
    from flask_contacts.models import Contact, Mail, MarketingList

    with app.app_context():
        contact = db.session.scalars(
            select(Contact).where(Contact.primary_of.is_not(None)).order_by(Contact.id)
        ).first()
        assert contact is not None
        pk, customer = contact.id, contact.customer_id
        marketing, mail = (_first(table) for table in (MarketingList, Mail))
    return (
        f"/customer-contacts/show/{pk}", f"/customer-contacts/edit/{pk}",
        f"/customer-contacts/merge?contact={pk}&contact={pk + 1}",
        f"/customer-contacts/generate-login/{pk}", f"/customer-contacts/move/{pk}",
        f"/customer-contacts/archive/{pk}", f"/customer-contacts/marketing-list/{pk}",
        f"/contacts-marketing-lists/show/{marketing}",
        f"/contacts-marketing-lists/edit/{marketing}",
        f"/contacts-outgoing-mail/mail/{mail}",
        f"/customers/show/{customer}", f"/customers/edit/{customer}",
        f"/customercontacts/new/{customer}", f"/customercontacts/edit/{customer}/{pk}",
        f"/customercontacts/access/{customer}/{pk}", f"/customercontacts/activity/{customer}/{pk}",
        f"/customercontacts/view-as/{customer}/{pk}",
        f"/customercontacts/who-gets-what/{customer}", f"/customernotes/new/{customer}",
    )  # fmt: skip


def _first(table: Any) -> Any:
    from sqlalchemy import select

    from example_app.database import db

    return db.session.scalars(select(table.id).order_by(table.id).limit(1)).one()


def of_views() -> tuple[str, ...]:
    """List, page, form of the example's views."""
    rooms = [f"/{view.lower()}" for view in VIEWS]
    pages = ("list/", "show/1", "edit/1", "add")
    return tuple(f"{room}/{page}" for room in rooms for page in pages)
