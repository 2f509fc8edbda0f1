"""``flask contacts check-db`` and ``upgrade-db``: an older database, with its rows."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, inspect, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flask_contacts.models import Contact, Mail
from flask_contacts.models.schema import own_tables
from flask_contacts.services.contacts.editing import create_contact

Run = Callable[..., tuple[int, str]]
OLD_BUNDLED = pytest.mark.bundled_only(reason="the older tables refer to the bundled customers")

#: The tables as an older release made them. It had no activity, no customer admins, and in
#: ``contacts_contact`` a column ``fax`` that every row had to fill.
OLDER = """
DROP TABLE contacts_activity;
DROP TABLE contacts_customer_admin;
DROP TABLE contacts_contact;
DROP TABLE contacts_mail;
DROP TABLE contacts_portal_user;
DROP TABLE contacts_contact_permission;
DROP TABLE contacts_customer;
CREATE TABLE contacts_customer (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    company VARCHAR(191) NOT NULL,
    created_at DATETIME NOT NULL
);
CREATE TABLE contacts_portal_user (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    email VARCHAR(254) NOT NULL,
    email_key VARCHAR(254) NOT NULL,
    password_hash VARCHAR(255),
    session_epoch INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_contacts_portal_user_email_key UNIQUE (email_key)
);
CREATE TABLE contacts_contact_permission (
    contact_id INTEGER NOT NULL,
    name VARCHAR(50) NOT NULL,
    PRIMARY KEY (contact_id, name),
    CONSTRAINT fk_contacts_contact_permission_contact FOREIGN KEY(contact_id)
        REFERENCES contacts_contact (id) ON DELETE CASCADE
);
CREATE TABLE contacts_contact (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    uuid VARCHAR(36) NOT NULL,
    customer_id INTEGER,
    login_id INTEGER,
    firstname VARCHAR(60) NOT NULL,
    lastname VARCHAR(100),
    middle_name VARCHAR(100),
    position VARCHAR(100),
    email VARCHAR(254),
    email_key VARCHAR(254),
    email_scope VARCHAR(191) NOT NULL,
    phone VARCHAR(40),
    fax VARCHAR(40) NOT NULL,
    is_primary BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    primary_of INTEGER,
    birthday DATE,
    do_not_send_emails BOOLEAN NOT NULL,
    do_not_call BOOLEAN NOT NULL,
    notes TEXT,
    manager_id INTEGER,
    certificate VARCHAR(191),
    timezone VARCHAR(64),
    language VARCHAR(20),
    mobile_phone VARCHAR(40),
    mobile_phone2 VARCHAR(40),
    email2 VARCHAR(254),
    other_contacts TEXT,
    last_signed_in_at DATETIME,
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_contacts_contact_email UNIQUE (email_scope, email_key),
    CONSTRAINT uq_contacts_contact_uuid UNIQUE (uuid),
    CONSTRAINT ck_contacts_contact_primary_of CHECK (
        (primary_of IS NULL) = (NOT (is_primary AND active AND customer_id IS NOT NULL))),
    CONSTRAINT ck_contacts_contact_primary_own CHECK (
        primary_of IS NULL OR primary_of = customer_id),
    CONSTRAINT fk_contacts_contact_customer FOREIGN KEY(customer_id)
        REFERENCES contacts_customer (id) ON DELETE RESTRICT,
    CONSTRAINT fk_contacts_contact_login FOREIGN KEY(login_id)
        REFERENCES contacts_portal_user (id) ON DELETE RESTRICT,
    CONSTRAINT fk_contacts_contact_manager FOREIGN KEY(manager_id)
        REFERENCES contacts_contact (id) ON DELETE SET NULL
);
CREATE INDEX ix_contacts_contact_name ON contacts_contact (customer_id, lastname);
CREATE TABLE contacts_mail (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    message_id VARCHAR(255) NOT NULL,
    template VARCHAR(50) NOT NULL,
    recipient VARCHAR(254) NOT NULL,
    subject VARCHAR(255) NOT NULL,
    contact_id INTEGER,
    message BLOB,
    state VARCHAR(12) NOT NULL,
    attempts INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    CONSTRAINT uq_contacts_mail_message_id UNIQUE (message_id),
    CONSTRAINT fk_contacts_mail_contact FOREIGN KEY(contact_id)
        REFERENCES contacts_contact (id) ON DELETE SET NULL
);
INSERT INTO contacts_customer (id, company, created_at) VALUES (7, 'Aurora', '2025-01-01');
INSERT INTO contacts_portal_user (id, email, email_key, session_epoch, created_at)
    VALUES (3, 'Ada@example.com', 'ada@example.com', 2, '2025-01-01');
