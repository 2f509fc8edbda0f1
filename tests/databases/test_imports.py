"""Imports that are killed, two at once, beside people who type, and what is forgotten of them."""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from flask_contacts.actors import SYSTEM, Actor
from flask_contacts.clock import utc_now
from flask_contacts.errors import InvalidInput
from flask_contacts.models import (
    Activity,
    Base,
    Contact,
    ContactImport,
    ContactImportKey,
    ContactImportResult,
    ContactImportRow,
    ContactPermission,
    ContactTopic,
    Customer,
)
from flask_contacts.services.contacts.archive import anonymise_contact, archive_contact
from flask_contacts.services.contacts.editing import create_contact
from flask_contacts.services.contacts.states import delete_contact
from flask_contacts.services.importing import reading, reports, staging, starting, steps
from flask_contacts.services.importing.file_refused import IN_TERMINAL
from flask_contacts.services.importing.job import Importer, Options
from flask_contacts.services.importing.table import Table
from flask_contacts.services.retention import purge
from tests.databases.importers import ROWS_AT_ONCE, ImportingHost, importing_hosts
from tests.databases.invariants import violations
from tests.host_app import add_customer, db

pytestmark = pytest.mark.usefixtures("app_context")
_ROWS = 1_000
_KILLS = 4
_PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def importers(database: str, host: Flask) -> Iterator[list[ImportingHost]]:
    """Two processes on the same database, to fork importing ones from."""
    with importing_hosts(database, 2) as both:
        yield both


def stage(session: Session, content: str) -> int:
    """Keep a file; its id."""
    table = reading.read_table(io.BytesIO(content.encode()), IN_TERMINAL)
    return staging.stage(session, table, "people.csv", SYSTEM)


def begin(session: Session, content: str, options: Options | None = None) -> int:
    """Keep a file and begin to write it, without a dry run."""
    import_id = stage(session, content)
    columns = starting.find_import(session, import_id).columns
    starting.start_check(session, import_id, columns, options or Options())
    starting.skip_check(session, import_id)
    session.rollback()
    return import_id


def people(rows: int, customers: int = 10) -> str:
    """A file of people of companies that are there, some of them twice."""
    lines = ["Company,First name,Last name,Email,Primary contact"]
    lines += [
        f"Company {n % customers},Ada {n},Number {n},n{n if n % 50 else 0}@x.example.com,"
        f"{'yes' if n % 97 == 3 else ''}"
        for n in range(rows)
    ]
    return "\n".join(lines)


def add_customers(session: Session, number: int = 10) -> list[Any]:
    """The companies of the file; their keys."""
    return [add_customer(session, f"Company {n}").id for n in range(number)]


def state_of(session: Session, import_id: int) -> ContactImport:
    """The import as it is now."""
    session.expire_all()
    return session.get_one(ContactImport, import_id)


def check_whole(session: Session, import_ids: list[int]) -> None:
    """Each contact has all that belongs to it, once, and each import knows what it has done."""
    session.rollback()
    assert violations(session) == []
    contacts = session.scalar(select(func.count()).select_from(Contact))
    imported = select(func.count()).where(Activity.verb == "imported")
    new = 0
    for import_id in import_ids:
        found = state_of(session, import_id)
        results = select(func.count()).where(ContactImportResult.import_id == import_id)
        assert session.scalar(results) == found.position == sum(found.counts.values())
        new += found.counts.get("new", 0)
    assert contacts == session.scalar(imported) == new
    for model in (ContactPermission, ContactTopic):
        held = select(func.count()).select_from(model).group_by(model.contact_id)
        assert len(set(session.scalars(held))) <= 1  # none has some of them only
        holders = select(func.count(func.distinct(model.contact_id)))
        assert session.scalar(holders) == contacts
    session.rollback()


def kill_in_the_middle(
    session: Session, importer: ImportingHost, import_id: int, chance: random.Random
) -> None:
    """Begin the import and kill it once it goes on, again and again: each time it is whole."""
    for _ in range(_KILLS):
        before = state_of(session, import_id).position
        session.rollback()
        importer.start(import_id)
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while state_of(session, import_id).position < before + ROWS_AT_ONCE:
            session.rollback()
            assert time.monotonic() < give_up, "nothing is imported"
        time.sleep(chance.random() * 0.03)
        importer.kill()
        check_whole(session, [import_id])


def test_killed_in_the_middle(session: Session, importers: list[ImportingHost]) -> None:
    """``kill -9`` at any moment: no half contact; resumed it ends as if nothing had been."""
    add_customers(session)
    import_id = begin(session, people(_ROWS))
    kill_in_the_middle(session, importers[0], import_id, random.Random(1))
    assert state_of(session, import_id).state == "running"
    session.rollback()
    importers[0].start(import_id)
    importers[0].wait()
    check_whole(session, [import_id])
    found = state_of(session, import_id)
    # Every fiftieth row has the address of the first; at another company it is another contact.
    twice = _ROWS // 50 - 1
    assert (found.state, found.counts) == ("done", {"new": _ROWS - twice, "refused": twice})


