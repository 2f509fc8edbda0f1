"""``flask contacts upgrade-db`` on each engine: from an older release's tables, with their rows.

``tests/functional/test_schema_upgrade.py`` has the details, on SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import Column, Engine, String, inspect, select, text
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.mail.leavers import leavers_among
from flask_contacts.models import Contact, Link, Mail, MarketingList, MarketingMember

#: What ``check-db`` says about the tables that :func:`older` makes, engine or host regardless.
DIFFERENCES = (
    "contacts_comment: the table is missing",
    "contacts_activity: the table is missing",
    "contacts_customer_admin: the table is missing",
    "contacts_contact: the column phone_e164 is missing",
    "contacts_contact: the column contact_preference is missing",
    "contacts_contact: the column fax is not in the models",
    "contacts_contact: the column lastname allows NULL",
    "contacts_contact: the column firstname has the type VARCHAR(60), not VARCHAR(100)",
    "contacts_contact: the index ix_contacts_contact_phone_e164 is missing",
    "contacts_contact: the constraint uq_contacts_contact_primary_of is missing",
    "contacts_contact: the constraint ck_contacts_contact_primary_own is missing",
    "contacts_mail: the column needs is missing",
    "contacts_mail: the column dedupe_key is missing",
)


@pytest.fixture
def app(separate_host: Flask) -> Flask:
    """A host whose tables are changed."""
    return separate_host


@pytest.fixture
def people(
    session: Session, make_customer: Callable[..., Any], make_contact: Callable[..., Any]
) -> tuple[int, ...]:
    """The ids of a primary contact and another, each with permissions, logins and mails."""
    customer = make_customer()
    first = make_contact(
        customer, email="ada@example.com", permissions=["invoices"], no_welcome_mail=False
    )
    second = make_contact(customer, email="grace@example.com", permissions=["support"])
    ids = first.id, second.id
    session.rollback()  # an open transaction would keep the tables from being changed
    return ids


@pytest.fixture
def older(engine: Engine, people: tuple[int, ...]) -> Engine:
    """The database as an older release left it: with less, with more, and with other rules."""
    with engine.begin() as connection:
        change = Operations(MigrationContext.configure(connection))
        for table in ("contacts_comment", "contacts_activity", "contacts_customer_admin"):
            change.drop_table(table)
        with change.batch_alter_table("contacts_contact") as contact:
            contact.drop_index("ix_contacts_contact_phone_e164")
            contact.drop_constraint("uq_contacts_contact_primary_of", type_="unique")
            contact.drop_constraint("ck_contacts_contact_primary_own", type_="check")
            contact.drop_column("phone_e164")
            contact.drop_column("contact_preference")
            contact.add_column(Column("fax", String(40), nullable=True))
            contact.alter_column("lastname", existing_type=String(100), nullable=True)
            contact.alter_column(
                "firstname", existing_type=String(100), type_=String(60), existing_nullable=False
            )
        with change.batch_alter_table("contacts_mail") as mail:
            mail.drop_constraint("uq_contacts_mail_dedupe_key", type_="unique")
            mail.drop_column("dedupe_key")
            mail.drop_column("needs")
        connection.execute(text("UPDATE contacts_contact SET fax = '123'"))
        connection.execute(
            text("UPDATE contacts_contact SET lastname = NULL WHERE id = :id"), {"id": people[1]}
        )
        with change.batch_alter_table("contacts_contact") as contact:
            contact.alter_column("fax", existing_type=String(40), nullable=False)
    return engine


def test_an_older_database_comes_to_the_present(
    app: Flask, older: Engine, session: Session, people: tuple[int, ...]
) -> None:
    """Each difference is named; a dry run changes nothing; the upgrade keeps every row, fills
    what is new and drops nothing; with ``--drop`` the database is as a fresh one."""
    run = app.test_cli_runner().invoke
    said = run(args=["contacts", "check-db"])
    assert said.exit_code == 1
    assert [line for line in DIFFERENCES if line not in said.output.splitlines()] == []
    assert "host_" not in said.output
    assert "ab_" not in said.output

    assert run(args=["contacts", "upgrade-db", "--dry-run"]).exit_code == 0
    assert run(args=["contacts", "check-db"]).output == said.output

    upgraded = run(args=["contacts", "upgrade-db"])
    assert upgraded.exit_code == 0, upgraded.output
    ada, grace = session.scalars(select(Contact).order_by(Contact.id))
    assert (ada.id, grace.id) == people
    assert (ada.permission_names, grace.permission_names) == ({"invoices"}, {"support"})
    assert (ada.primary_of, grace.primary_of) == (ada.customer_id, None)
    assert (grace.lastname, grace.contact_preference, grace.phone_e164) == ("", "any", None)
    mails = session.scalars(select(Mail)).all()
    assert mails
    assert {(mail.needs, mail.dedupe_key) for mail in mails} == {("contact", None)}
    session.rollback()
    columns = {column["name"]: column for column in inspect(older).get_columns("contacts_contact")}
    assert columns["fax"]["nullable"]
    left = run(args=["contacts", "check-db"])
    assert left.exit_code == 0
    assert left.output.splitlines()[1:] == [
        "Not used any more; `flask contacts upgrade-db --drop` removes it:",
        "contacts_contact: the column fax is not in the models",
    ]
    assert run(args=["contacts", "upgrade-db"]).output == "There is nothing to do.\n"

    assert run(args=["contacts", "upgrade-db", "--drop"]).exit_code == 0
    assert run(args=["contacts", "check-db"]).exit_code == 0


def test_who_was_invited_before_stays_invited(
    app: Flask,
    engine: Engine,
    session: Session,
    make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
) -> None:
    """The columns for it are filled from the links: the latest that was sent, one that waits for
    its mail, one that was used; whoever has none was never invited."""
    customer = make_customer()
    sent, waits, came, never = (make_contact(customer) for _number in range(4))
    dates = [datetime(2026, 1, day, 12) for day in range(1, 6)]
    for contact, purpose, created, issued, used in (
        (sent, "set_password", dates[0], dates[1], None),
        (sent, "set_password", dates[2], dates[3], None),
        (sent, "reset_password", dates[4], dates[4], None),
        (waits, "set_password", dates[2], None, None),
        (came, "set_password", dates[0], dates[1], dates[2]),
        (came, "confirm_email", dates[3], dates[3], dates[4]),
    ):
        session.add(
            Link(
                purpose=purpose, login_id=contact.login_id, contact_id=contact.id, lifetime=60,
                created_at=created, issued_at=issued, used_at=used,
            )
        )  # fmt: skip
    session.commit()
    ids = [one.id for one in (sent, waits, came, never)]
    changed = [one.updated_at for one in (sent, waits, came, never)]
    session.rollback()
    with engine.begin() as connection:
        change = Operations(MigrationContext.configure(connection))
        with change.batch_alter_table("contacts_contact") as contact:
            for state in ("uninvited", "invited", "came"):
                contact.drop_index(f"ix_contacts_contact_{state}")
            contact.drop_column("invited_at")
            contact.drop_column("accepted_at")
    upgraded = app.test_cli_runner().invoke(args=["contacts", "upgrade-db"])
    assert upgraded.exit_code == 0, upgraded.output
    session.expire_all()
    rows = [session.get_one(Contact, one) for one in ids]
    assert [row.invited_at for row in rows] == [dates[3], dates[2], dates[1], None]
    assert [row.accepted_at for row in rows] == [None, None, dates[2], None]
    assert [row.updated_at for row in rows] == changed


def test_the_upgraded_database_keeps_the_rules(
    app: Flask, older: Engine, make_customer: Callable[..., Any], make_contact: Callable[..., Any]
) -> None:
    """After it the package works on these tables, and they refuse what they should (C3)."""
    assert app.test_cli_runner().invoke(args=["contacts", "upgrade-db"]).exit_code == 0
    contact = make_contact(make_customer(), email="new@example.com", permissions=["invoices"])
    assert contact.is_primary
    with older.begin() as connection, pytest.raises(Exception, match=r"(?i)primary_of|constraint"):
        connection.execute(
            text("UPDATE contacts_contact SET is_primary = :no WHERE id = :id"),
            {"id": contact.id, "no": False},
        )


@pytest.mark.parametrize(
    ("drop", "broken", "said"),
    [
        (("uq_contacts_contact_email", "unique"), "email_key = 'twice@example.com'", "email"),
        (("ck_contacts_contact_archived", "check"), "archived_at = created_at", "archived"),
    ],
)
def test_rows_that_break_a_rule_are_named(
    app: Flask,
    engine: Engine,
    people: tuple[int, ...],
    drop: tuple[str, str],
    broken: str,
    said: str,
) -> None:
    """A constraint that the rows do not keep: its name, what the database says and what to do,
    with 1 as the exit code and the rows as they were; once they are mended it works."""
    name, kind = drop
    with engine.begin() as connection:
        change = Operations(MigrationContext.configure(connection))
        with change.batch_alter_table("contacts_contact") as contact:
            contact.drop_constraint(name, type_=kind)
        connection.execute(text(f"UPDATE contacts_contact SET {broken}"))
    run = app.test_cli_runner().invoke
    refused = run(args=["contacts", "upgrade-db"])
    assert refused.exit_code == 1
    assert f"contacts_contact: the constraint {name} is missing" in refused.output
    assert said in refused.output.partition("The database refuses to mend this: ")[2]
    assert "Correct those rows" in refused.output
    with engine.begin() as connection:
        found = text(f"SELECT count(*) FROM contacts_contact WHERE {broken}")
        assert connection.scalar(found) == len(people)
        connection.execute(text("UPDATE contacts_contact SET email_key = id, archived_at = NULL"))
    assert run(args=["contacts", "upgrade-db"]).exit_code == 0
    assert run(args=["contacts", "check-db"]).exit_code == 0


def test_who_left_a_list_has_left(
    app: Flask, engine: Engine, session: Session, make_customer: Callable[..., Any],
    make_contact: Callable[..., Any],
) -> None:  # fmt: skip
    """A release that kept no addresses of those who left: they are what the contacts have now."""
    news = MarketingList(name="News", name_key="news")
    session.add(news)
    session.commit()
    list_id = news.id
    for name, left_at in (("gone", utc_now()), ("gone", utc_now()), ("here", None)):
        contact = make_contact(make_customer(), email=f"{name}@example.com", is_user=False,
                               password="")  # fmt: skip
        session.add(MarketingMember(list_id=list_id, contact_id=contact.id, source="x",
                                    unsubscribed_at=left_at))  # fmt: skip
        session.commit()
    session.rollback()
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE contacts_marketing_leaver"))
    upgraded = app.test_cli_runner().invoke(args=["contacts", "upgrade-db"])
    assert upgraded.exit_code == 0, upgraded.output
    addresses = ["gone@example.com", "here@example.com"]
    assert leavers_among(session, list_id, addresses) == {"gone@example.com"}