INSERT INTO contacts_contact (id, uuid, customer_id, login_id, firstname, lastname, email,
        email_key, email_scope, fax, is_primary, active, primary_of, do_not_send_emails,
        do_not_call, created_at)
    VALUES (5, 'u-5', 7, 3, 'Ada', 'Lovelace', 'Ada@example.com', 'ada@example.com', '7', '123',
        1, 1, 7, 0, 0, '2025-01-02 03:04:05.000000'),
    (6, 'u-6', 7, NULL, 'Grace', NULL, NULL, NULL, '7', '', 0, 1, NULL, 0, 1,
        '2025-01-02 03:04:05.000000');
INSERT INTO contacts_contact_permission (contact_id, name) VALUES (5, 'invoices'), (6, 'support');
INSERT INTO contacts_mail (id, message_id, template, recipient, subject, contact_id, state,
        attempts, created_at)
    VALUES (9, '<9@x>', 'welcome', 'ada@example.com', 'Hello', 5, 'sent', 1, '2025-01-02'),
    (10, '<10@x>', 'welcome', 'ada@example.com', 'Hello', 5, 'sent', 1, '2025-01-02');
"""
NEW_COLUMNS = (
    "phone_e164", "archived_at", "account_manager_id", "created_by_id", "anonymised_at",
)  # fmt: skip


@pytest.fixture
def run(app: Flask) -> Run:
    """``run("check-db", …)`` gives the exit code and what was printed."""

    def invoke(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["contacts", *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return invoke


@pytest.fixture
def older(engine: Engine) -> Engine:
    """The database as the older release left it.

    A constraint stands in one line as in any that SQLAlchemy made, whose older releases read its
    name only there.
    """
    with engine.begin() as connection:
        for statement in re.sub(r"\n +REFERENCES", " REFERENCES", OLDER).split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    return engine


def test_a_fresh_database_needs_nothing(run: Run) -> None:
    """What init-db made is what the models say."""
    assert run("check-db") == (0, f"All {len(own_tables())} tables are as they should be.\n")
    assert run("upgrade-db") == (0, "There is nothing to do.\n")


@OLD_BUNDLED
def test_check_db_names_what_differs(run: Run, older: Engine) -> None:
    """Each difference in plain words, and 1 as the exit code for scripts; nothing is changed."""
    before = schema(older)
    code, output = run("check-db")
    assert code == 1
    for line in (
        "contacts_activity: the table is missing",
        "contacts_customer_admin: the table is missing",
        "contacts_contact: the column phone_e164 is missing",
        "contacts_contact: the column fax is not in the models",
        "contacts_contact: the column lastname allows NULL",
        "contacts_contact: the column firstname has the type VARCHAR(60), not VARCHAR(100)",
        "contacts_contact: the index ix_contacts_contact_account_manager_id is missing",
        "contacts_contact: the index ix_contacts_contact_name is not as in the models",
        "contacts_contact: the constraint uq_contacts_contact_primary_of is missing",
        "contacts_contact: the constraint ck_contacts_contact_archived is missing",
        "contacts_mail: the constraint fk_contacts_mail_login is missing",
    ):
        assert line in output.splitlines()
    needed, surplus = output.split("Not used any more; ")
    assert needed.endswith(
        "`flask contacts upgrade-db` mends this; so does a migration of yours.\n"
    )
    assert "fax is not in the models, so it must allow NULL" in needed
    assert surplus.splitlines()[1:] == ["contacts_contact: the column fax is not in the models"]
    assert "host_" not in output
    assert "ab_user" not in output
    assert schema(older) == before


@OLD_BUNDLED
def test_a_dry_run_changes_nothing(run: Run, older: Engine) -> None:
    """It says what would be done, and leaves tables and rows alone."""
    before = schema(older)
    code, output = run("upgrade-db", "--dry-run")
    assert code == 0
    assert "contacts_contact: the column phone_e164 is missing" in output
    assert output.endswith("Nothing was changed.\n")
    assert schema(older) == before


@OLD_BUNDLED
@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
def test_an_older_database_is_upgraded_with_its_rows(
    app: Flask, run: Run, older: Engine, session: Session, foreign_keys: str
) -> None:
    """Every row is there with its values, the new columns are filled, and the rules hold;
    also where the host makes SQLite check foreign keys, which deletes along them."""

    def obey(connection: Any, record: object) -> None:
        connection.execute(f"PRAGMA foreign_keys = {foreign_keys}")

    event.listen(older, "connect", obey)
    older.dispose()
    try:
        assert run("upgrade-db")[0] == 0
        ada, grace = session.scalars(select(Contact).order_by(Contact.id))
        assert (ada.uuid, ada.firstname, ada.login_id, ada.primary_of) == ("u-5", "Ada", 3, 7)
        assert ada.permission_names == {"invoices"}
        assert grace.permission_names == {"support"}
        assert (grace.lastname, grace.do_not_call, grace.contact_preference) == ("", True, "any")
        assert all(getattr(ada, name) is None for name in NEW_COLUMNS)
        assert ada.updated_at > ada.created_at
        mails = session.scalars(select(Mail).order_by(Mail.id)).all()
        assert [mail.contact_id for mail in mails] == [5, 5]
        assert len({mail.dedupe_key for mail in mails} - {None}) in {0, 2}
        assert {(mail.language, mail.needs) for mail in mails} == {("", "contact")}
        with app.app_context():
            raw = {"firstname": "N", "lastname": "E", "email": "new@example.com", "is_user": False}
            new = create_contact(session, 7, raw).contact
        assert new.id == 7  # never an id that was given before
        for change in ("archived_at = created_at", "primary_of = 8", "email_scope = NULL"):
            with pytest.raises(IntegrityError), older.begin() as connection:
                connection.execute(text(f"UPDATE contacts_contact SET {change} WHERE id = 5"))
    finally:
        event.remove(older, "connect", obey)
        older.dispose()


@OLD_BUNDLED
def test_nothing_is_dropped_unasked(run: Run, older: Engine) -> None:
    """A column that we lost stays with its values, and no longer stands in the way; --drop
    removes it, and then the database is as a fresh one."""
    run("upgrade-db")
    columns = {column["name"]: column for column in inspect(older).get_columns("contacts_contact")}
    assert columns["fax"]["nullable"]
    assert rows(older, "SELECT fax FROM contacts_contact ORDER BY id") == [("123",), ("",)]
    code, output = run("check-db")
    assert (code, output.splitlines()) == (
        0,
        [
            f"All {len(own_tables())} tables are as they should be.",
            "Not used any more; `flask contacts upgrade-db --drop` removes it:",
            "contacts_contact: the column fax is not in the models",
        ],
    )
    assert run("upgrade-db") == (0, "There is nothing to do.\n")
    assert "fax" in run("upgrade-db", "--drop")[1]
    assert run("check-db")[0] == 0
    checks = {check["name"] for check in inspect(older).get_check_constraints("contacts_contact")}
    assert len(checks) == 3
    assert rows(older, "SELECT count(*) FROM contacts_contact") == [(2,)]


@OLD_BUNDLED
def test_an_upgrade_that_fails_leaves_all_as_it_was(run: Run, older: Engine) -> None:
    """All or nothing: rows that break a new rule stop everything, and are still there."""
    with older.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_contacts_contact_name")
        connection.exec_driver_sql(
            "INSERT INTO contacts_portal_user (id, email, email_key, session_epoch, created_at) "
            "VALUES (4, 'b', 'b', 0, '2025-01-01')"
        )
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql(
            "INSERT INTO contacts_contact (id, uuid, customer_id, firstname, email_scope, fax, "
            "is_primary, active, primary_of, do_not_send_emails, do_not_call, created_at) VALUES "
            "(8, 'u-8', 7, 'Second', '7', '', 1, 1, 7, 0, 0, '2025-01-01')"
        )
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
    before = schema(older), rows(older, "SELECT * FROM contacts_contact")
    code, output = run("upgrade-db")
    assert code == 1
    for said in (
        "contacts_contact: ",
        "the constraint uq_contacts_contact_primary_of is missing",
        "UNIQUE constraint failed: contacts_contact.primary_of",
        "Correct those rows",
        "Nothing was changed.",
    ):
        assert said in output
    assert (schema(older), rows(older, "SELECT * FROM contacts_contact")) == before


COPIED = """
PRAGMA writable_schema = 1
--
UPDATE sqlite_master
    SET sql = replace(sql, 'lastname VARCHAR(100) NOT NULL', 'lastname VARCHAR(50)')
    WHERE name = 'contacts_contact'
