"""What the pages on bulk actions and marketing lists say of programs, run as it stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.howtos import HOWTOS, blocks, run

pytestmark = pytest.mark.bundled_only(reason="a process of its own, with the bundled customers")

HOST = """
from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_contacts import Contacts, testing
from flask_mail import Mail as FlaskMail

db = SQLA(metadata=Model.metadata)
contacts = Contacts()
"""
START = """
from flask_contacts.models import Activity, Customer, Mail, MarketingMember
from sqlalchemy import select

app = Flask(__name__)
app.config.update(
    SECRET_KEY="only for tests", SQLALCHEMY_DATABASE_URI="sqlite://", TESTING=True,
    CONTACTS_BASE_URL="http://localhost", CONTACTS_MAIL_DELIVERY="manual",
    MAIL_DEFAULT_SENDER="host@example.com",
)
db.init_app(app)
FlaskMail(app)
app.app_context().push()
contacts.init_app(app, AppBuilder(app, db.session))
db.create_all()
acme, other = Customer(company="Acme"), Customer(company="Other")
db.session.add_all([acme, other])
db.session.commit()
made = [testing.make_contact(db.session, one) for one in (acme, acme, other)]
contact = made[0]
"""
DEACTIVATED = """
for one in made:
    db.session.refresh(one)
assert [one.active for one in made] == [False, False, True], made
assert progress.counts == {"done": 2}, progress
assert set(db.session.scalars(select(Activity.actor_kind))) == {"system"}
print("played")
"""
MAILED = """
assert db.session.scalars(select(MarketingMember.source)).all() == ["Fair 2026"]
assert db.session.scalars(select(Mail.recipient)).all() == [contact.email]
print("played")
"""


def test_many_contacts_are_changed(tmp_path: Path) -> None:
    """The contacts of the customer, and no others, by the software itself."""
    [change] = blocks(HOWTOS / "bulk-actions.md")
    assert run(tmp_path, HOST + START + change + DEACTIVATED).endswith("played\n")


def test_a_list_is_made_and_mailed(tmp_path: Path) -> None:
    """Who was added gets the mail, and once for a key."""
    register, send, make = blocks(HOWTOS / "marketing-lists.md")
    program = HOST + register + START + make + send * 2 + MAILED
    assert run(tmp_path, program).endswith("played\n")
