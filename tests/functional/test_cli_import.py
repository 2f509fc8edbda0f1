"""``flask contacts import``: the same import on the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Activity, Contact, ContactImport, Customer, Login
from flask_contacts.services.importing.forgetting import purge
from tests.host_app import CUSTOMER_NAME
from tests.import_pages import check

Make = Callable[..., Any]
HEAD = "Company,First name,Last name,Email\n"


@pytest.fixture
def acme(make_customer: Make) -> Any:
    """A customer without contacts."""
    return make_customer(company="Acme")


@pytest.fixture
def command(app: Flask, tmp_path: Path) -> Callable[..., Result]:
    """``command(content, *options)`` imports a file; without content it is options alone."""

    def invoke(content: str | None, *options: str) -> Result:
        arguments = ["contacts", "import", *options]
        if content is not None:
            path = tmp_path / "people.csv"
            path.write_text(content, encoding="utf-8")
            arguments.append(str(path))
        return app.test_cli_runner().invoke(args=arguments)

    return invoke


def test_a_file(
    command: Callable[..., Result], session: Session, acme: Any, tmp_path: Path
) -> None:
    """Counts, the refused rows with the reasons, a file of them, and 1 as the answer."""
    refused = tmp_path / "refused.csv"
    content = HEAD + "Acme,Ada,A,ada@x.example.com\nNowhere,Bob,B,\n"
    done = command(content, "--refused", str(refused))
    assert done.exit_code == 1
    assert "new: 1\nchanged: 0\nunchanged: 0\nrefused: 1\n" in done.output
    assert "row 3: Company “Nowhere”: There is no company of this name." in done.output
    assert refused.read_text("utf-8").splitlines()[1].startswith("Nowhere,Bob,B,,3,")
    (ada,) = session.scalars(select(Contact)).all()
    assert (ada.customer_id, ada.created_by_id) == (acme.id, None)
    assert session.scalars(select(Activity.actor_kind)).first() == "system"


def test_another_encoding_is_said(
    app: Flask, command: Callable[..., Result], session: Session, acme: Any, tmp_path: Path
) -> None:
    """What the file was taken for stands in the report, where it was not said and is no UTF-8."""
    path = tmp_path / "west.csv"
    path.write_bytes((HEAD + "Acme,Zoë,Müller,zoe@x.example.com\n").encode("cp1252"))
    for said in ([], ["--encoding", "cp1252"]):
        options = ["contacts", "import", "--dry-run", *said, str(path)]
        done = app.test_cli_runner().invoke(args=options)
        assert done.exit_code == 0
        assert ("is read as Windows-1252 (Western Europe)" in done.output) == (not said)
    assert "is read as" not in command(HEAD + "Acme,Zoë,Müller,zoe@x.example.com\n").output
    assert session.scalars(select(Contact.lastname)).all() == ["Müller"]


def test_dry_run(command: Callable[..., Result], session: Session, acme: Any) -> None:
    """It says the same and writes nobody; resumed it imports what it has said."""
    content = HEAD + "Acme,Ada,A,ada@x.example.com\n"
    done = command(content, "--dry-run")
    assert (done.exit_code, "new: 1" in done.output) == (0, True), done.output
    assert session.scalar(select(func.count()).select_from(Contact)) == 0
    number = session.scalar(select(ContactImport.id))
    assert f"Import {number}." in done.output
    done = command(None, "--resume", str(number))
    assert (done.exit_code, "new: 1" in done.output) == (0, True), done.output
    assert session.scalar(select(func.count()).select_from(Contact)) == 1
    assert "new: 1" in command(None, "--resume", str(number)).output
    assert session.scalar(select(func.count()).select_from(Contact)) == 1


def test_options(command: Callable[..., Result], session: Session, acme: Any) -> None:
    """A customer for all rows, a column that is called otherwise, dates, invitations."""
    content = "Vorname,Last name,Email,Birthday,Position\nAda,A,ada@x.example.com,03/04/1985,Boss\n"
    key = f"{getattr(acme, CUSTOMER_NAME)} (#{acme.id})"
    done = command(
        content, "--customer", key, "--map", "Vorname=firstname", "--map", "Position=",
        "--date-order", "dmy", "--invite",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    (ada,) = session.scalars(select(Contact)).all()
    assert (ada.customer_id, str(ada.birthday), ada.position) == (acme.id, "1985-04-03", None)
    assert session.scalar(select(func.count()).select_from(Login)) == 1


@pytest.mark.bundled_only(reason="of a host's own customers it makes none")
def test_new_companies(command: Callable[..., Result], session: Session, acme: Any) -> None:
    """How many would be made and with which rows, in the dry run and after the import."""
    content = HEAD + "New Ltd,Ada,A,\nnew ltd,Bob,B,\nAcme,Cy,C,\nOther,Dee,D,\n"
    said = "new companies: 2\nrow 2: new company New Ltd\nrow 5: new company Other\n"
    done = command(content, "--create-customers", "--dry-run")
    assert (done.exit_code, said in done.output) == (0, True), done.output
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
    session.rollback()
    number = session.scalar(select(ContactImport.id))
    session.rollback()
    done = command(None, "--resume", str(number))
    assert (done.exit_code, said in done.output) == (0, True), done.output
    assert session.scalar(select(func.count()).select_from(Customer)) == 3
    session.rollback()
    assert "new companies" not in command(content, "--create-customers").output


def test_a_customer_with_the_id_of_another(
    command: Callable[..., Result], acme: Any, make_customer: Make
) -> None:
    """It is refused and names both; blanks and case make no other name."""
    other = make_customer(company="Other")
    content = "First name,Last name\nAda,A\n"
    done = command(content, "--customer", f"Acme (#{other.id})")
    assert done.exit_code == 1
    assert f"The ID {other.id} is that of Other, not of Acme." in done.output
    assert command(content, "--customer", f"OTHER  (#{other.id})").exit_code == 0


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (None, (), "Name a FILE"),
        ("", (), "The file is empty."),
        (HEAD, (), "There are no contacts in this file"),
        ("First name,Last name,Birthday\nAda,A,03/04/1985\n", (), "in which order its dates"),
        ("Email\na@x.example.com\n", (), "first and the last name"),
        ("First name,Last name\nAda,A\n", ("--customer", "Nobody"), "No single customer"),
        ("First name,Last name\nAda,A\n", ("--map", "Nope=email"), "There is no column 'Nope'"),
        ("First name,Last name\nAda,A\n", ("--map", "Last name=x"), "There is no field 'x'"),
        (None, ("--resume", "99"), "There is no import 99"),
    ],
)
def test_what_cannot_be(
    command: Callable[..., Result],
    session: Session,
    content: str | None,
    options: tuple[str, ...],
    words: str,
) -> None:
    """A sentence, no traceback, and nothing is kept of the file."""
    done = command(content, *options)
    assert done.exit_code in {1, 2}
    assert words in done.output
    assert isinstance(done.exception, SystemExit)
    assert session.scalar(select(func.count()).select_from(ContactImport)) == 0


@pytest.mark.own_only(reason="the package makes customers of its own model alone")
def test_customers_of_the_hosts_own_are_not_created(
    command: Callable[..., Result], session: Session
) -> None:
    """The option is refused with the reason, and not taken to refuse every row."""
    done = command(HEAD + "New,Ada,A,\n", "--create-customers")
    assert done.exit_code == 2
    assert "Make them there first" in done.output
    assert session.scalar(select(func.count()).select_from(ContactImport)) == 0


def test_imports_of_staff_stay_theirs(
    command: Callable[..., Result], staff_client: FlaskClient, session: Session, acme: Any
) -> None:
    """Staff see some customers only, which the command line does not know."""
    check(staff_client, HEAD + "Acme,Ada,A,\n")
    number = session.scalar(select(ContactImport.id))
    done = command(None, "--resume", str(number))
    assert f"There is no import {number} of the command line." in done.output
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_what_was_not_read_to_its_end(command: Callable[..., Result], session: Session) -> None:
    """It cannot be resumed, and says so."""
    command(HEAD + ",Ada,A,\n", "--dry-run")
    session.execute(update(ContactImport).values(state="reading"))
    session.commit()
    number = session.scalar(select(ContactImport.id))
    done = command(None, "--resume", str(number))
    assert "not read to its end" in done.output


@pytest.mark.parametrize(
    "options", [("--dry-run",), ("--invite",), ("--customer", "Acme"), ("--map", "a=b")]
)
def test_resuming_takes_no_options(
    command: Callable[..., Result], session: Session, acme: Any, options: tuple[str, ...]
) -> None:
    """It goes on as it began; what would not be heeded is refused, and nothing is written."""
    command(HEAD + "Acme,Ada,A,ada@x.example.com\n", "--dry-run")
    number = session.scalar(select(ContactImport.id))
    done = command(None, "--resume", str(number), *options)
    assert done.exit_code == 2
    assert "it takes --refused alone" in done.output
    assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_refused_rows_that_cannot_be_written(
    command: Callable[..., Result], session: Session, acme: Any, tmp_path: Path
) -> None:
    """It is said before anything is imported."""
    done = command(HEAD + "Nowhere,Ada,A,\n", "--refused", str(tmp_path / "none" / "x.csv"))
    assert done.exit_code == 2
    assert "cannot be written" in done.output
    assert session.scalar(select(func.count()).select_from(ContactImport)) == 0


def test_rows_that_are_forgotten(
    command: Callable[..., Result], session: Session, acme: Any
) -> None:
    """After thirty days there is nothing to go on with."""
    command(HEAD + "Acme,Ada,A,ada@x.example.com\n", "--dry-run")
    purge(session, utc_now() + timedelta(days=31))
    session.commit()
    number = session.scalar(select(ContactImport.id))
    done = command(None, "--resume", str(number))
    assert (done.exit_code, "are forgotten" in done.output) == (1, True), done.output
    assert session.scalar(select(ContactImport.state)) == "forgotten"