@pytest.mark.bundled_only(reason="of a host's own customers it makes none")
def test_companies_of_a_killed_import(session: Session, importers: list[ImportingHost]) -> None:
    """Those that came with the rows are counted once, however often it is killed: as many as
    there are, and each row says with which row its company came."""
    add_customers(session, 2)
    import_id = begin(session, people(_ROWS), Options(create_customers=True))
    kill_in_the_middle(session, importers[0], import_id, random.Random(2))
    session.rollback()
    importers[0].start(import_id)
    importers[0].wait()
    check_whole(session, [import_id])
    assert state_of(session, import_id).new_customers == 8
    assert session.scalar(select(func.count()).select_from(Customer)) == 10
    rows = reports.result_rows(session, import_id, size=_ROWS).rows
    assert [(row.number, row.brings) for row in rows if row.brings] == [
        (number + 2, f"Company {number}") for number in range(2, 10)
    ]
    brought = {(row.number - 2) % 10 + 2: row.brought_by for row in rows if row.brought_by}
    assert brought == {number: number for number in range(4, 12)}
    found = reports.result_rows(session, import_id, reports.COMPANIES).rows
    assert [row.number for row in found] == [number + 2 for number in range(2, 10)]


def test_two_at_once(session: Session, importers: list[ImportingHost]) -> None:
    """The same people in two files, imported at the same time: each of them once."""
    keys = add_customers(session)
    first, second = (begin(session, people(400)) for _ in range(2))
    for importer, import_id in zip(importers, (first, second), strict=True):
        importer.start(import_id)
    for importer in importers:
        importer.wait()
    check_whole(session, [first, second])
    counts = [state_of(session, one).counts for one in (first, second)]
    assert sum(one.get("new", 0) for one in counts) == 400 - 7
    assert all(sum(one.values()) == 400 for one in counts)
    primary = select(func.count()).where(Contact.primary_of.in_(keys))
    assert session.scalar(primary) == len(keys)


def test_one_import_by_two(session: Session, importers: list[ImportingHost]) -> None:
    """Two windows that go on with the same import share its rows."""
    add_customers(session)
    import_id = begin(session, people(400))
    for importer in importers:
        importer.start(import_id)
    for importer in importers:
        importer.wait()
    check_whole(session, [import_id])
    assert state_of(session, import_id).state == "done"


def test_beside_people_who_type(
    app: Flask, session: Session, importers: list[ImportingHost]
) -> None:
    """Contacts are typed at the same customers meanwhile: every rule holds, nobody is lost."""
    keys = add_customers(session)
    import_id = begin(session, people(400))
    failures: list[BaseException] = []

    def type_contacts() -> None:
        with app.app_context():
            try:
                for n in range(40):
                    fields = {
                        "firstname": "Bob", "lastname": f"Typed {n}", "is_user": False,
                        "email": f"typed{n}@x.example.com", "is_primary": n % 3 == 0,
                    }  # fmt: skip
                    create_contact(db.session(), keys[n % len(keys)], fields)
            except BaseException as error:  # noqa: BLE001  told below
                failures.append(error)
            finally:
                db.session.remove()

    thread = threading.Thread(target=type_contacts)
    importers[0].start(import_id)
    thread.start()
    thread.join()
    importers[0].wait()
    assert failures == []
    assert violations(session) == []
    found = state_of(session, import_id)
    assert (found.state, sum(found.counts.values())) == ("done", 400)
    contacts = session.scalar(select(func.count()).select_from(Contact))
    assert contacts == found.counts["new"] + 40


