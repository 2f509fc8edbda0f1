"""The people who visit the example's portal in tests, each in the state that some page is for."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from flask_contacts.testing import csrf_token, portal_sign_in, staff_sign_in
from tests.portal_pages import PREFIX, Visitor

PASSWORD = "a heron stands very still"
OLIVIA = "olivia.hart@aurora-bakery.example"
BEADLE = "long.names@guild-of-clockmakers.example"
NEWCOMER = "new@aurora-bakery.example"
STARTER = "start@fresh-paint.example"
INVITED = "invited@aurora-bakery.example"
FORMER = "former@aurora-bakery.example"
LOCKED = "locked@aurora-bakery.example"
LONG_COMPANY = "The Worshipful Guild of Clockmakers"
LONG_NAMES = {
    "firstname": "Bartholomew-Maximilian",
    "lastname": "Featherstonehaugh-Cholmondeley-Majoribanks",
    "position": "Beadle and Keeper of the Register of Apprentices",
}
NOWHERE = f"{PREFIX}/nothing/here"


def visitors(app: Flask) -> list[Visitor]:
    """Everybody, in browsers of their own; call it once for an application.

    ``olivia`` may do everything and is her company's main contact; ``beadle`` has the
    longest names there are, at two companies; ``starter`` has every permission at a company
    without records, ``newcomer`` none; ``guarded`` has signed in with a code, and
    ``waiting`` is about to; ``viewing`` are staff who look on; the others hold links.
    """
    from example_app.demo_data import DEMO_PASSWORD

    phone = _add_people(app)
    olivia = signed_in(app, OLIVIA, DEMO_PASSWORD)
    _upload(olivia)
    waiting, guarded = app.test_client(), app.test_client()
    for client in (waiting, guarded):
        portal_sign_in(client, LOCKED, PASSWORD)
    code = f"{PREFIX}/sign-in/code"
    form = {"code": phone.code(), "csrf_token": csrf_token(guarded, code)}
    assert guarded.post(code, data=form).status_code == 303
    found = [
        Visitor("stranger", app.test_client(), [f"{PREFIX}/sign-in", NOWHERE]),
        Visitor("olivia", olivia),
        Visitor("beadle", signed_in(app, BEADLE)),
        Visitor("starter", signed_in(app, STARTER)),
        Visitor(
            "newcomer", signed_in(app, NEWCOMER), [f"{PREFIX}/", f"{PREFIX}/invoices/", NOWHERE]
        ),
        Visitor("guarded", guarded, [f"{PREFIX}/account/two-factor"]),
        Visitor("waiting", waiting, [code], crawls=False),
        Visitor("viewing", _viewing(app), [f"{PREFIX}/", f"{PREFIX}/account/"]),
    ]
    found += [
        Visitor(name, app.test_client(), [address], crawls=False) for name, address in _links(app)
    ]
    return found


def signed_in(app: Flask, email: str, password: str = PASSWORD) -> FlaskClient:
    """A browser in which this contact has signed in."""
    client = app.test_client()
    response = portal_sign_in(client, email, password)
    assert response.status_code in {302, 303}, response.text
    return client


def _add_people(app: Flask) -> Any:
    """The contacts that the demo's own data lacks; gives the phone of who needs a code."""
    from example_app.database import db
    from example_app.demo_data import ALL_TOPICS, EVERYTHING
    from flask_contacts.models import Contact, Customer
    from flask_contacts.services.contacts.states import deactivate_contact
    from flask_contacts.services.settings import save_settings
    from tests.authenticator import give_phone

    with app.app_context():
        save_settings(
            db.session, {"primary_may": ["colleagues"], "registration": ["allowed", "approval"]}
        )
        aurora, guild = _customer("Aurora Bakery"), _customer(LONG_COMPANY)
        paint = Customer(company="Fresh Paint")
        db.session.add(paint)
        db.session.commit()
        everything = {"permissions": list(EVERYTHING), "topics": list(ALL_TOPICS)}
        _contact(guild, BEADLE, **LONG_NAMES, **everything, is_primary=True)
        _contact(paint.id, BEADLE, proven=False, **LONG_NAMES, **everything)
        _contact(paint.id, STARTER, firstname="Sten", lastname="Starter", **everything)
        _contact(aurora, NEWCOMER, firstname="Nia", lastname="Newcomer", permissions=[])
        _contact(aurora, INVITED, proven=False, firstname="Ivo", lastname="Invited")
        _contact(aurora, LOCKED, firstname="Lou", lastname="Locked", permissions=[])
        _contact(aurora, FORMER, firstname="Finn", lastname="Former")
        former = db.session.scalars(select(Contact).where(Contact.email == FORMER)).one()
        deactivate_contact(db.session, aurora, former.id)
        return give_phone(db.session, LOCKED, PASSWORD)


