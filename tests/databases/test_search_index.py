"""The search index on each engine: made, kept like the contacts, left alone, and dropped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import Engine, NullPool, create_engine, delete, inspect, text, update
from sqlalchemy.orm import Session

from flask_contacts.models import Base, Contact
from flask_contacts.models.search_index import include_object
from flask_contacts.models.search_keys import CONTACT_KEYS
from flask_contacts.services.agent import search_index
from flask_contacts.services.agent.filters import Filters
from flask_contacts.services.agent.listing import ListQuery, Scope, contact_page
from flask_contacts.services.agent.search_index_making import CannotIndex, create_search_index
from tests.host_app import db

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def app(separate_host: Flask) -> Flask:
    """A host whose tables are changed."""
    return separate_host


@pytest.fixture
def run(app: Flask) -> Run:
    """``run("check-db")`` is the exit code and the output of a command."""

    def run_it(*arguments: str) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["contacts", *arguments])
        return result.exit_code, result.output

    return run_it


def add(session: Session, lastname: str, **columns: Any) -> int:
    """A contact straight into the table; its id."""
    contact = Contact(firstname="Ada", lastname=lastname, email_scope="x", **columns)
    session.add(contact)
    session.flush()
    key = contact.id
    session.commit()  # nothing may stay open: an index is built when all others have finished
    return key


def found(session: Session, typed: str) -> list[str]:
    """The last names that a search finds."""
    session.rollback()  # MariaDB's index shows what was committed before
    page = contact_page(session, Scope(), ListQuery(typed, Filters(state="all")))
    names = [one.lastname for one in page.contacts]
    session.rollback()
    assert page.total == len(names)
    return names


@pytest.fixture
def people(app: Flask, session: Session) -> None:
    """Contacts whose names have insides."""
    with app.app_context():
        add(session, "von Horváth", email="oedoen@example.com", phone_e164="+493012345678")
        add(session, "Quillfeather", middle_name="Inês", email2="second@other.example")
        add(session, "Smith-O'Neill")


def test_without_it(app: Flask, session: Session, people: None, run: Run) -> None:
    """Without the index words are found by beginnings, and nothing is wrong."""
    with app.app_context():
        assert not search_index.is_there(session)
        assert found(session, "quill") == ["Quillfeather"]
        assert found(session, "horvath") == found(session, "second@other.example") == []
        assert found(session, "+49 30 12345678") == ["von Horváth"]
    code, output = run("check-db")
    assert code == 0, output
    assert "search index" not in output
    assert run("create-search-index", "--drop") == (0, "The search index is gone.\n")


def test_with_it(app: Flask, session: Session, people: None, run: Run) -> None:
    """With the index words are found inside of names (MariaDB: where a word begins), second
    addresses and numbers, in any case and without accents."""
    assert run("create-search-index") == (0, "The search index is there.\n")
    assert run("create-search-index") == (0, "The search index is there.\n")
    with app.app_context():
        assert search_index.is_there(session)
        for typed in ("HORVÁTH", "horvath von", "ada horv"):
            assert found(session, typed) == ["von Horváth"], typed
        for typed in ("ines", "second", "feather quill", "example second"):
            expected = [] if "feather" in typed and is_mariadb() else ["Quillfeather"]
            assert found(session, typed) == expected, typed
        assert found(session, "neill") == ["Smith-O'Neill"]
        assert found(session, "3012345678" if is_mariadb() else "12345") == (
            [] if is_mariadb() else ["von Horváth"]
        )
        for typed in ('"', "'", "*", "a*b", "+-<>()~", "@@@", "%%%", "___", "a OR b", "NEAR(a b)"):
            assert found(session, typed) == [], typed


def test_addresses(app: Flask, session: Session, people: None, run: Run) -> None:
    """An address is found whole, by its beginning and inside of a longer one, never with the
    domain of another; MariaDB looks for its words, one by one."""
    with app.app_context():
        add(session, "Long", email="jo.ann@example.com")
        add(session, "Short", email="ann@example.com", email2="x_y@other.example")
        add(session, "Elsewhere", email="ann@other.example")
        assert found(session, "ann@example.com") == ["Short"]
        run("create-search-index")
        assert found(session, "ann@example.com")[0] == "Short"
        assert found(session, "jo.ann@exam")[0] == "Long"
        if is_mariadb():
            return
        assert found(session, "ann@example.com") == ["Short", "Long"]
        assert found(session, "jo.ann@exam") == ["Long"]
        assert found(session, "x_y@other") == ["Short"]
        assert found(session, "xzy@other") == []
        assert "Elsewhere" not in found(session, "nn@example")


def is_mariadb() -> bool:
    """Whether this is the engine that looks for whole words."""
    return db.engine.dialect.name in {"mysql", "mariadb"}


def test_it_follows(app: Flask, session: Session, people: None, run: Run) -> None:
    """The index knows of who is added, renamed by the model or by a statement, and deleted."""
    run("create-search-index")
    with app.app_context():
        key = add(session, "de la Cruz")
        assert found(session, "cruz") == ["de la Cruz"]
        session.get_one(Contact, key).lastname = "de la Vega"
        session.commit()
        assert (found(session, "cruz"), found(session, "vega")) == ([], ["de la Vega"])
        session.execute(update(Contact).where(Contact.id == key).values(search_text="ada la luna"))
        session.commit()
        assert (found(session, "vega"), found(session, "luna")) == ([], ["de la Vega"])
        session.execute(delete(Contact).where(Contact.id == key))
        session.commit()
        assert found(session, "luna") == []


def test_alembic_leaves_it(app: Flask, engine: Engine, people: None, run: Run) -> None:
    """Neither our commands nor a host's autogenerate, with our filter, would drop it."""
    run("create-search-index")
    code, output = run("check-db")
    assert code == 0, output
    assert "The search index is there." in output
    assert "ix_contacts_contact_search" not in output
    assert run("upgrade-db", "--drop") == (0, "There is nothing to do.\n")

    def of_us(_thing: object, name: str | None, kind: str, *_rest: object) -> bool:
        return kind != "table" or (name or "").startswith("contacts_")

    def ours(thing: object, name: str | None, kind: str, there: bool, other: object) -> bool:
        return of_us(thing, name, kind) and include_object(thing, name, kind, there, other)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, Base.metadata) == []
        everything = MigrationContext.configure(connection, opts={"include_object": of_us})
        assert compare_metadata(everything, Base.metadata) != []