--
PRAGMA writable_schema = RESET
--
CREATE TABLE host_log (contact_id INTEGER)
--
CREATE TRIGGER host_trigger AFTER INSERT ON contacts_contact
    BEGIN INSERT INTO host_log VALUES (new.id); END;
--
CREATE INDEX host_lower ON contacts_contact (lower(lastname))
--
CREATE UNIQUE INDEX host_partial ON contacts_contact (phone) WHERE phone IS NOT NULL
--
CREATE VIEW host_view AS SELECT id, lastname FROM contacts_contact
--
INSERT INTO sqlite_sequence (name, seq) VALUES ('contacts_contact', 41)
--
"""


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_a_copied_table_loses_nothing_of_the_hosts(
    app: Flask, run: Run, engine: Engine, session: Session, make_customer: Callable[..., Any]
) -> None:
    """SQLite copies a table that it cannot alter: the host's triggers, its indexes of any kind
    and its views are there afterwards, and an id that was given once is never given again."""
    with engine.begin() as connection:
        for statement in filter(None, map(str.strip, COPIED.split("--"))):
            connection.exec_driver_sql(statement)
    engine.dispose()
    hosts = "SELECT name, sql FROM sqlite_master WHERE name LIKE 'host_%' ORDER BY name"
    before = rows(engine, hosts)
    assert "the column lastname" in run("upgrade-db")[1]
    assert rows(engine, hosts) == before
    customer = make_customer()
    with app.app_context():
        raw = {"firstname": "N", "lastname": "E", "email": "n@example.com", "is_user": False}
        contact = create_contact(session, customer.id, raw).contact
    assert contact.id == 42
    assert rows(engine, "SELECT * FROM host_log") == [(42,)]
    assert rows(engine, "SELECT * FROM host_view") == [(42, "E")]
    run("upgrade-db", "--drop")
    assert [name for name, _sql in rows(engine, hosts) if name == "host_partial"] == []


@pytest.mark.parametrize("command", ["init-db", "upgrade-db"])
def test_a_view_in_the_place_of_a_table(run: Run, engine: Engine, command: str) -> None:
    """Said with its name, and 1 as the exit code, every time; nothing is made beside it."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE contacts_activity")
        connection.exec_driver_sql("DROP TABLE contacts_setting")
        connection.exec_driver_sql("CREATE VIEW contacts_setting AS SELECT 1 AS name")
    assert "contacts_setting: a view of this name stands" in run("check-db")[1]
    before = schema(engine)
    for _ in range(2):
        code, output = run(command)
        assert code == 1
        assert "A view named contacts_setting stands where our table belongs." in output
    assert schema(engine) == before