def _upload(client: FlaskClient) -> None:
    """A file of the visitor's own at a project, which may be taken back."""
    page = f"{PREFIX}/projects/2/upload"
    form = {
        "csrf_token": csrf_token(client, page),
        "files": (BytesIO(b"Open at seven."), "hours.txt"),
    }
    response = client.post(page, data=form, content_type="multipart/form-data")
    assert response.status_code in {302, 303}, response.text


def _viewing(app: Flask) -> FlaskClient:
    """Staff who see the portal as the main contact."""
    from example_app.database import db
    from flask_contacts.models import Contact

    client = app.test_client()
    assert staff_sign_in(client, "admin", "admin").status_code == 302
    with app.app_context():
        olivia = db.session.scalars(select(Contact).where(Contact.email == OLIVIA)).one()
        page = f"/customercontacts/view-as/{olivia.customer_id}/{olivia.id}"
    form = {"reason": "asked on the phone", "csrf_token": csrf_token(client, page)}
    assert client.post(page, data=form).location == f"{PREFIX}/"
    return client


def _links(app: Flask) -> Iterator[tuple[str, str]]:
    """Who holds a mailed link, alive or dead, and its address."""
    from example_app.database import db
    from flask_contacts import links
    from flask_contacts.email_address import canonical_email
    from flask_contacts.mail.marketing_links import marketing_url
    from flask_contacts.mail.topic_links import topic_url
    from flask_contacts.models import Contact, Registration
    from flask_contacts.services.marketing.lists import create_list
    from flask_contacts.services.marketing.members import add_members
    from flask_contacts.services.registration import registering as registration

    with app.app_context():
        session = db.session

        def contact(email: str) -> Contact:
            return session.scalars(select(Contact).where(Contact.email == email)).one()

        for name, email, purpose, address in (
            ("invited", INVITED, links.SET_PASSWORD, None),
            ("mover", OLIVIA, links.CHANGE_EMAIL, "olivia@aurora-bakery.example"),
        ):
            new_address = canonical_email(address) if address else None
            link = links.issue(session, contact(email).login, purpose, new_email=new_address)
            links.start_life(link)
            session.commit()
            yield name, f"{PREFIX}/{links.PATHS[purpose]}/{links.sign(link)}"
        yield "reader", urlsplit(topic_url(contact(OLIVIA).uuid, "invoice")).path
        news = create_list(session, {"name": "Recipes of the month"})
        add_members(session, news.id, [contact(OLIVIA).id])
        yield "subscriber", urlsplit(marketing_url(contact(OLIVIA).uuid, news.uuid)).path
        typed = {
            "company": "Paper Lantern", "firstname": "Ishaan", "lastname": "Mehta",
            "email": "ishaan@paper-lantern.example", "password": PASSWORD,
        }  # fmt: skip
        registration.register(session, typed, None, "en")
        row = session.scalars(select(Registration)).one()
        token = links.sign_uuid(links.REGISTER, row.link_uuid)
        yield "registering", f"{PREFIX}/confirm-registration/{token}"
    yield "lost", f"{PREFIX}/set-password/not-a-link"
    yield "lost mover", f"{PREFIX}/confirm-email/not-a-link"
    yield "lost reader", f"{PREFIX}/email-notifications/not-a-link"
    yield "lost registering", f"{PREFIX}/confirm-registration/not-a-link"


def _customer(name: str) -> int:
    from example_app.database import db
    from flask_contacts.models import Customer

    return db.session.scalars(select(Customer.id).where(Customer.company.startswith(name))).one()


def _contact(customer_id: int, email: str, *, proven: bool = True, **values: Any) -> None:
    """Create a contact as staff do; who is ``proven`` has set a password with the link."""
    from example_app.database import db
    from flask_contacts import links
    from flask_contacts.services.contacts.editing import create_contact
    from flask_contacts.services.invitations.set_password import set_password

    typed = {"email": email, "is_user": True, "no_welcome_mail": True, "send_password_mail": True}
    login = create_contact(db.session, customer_id, {**typed, **values}).contact.login
    if proven:
        link = links.live_link(db.session, login.id, links.SET_PASSWORD)
        links.start_life(link)
        db.session.commit()
        set_password(db.session, links.sign(link), PASSWORD, PASSWORD)