def test_an_upgrade_keeps_it(
    app: Flask, engine: Engine, session: Session, people: None, run: Run
) -> None:
    """Where the contacts' table is changed, on SQLite by a copy, the index still finds."""
    run("create-search-index")
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_contacts_contact_created" + on_table(engine)))
        if engine.dialect.name == "sqlite":
            connection.execute(text("ALTER TABLE contacts_contact DROP COLUMN position"))
    code, output = run("upgrade-db")
    assert code == 0, output
    with app.app_context():
        assert search_index.is_there(session)
        assert found(session, "horvath") == ["von Horváth"]
        add(session, "de la Cruz")
        assert found(session, "cruz") == ["de la Cruz"]
    assert run("check-db")[0] == 0


def test_an_older_database_is_folded(
    app: Flask, engine: Engine, session: Session, people: None, run: Run
) -> None:
    """Rows from before there were keys are found after upgrade-db, and not called changed."""
    with engine.begin() as connection:
        change = Operations(MigrationContext.configure(connection))
        with change.batch_alter_table("contacts_contact") as contacts:
            for name in ("lastname", "firstname", "email_search", "email2_search"):
                contacts.drop_index(f"ix_contacts_contact_{name}")
            for name in CONTACT_KEYS:
                contacts.drop_column(name)
        connection.execute(
            text("UPDATE contacts_contact SET updated_at = :at"), {"at": datetime(2020, 1, 1)}
        )
    code, output = run("upgrade-db")
    assert code == 0, output
    with app.app_context():
        assert found(session, "quill") == ["Quillfeather"]
        assert found(session, "oedoen@") == ["von Horváth"]
        assert {one.updated_at.year for one in session.query(Contact)} == {2020}
        session.rollback()


def on_table(engine: Engine) -> str:
    """What MariaDB wants to hear when an index is dropped."""
    return " ON contacts_contact" if engine.dialect.name in {"mysql", "mariadb"} else ""


def test_it_can_be_dropped(
    app: Flask, engine: Engine, session: Session, people: None, run: Run
) -> None:
    """Nothing of it is left, and words are found by beginnings again."""
    run("create-search-index")
    assert run("create-search-index", "--drop") == (0, "The search index is gone.\n")
    names = inspect(engine).get_table_names()
    assert [one for one in names if "fts" in one] == []
    with app.app_context():
        assert not search_index.is_there(session)
        assert (found(session, "feather"), found(session, "quill")) == ([], ["Quillfeather"])
        add(session, "de la Cruz")


def test_refill(app: Flask, engine: Engine, session: Session, people: None, run: Run) -> None:
    """Rows that something else has written are folded by a command."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE contacts_contact SET lastname_key = '', search_text = '', updated_at = :at"
            ),
            {"at": datetime(2020, 1, 1)},
        )
    with app.app_context():
        assert found(session, "quill") == []
    code, output = run("create-search-index", "--refill")
    assert (code, "Folded: 3 rows." in output) == (0, True)
    with app.app_context():
        assert found(session, "quill") == ["Quillfeather"]
        session.expire_all()
        assert {one.updated_at.year for one in session.query(Contact)} == {2020}


def test_postgresql_without_the_right(
    app: Flask, engine: Engine, session: Session, people: None, run: Run
) -> None:
    """A user who may not create the extension is told who may, and the search goes on."""
    if engine.dialect.name != "postgresql":
        with app.app_context():
            assert not search_index.is_there(session)
        return
    with engine.begin() as connection:
        connection.execute(text("DROP EXTENSION IF EXISTS pg_trgm CASCADE"))
        connection.execute(text("CREATE ROLE limited LOGIN"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO limited"))
    engine.dispose()
    limited = engine.url.set(username="limited")
    try:
        with pytest.raises(CannotIndex, match="CREATE EXTENSION pg_trgm"):
            create_search_index(create_engine(limited, poolclass=NullPool))
        with app.app_context():
            assert found(session, "quill") == ["Quillfeather"]
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP OWNED BY limited"))
            connection.execute(text("DROP ROLE limited"))
