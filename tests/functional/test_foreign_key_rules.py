"""What depends on a process of its own: a host's relationships, and what is said at start."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.host_app import create_host_app, db

pytestmark = pytest.mark.bundled_only(reason="the keys are those to a contact; once is enough")

#: The host's letters go with their contact, by a foreign key; its relationship says nothing of
#: it, and SQLAlchemy would therefore keep them, without the contact.
RELATIONSHIP = """
from sqlalchemy import Column, ForeignKey, Integer
from sqlalchemy.orm import relationship
from tests.host_app import Contact, Model, add_customer, create_host_app, db
from flask_contacts import testing
from flask_contacts.services.contacts.archive import preview
from flask_contacts.services.contacts.states import delete_contact

class Letter(Model):
    __tablename__ = "host_letter"
    id = Column(Integer, primary_key=True)
    contact_id = Column(ForeignKey(Contact.id, ondelete="CASCADE"))
    contact = relationship(Contact, backref="letters")

app = create_host_app("sqlite://")
with app.app_context():
    customer = add_customer(db.session)
    contact = testing.make_contact(db.session, customer)
    db.session.add(Letter(contact=contact))
    db.session.commit()
    keys = customer.id, contact.id
    print([one.effect for one in preview(db.session, *keys).references])
    delete_contact(db.session, *keys)
    print(db.session.query(Letter).count())
"""


def test_a_relationship_does_not_overrule_the_foreign_key() -> None:
    """Where the host's model has a relationship to the contact with a backref, what the preview
    says still happens: its foreign key decides."""
    done = subprocess.run(
        [sys.executable, "-c", RELATIONSHIP],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split("\n")[:2] == ["['deleted']", "0"], done.stderr


@pytest.mark.parametrize(("switched_on", "warnings"), [(False, 1), (True, 0)])
def test_unchecked_foreign_keys_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, switched_on: bool, warnings: int
) -> None:
    """Once at start where SQLite does not check foreign keys, with what to switch on."""

    def check(connection: Any, record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    if switched_on:
        event.listen(Engine, "connect", check)
    try:
        with caplog.at_level(logging.WARNING, "flask_contacts"):
            app = create_host_app(f"sqlite:///{tmp_path / 'host.db'}")
    finally:
        if switched_on:
            event.remove(Engine, "connect", check)
    with app.app_context():
        db.engine.dispose()
    said = [one.getMessage() for one in caplog.records if "contacts.C025" in one.getMessage()]
    assert len(said) == warnings
    assert all("PRAGMA foreign_keys" in text for text in said)
