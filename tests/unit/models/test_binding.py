"""Binding the host's customer model: one binding a process, so each host is a process."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import Session
from flask_appbuilder import Model
from flask_contacts import bind_customer
from flask_contacts.errors import ConfigError
"""
STORY = """
from flask_contacts.models import Base, Contact
engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
with Session(engine) as session:
    company = Company(**KEY)
    session.add(company)
    session.flush()
    contact = Contact(customer_id=company.id, firstname="A", lastname="B", email_scope="x")
    session.add(contact)
    session.commit()
    assert contact.customer is company
    assert type(Contact.__table__.c.customer_id.type) is type(Company.__table__.c.id.type)
    assert "contacts_customer" not in Base.metadata.tables
    assert Base.metadata is Company.metadata
print("done")
"""


def run(program: str) -> str:
    """Run a host in a process of its own; its output, or its error."""
    source = PRELUDE + textwrap.dedent(program)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_an_integer_key_on_flask_appbuilders_model() -> None:
    """The host's class on FAB's ``Model``, beside a class ``Contact`` of its own."""
    assert (
        run(
            """
        class Contact(Model):
            __tablename__ = "host_contact"
            id = Column(Integer, primary_key=True)
        @bind_customer
        class Company(Model):
            __tablename__ = "company"
            id = Column(Integer, primary_key=True)
        KEY = {}
        HostContact = Contact
        """
            + textwrap.indent(STORY, " " * 8)
        )
        == "done"
    )


def test_a_string_key() -> None:
    """The foreign key takes the type of the host's key."""
    assert (
        run(
            """
        @bind_customer
        class Company(Model):
            __tablename__ = "company"
            id = Column(String(8), primary_key=True)
        KEY = {"id": "ACME"}
        """
            + textwrap.indent(STORY, " " * 8)
        )
        == "done"
    )


def test_the_longest_string_key() -> None:
    """What keeps the customer as text beside a contact is as long as the key may be."""
    assert (
        run(
            """
        @bind_customer
        class Company(Model):
            __tablename__ = "company"
            id = Column(String(255), primary_key=True)
        from flask_contacts.models import Contact
        print(Contact.__table__.c.email_scope.type.length)
        """
        )
        == "255"
    )


def test_metadata_of_flask_sqlalchemy() -> None:
    """Where the host's model lives in other metadata our tables join that one."""
    assert (
        run(
            """
        from flask_sqlalchemy import SQLAlchemy
        db = SQLAlchemy()
        @bind_customer
        class Company(db.Model):
            id = Column(Integer, primary_key=True)
        KEY = {}
        """
            + textwrap.indent(STORY, " " * 8)
        )
        == "done"
    )


@pytest.mark.parametrize(
    ("program", "code"),
    [
        (
            """
            class Company(Model):
                __tablename__ = "company"
                a = Column(Integer, primary_key=True)
                b = Column(Integer, primary_key=True)
            """,
            "contacts.C022",
        ),
        (
            """
            from flask_contacts.models import Contact
            class Company(Model):
                __tablename__ = "company"
                id = Column(Integer, primary_key=True)
            """,
            "contacts.C021",
        ),
        (
            """
            @bind_customer
            class Other(Model):
                __tablename__ = "other"
                id = Column(Integer, primary_key=True)
            class Company(Model):
                __tablename__ = "company"
                id = Column(Integer, primary_key=True)
            """,
            "contacts.C020",
        ),
        ("class Company: pass", "contacts.C023"),
        (
            """
            class Company(Model):
                __abstract__ = True
                id = Column(Integer, primary_key=True)
            """,
            "contacts.C023",
        ),
        (
            """
            class Company(Model):
                __tablename__ = "company"
                id = Column(String(256), primary_key=True)
            """,
            "contacts.C024",
        ),
    ],
)
def test_what_cannot_be_bound(program: str, code: str) -> None:
    """Composite and long keys, a second model, what is no model, and binding after first use:
    an error with a code."""
    attempt = """
    try:
        bind_customer(Company)
    except ConfigError as error:
        print(error.code)
    """
    assert run(textwrap.dedent(program) + textwrap.dedent(attempt)) == code


def test_binding_the_same_model_again_is_no_error() -> None:
    """A module that is imported twice under the reloader binds the same class."""
    assert (
        run(
            """
        @bind_customer
        class Company(Model):
            __tablename__ = "company"
            id = Column(Integer, primary_key=True)
        assert bind_customer(Company) is Company
        print("done")
        """
        )
        == "done"
    )