def test_missing_tables_and_indexes_on_any_host(run: Run, engine: Engine) -> None:
    """Whatever the customer's key is: what is missing is made anew, in the right type."""
    before = schema(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE contacts_activity")
        connection.exec_driver_sql("DROP TABLE contacts_customer_admin")
        connection.exec_driver_sql("DROP INDEX ix_contacts_mail_due")
    assert run("check-db")[0] == 1
    assert run("upgrade-db")[1].splitlines()[-1] == "Mended: 3."
    assert run("check-db")[0] == 0
    assert schema(engine) == before


def test_a_needed_value_that_nobody_knows(run: Run, engine: Engine) -> None:
    """A column that refers to another table cannot be guessed: said before anything happens."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP INDEX ix_contacts_session_contact_id")
        connection.exec_driver_sql("DROP TABLE contacts_activity")
        connection.exec_driver_sql("DROP TABLE contacts_session")
        connection.exec_driver_sql("CREATE TABLE contacts_session (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO contacts_session (id) VALUES (1)")
    before = schema(engine)
    code, output = run("upgrade-db")
    assert code == 1
    assert "contacts_session.login_id needs a value in every row" in output
    assert schema(engine) == before


def test_other_metadata_is_warned_of(app: Flask, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the host's db does not know our tables, its next migration would drop them."""
    assert "would drop them" not in run("check-db")[1]
    monkeypatch.setattr(app.extensions["sqlalchemy"], "metadatas", {})
    code, output = run("check-db")
    assert code == 0
    assert "would drop them" in output


def test_alembic_is_optional(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the commands say what to install; all others work."""
    for name in list(sys.modules):
        if name.startswith(("alembic", "flask_contacts.models.schema_")):
            monkeypatch.delitem(sys.modules, name)
    for name in ("schema_compare", "schema_upgrade"):
        monkeypatch.delattr(f"flask_contacts.models.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "alembic", None)
    for command in ("check-db", "upgrade-db"):
        code, output = run(command)
        assert code == 1
        assert "pip install 'flask-contacts[upgrade]'" in output
    assert run("init-db")[0] == 0


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    """What a query gives."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def schema(engine: Engine) -> list[tuple[Any, ...]]:
    """Every table and index, as SQLite keeps them."""
    return sorted(rows(engine, "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
