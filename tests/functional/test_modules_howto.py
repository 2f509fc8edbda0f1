"""The page on modules and topics, run as it stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.howtos import HOWTOS, blocks, run

pytestmark = pytest.mark.bundled_only(reason="a process of its own, with the bundled customers")

PAGE = HOWTOS / "modules-and-topics.md"
BEFORE = """
from datetime import date
from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_contacts import testing
from flask_contacts.models import Customer, Mail
from flask_contacts.portal import PortalModelView
from flask_mail import Mail as FlaskMail
from sqlalchemy import Column, ForeignKey, Integer, String, select

db = SQLA(metadata=Model.metadata)


class Inspection(Model):
    __tablename__ = "inspection"
    id = Column(Integer, primary_key=True)
    lift = Column(String(50))
    customer_id = Column(ForeignKey("contacts_customer.id"))


class InspectionPages(PortalModelView):
    datamodel = SQLAInterface(Inspection)
    list_columns = ["lift"]
"""
BETWEEN = """
app = Flask(__name__)
app.config.update(
    SECRET_KEY="only for tests", SQLALCHEMY_DATABASE_URI="sqlite://", TESTING=True,
    CONTACTS_BASE_URL="http://localhost", CONTACTS_MAIL_DELIVERY="manual",
    MAIL_DEFAULT_SENDER="host@example.com",
)
db.init_app(app)
FlaskMail(app)
with app.app_context():
    contacts.init_app(app, AppBuilder(app, db.session))
    db.create_all()
    customer = Customer(company="Aurora")
    db.session.add(customer)
    db.session.commit()
    held = {"permissions": ["inspections"], "topics": ["inspection"]}
    ada = testing.make_contact(db.session, customer, **held).email
    testing.make_contact(db.session, customer, permissions=["inspections"])
    inspection = Inspection(lift="Lift 2", customer_id=customer.id)
    db.session.add(inspection)
    db.session.commit()
"""
AFTER = """
    assert db.session.scalars(select(Mail.recipient)).all() == [ada]
client = app.test_client()
assert testing.portal_sign_in(client, ada).status_code in {302, 303}
assert "Inspections" in client.get("/portal/").text
assert "Lift 2" in client.get("/portal/inspections/").text
print("played")
"""


def test_the_page_adds_a_module_and_a_topic(tmp_path: Path) -> None:
    """The module is in the portal for who holds it; the topic's mail goes to who wants it, and
    once for a key."""
    registering, notifying = blocks(PAGE)
    indented = "".join(f"    {line}\n" for line in (notifying * 2).splitlines())
    program = BEFORE + registering + BETWEEN + indented + AFTER
    assert "played" in run(tmp_path, program)