def test_a_row_that_the_database_refuses(
    session: Session, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A rule of the host's own in the database stops its row and no other."""
    add_customers(session)
    import_id = begin(session, people(40))

    write = steps.write_plan

    def write_or_fail(at: Session, job: Any, plan: Any) -> Any:
        if any(row.number == 17 for row in plan.of("new")):
            again = {"import_id": import_id, "number": 17, "cells": []}
            at.execute(insert(ContactImportRow), [again])
        return write(at, job, plan)

    monkeypatch.setattr(steps, "write_plan", write_or_fail)
    monkeypatch.setattr("flask_contacts.services.transaction._ATTEMPTS", 1)
    assert steps.advance(session, import_id, Importer(), 60).counts == {"new": 39, "refused": 1}
    check_whole(session, [import_id])
    assert "cannot be written" in caplog.text


def test_a_dry_run_writes_nothing(session: Session) -> None:
    """Not even for the rows that have to be tried (N6); and the run does what it has said."""
    key = add_customers(session, 1)[0]
    import_id = stage(session, people(30, customers=1))
    columns = starting.find_import(session, import_id).columns
    starting.start_check(session, import_id, columns, Options())
    said = steps.advance(session, import_id, Importer(), 60).counts
    assert session.scalar(select(func.count()).select_from(Contact)) == 0
    starting.start_run(session, import_id)
    assert steps.advance(session, import_id, Importer(), 60).counts == said
    assert session.scalar(select(Contact.firstname).where(Contact.primary_of == key)) == "Ada 3"


@pytest.mark.parametrize("way", ["anonymise", "delete"])
def test_a_person_is_forgotten(session: Session, way: str) -> None:
    """With the contact go the rows that it came from, refused ones of its address too."""
    key = add_customer(session, "Aurora").id
    content = (
        "Company,First name,Last name,Email\n"
        "Aurora,Zelda,Quux,Zelda_1@quux.example.com\nAurora,Bob,Builder,bob@x.example.com\n"
        "Nowhere,Zelda,Quux,zelda_1@QUUX.example.com\nNowhere,Zelda,Other,zeldax1@quux.example.com\n"
    )
    import_id = begin(session, content)
    steps.advance(session, import_id, Importer(), 60)
    zelda = session.scalar(select(Contact.id).where(Contact.firstname == "Zelda"))
    session.rollback()
    assert zelda is not None
    create_contact(
        session, key, {"firstname": "Eve", "lastname": "E", "email": "eve@x.example.com",
                       "is_user": False, "is_primary": True},
    )  # fmt: skip
    if way == "delete":
        delete_contact(session, key, zelda)
    else:
        archive_contact(session, key, zelda)
        anonymise_contact(session, key, zelda)
    rows = select(ContactImportRow.number).order_by(ContactImportRow.number)
    assert session.scalars(rows).all() == [3, 5]
    session.rollback()
    left = [
        table.name
        for table in Base.metadata.sorted_tables
        if table.name.startswith("contacts_")
        for row in session.execute(select(table))
        if "zelda_1@quux" in str(tuple(row)).lower()
    ]
    assert left == []


def test_rows_are_purged(session: Session) -> None:
    """Thirty days after the upload the rows go; what the import did stays known."""
    import_id = begin(session, people(5))
    steps.advance(session, import_id, Importer(), 60)
    assert purge(session)["imported rows"] == 0
    aged = update(ContactImport).values(created_at=utc_now() - timedelta(days=31))
    session.execute(aged)
    session.commit()
    assert purge(session)["imported rows"] == 5
    assert state_of(session, import_id).counts == {"refused": 5}
    for table in (ContactImportRow, ContactImportResult):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_an_import_whose_rows_are_purged(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has ended, and not as if all of it had been imported; nobody goes on with it."""
    monkeypatch.setattr(steps, "ROWS_AT_ONCE", 10)
    add_customers(session)
    import_id = begin(session, people(40))
    assert steps.advance(session, import_id, Importer(), 0).position == 10
    session.execute(update(ContactImport).values(created_at=utc_now() - timedelta(days=31)))
    session.commit()
    assert purge(session)["imported rows"] == 40
    assert steps.advance(session, import_id, Importer(), 60).position == 10
    assert state_of(session, import_id).state == "forgotten"
    with pytest.raises(InvalidInput):
        starting.start_check(session, import_id, ["", "firstname", "lastname", "", ""], Options())
    assert session.scalar(select(func.count()).select_from(ContactImportKey)) == 0
    assert session.scalar(select(func.count()).select_from(Contact)) == 10


def test_a_dry_run_knows_no_ids(session: Session) -> None:
    """A row that was tried and taken back has no contact: another one may get that id."""
    key = add_customer(session, "Aurora").id
    create_contact(
        session, key, {"firstname": "Eve", "lastname": "E", "email": "eve@x.example.com",
                       "is_user": False, "is_primary": True},
    )  # fmt: skip
    content = (
        "Company,First name,Last name,Email,Primary contact\nAurora,Ada,A,a@x.example.com,yes\n"
    )
    import_id = stage(session, content)
    columns = starting.find_import(session, import_id).columns
    starting.start_check(session, import_id, columns, Options())
    staff = Importer(Actor("staff", "Ada Min", staff_id=1))
    assert steps.advance(session, import_id, staff, 60).counts == {"new": 1}
    assert session.scalars(select(ContactImportResult.contact_id)).all() == [None]


def test_words_that_no_database_takes(session: Session) -> None:
    """Zeros and line separators in any cell are a problem of their row alone."""
    words = ("A\0c", "A\u2028c")
    rows = [(n, ["Ada", word, word]) for n, word in enumerate(words, 2)]
    table = Table("xlsx", ["First name", "Last name", "Company"], iter([*rows, (9, ["Bob", "B"])]))
    import_id = staging.stage(session, table, "a\0\ud800b.xlsx", SYSTEM)
    columns = starting.find_import(session, import_id).columns
    options = Options(create_customers=True)
    starting.start_check(session, import_id, columns, options)
    starting.skip_check(session, import_id)
    counts = steps.advance(session, import_id, Importer(), 60).counts
    assert counts == {"new": 1, "refused": 2}
    assert state_of(session, import_id).filename == "ab.xlsx"
