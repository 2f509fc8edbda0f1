"""``flask contacts import`` and ``flask contacts export``: contacts out of files and into them."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask.cli import with_appcontext
from flask_babel import format_decimal
from sqlalchemy.orm import Session

from ..actors import SYSTEM
from ..errors import InvalidInput, NotFound
from ..i18n import _, _lp
from ..models import ContactImport
from ..services.agent.filters import STATES, Filters
from ..services.agent.listing import ListQuery, Scope
from ..services.exporting import files
from ..services.importing import reading, reports, staging, starting, steps
from ..services.importing.columns import FIELDS, guess_columns
from ..services.importing.customer_names import AMBIGUOUS, UNKNOWN, CustomerNames, OtherName
from ..services.importing.dates import ORDERS
from ..services.importing.encodings import ENCODINGS, name_of
from ..services.importing.file_refused import IN_TERMINAL
from ..services.importing.job import Importer, Options, can_create_customers
from ..services.importing.steps import Progress
from ..state import current_contacts

_NAMED = 10
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_OUTCOMES = {
    "new": _lp("imported rows", "new"),
    "changed": _lp("imported rows", "changed"),
    "unchanged": _lp("imported rows", "unchanged"),
    "refused": _lp("imported rows", "refused"),
}


@click.command("import")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
@click.option("--customer", help="Whose contacts the rows are that name no customer.")
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="A column and its field, where the guess is wrong; no field leaves it out.",
)
@click.option("--date-order", type=click.Choice(list(ORDERS)), help="How dates are written.")
@click.option("--encoding", type=click.Choice(list(ENCODINGS)), help="Where the guess is wrong.")
@click.option("--delimiter", type=click.Choice(list(_DELIMITERS)), help="Between two cells.")
@click.option(
    "--create-customers", is_flag=True, help="Create bundled customers that do not exist."
)
@click.option(
    "--same-person",
    is_flag=True,
    help="The same name at the same customer is the same person, whatever the address.",
)
@click.option("--invite", is_flag=True, help="Give new contacts a login and mail them the link.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each row.")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the refused rows to this CSV.",
)
@click.option("--resume", type=int, metavar="ID", help="Go on with an import that was stopped.")
@with_appcontext
def import_contacts(
    file: Path | None, resume: int | None, dry_run: bool, refused: Path | None, **chosen: Any
) -> None:  # fmt: skip
    """Import contacts from a CSV, XLSX or vCard FILE; ends with 1 where rows were refused.

    What was stopped in the middle, goes on with --resume and the number that is printed first.
    """
    if (file is None) == (resume is None):
        raise click.UsageError(_("Name a FILE, or the import to --resume."))
    if resume is not None and (dry_run or any(chosen.values())):
        raise click.UsageError(_("--resume goes on as the import began: it takes --refused alone."))
    if chosen["create_customers"] and not can_create_customers():
        raise click.UsageError(
            _(
                "--create-customers makes customers of the package alone, and this application "
                "has its own. Make them there first, then import their contacts."
            )
        )
    if refused is not None:
        _check_writable(refused)
    session = current_contacts.session
    try:
        import_id = _start(session, file, chosen) if file is not None else int(resume or 0)
        if resume is None:
            click.echo(_("Import %(id)s.", id=import_id))
        progress = _go_on(session, import_id, dry_run=dry_run)
    except InvalidInput as error:
        texts = (str(text) for messages in error.errors.values() for text in messages)
        raise click.ClickException("\n".join(texts)) from error
    except NotFound:
        text = _("There is no import %(id)s of the command line.", id=resume)
        raise click.ClickException(text) from None
    _report(session, import_id, progress, refused)


def _check_writable(path: Path) -> None:
    """Before anything is imported; a file that is there stays as it is until then."""
    there = path if path.exists() else path.parent
    if not os.access(there, os.W_OK):
        raise click.UsageError(_("%(path)s cannot be written.", path=path))


def _start(session: Session, path: Path, chosen: dict[str, Any]) -> int:
    customer = _customer(session, chosen["customer"])
    options = Options(
        date_order=chosen["date_order"],
        customer=None if customer is None else str(customer),
        create_customers=chosen["create_customers"],
        same_person=chosen["same_person"],
        invite=chosen["invite"],
    )
    delimiter = _DELIMITERS.get(chosen["delimiter"] or "")
    with path.open("rb") as file:
        table = reading.read_table(file, IN_TERMINAL, chosen["encoding"], delimiter)
        if not chosen["encoding"]:
            _tell_guess(table.encoding)
        columns = _columns(table.headers, chosen["mapping"])
        import_id = staging.stage(session, table, path.name, SYSTEM)
    try:
        starting.start_check(session, import_id, columns, options)
    except InvalidInput:
        staging.discard(session, import_id)
        raise
    return import_id


def _tell_guess(encoding: str | None) -> None:
    """Say what the file was taken for, where that is a guess."""
    if encoding is not None and not encoding.startswith("utf"):
        text = _("The file is read as %(encoding)s. If that is wrong, say its --encoding.")
        click.echo(text % {"encoding": name_of(encoding)}, err=True)


def _columns(headers: Sequence[str], mapping: Sequence[str]) -> list[str]:
    columns = guess_columns(headers)
    for one in mapping:
        header, _sign, field = one.rpartition("=")
        if header not in headers:
            names = ", ".join(headers)
            text = _("There is no column %(name)s: %(columns)s.", name=repr(header), columns=names)
            raise click.UsageError(text)
        if field and field not in FIELDS:
            names = ", ".join(FIELDS)
            text = _("There is no field %(name)s: %(fields)s.", name=repr(field), fields=names)
            raise click.UsageError(text)
        columns[list(headers).index(header)] = field
    return columns


def _customer(session: Session, text: str | None) -> Any:
    """The key of the customer that ``text`` names; None names none."""
    if text is None:
        return None
    found = CustomerNames().find(session, [text])[text]
    if isinstance(found, OtherName):
        raise click.ClickException(str(found.sentence))
    if found is UNKNOWN or found is AMBIGUOUS:
        raise click.ClickException(_("No single customer is called %(name)s.", name=repr(text)))
    return found


def _go_on(session: Session, import_id: int, *, dry_run: bool) -> Progress:
    """Do what is left to do: the check where it was not ended, then the import."""
    found = starting.find_import(session, import_id)
    if found.created_by_id is not None:
        raise NotFound("an import of staff goes on in the browser, with what they may see")
    if found.state in {"reading", "mapping"}:
        raise click.ClickException(_("This file was not read to its end. Import it again."))
    if found.state == "forgotten":
        raise click.ClickException(_("The rows of this file are forgotten. Import it again."))
    progress = steps.progress_of(found)
    if found.state == "checking" and not dry_run and not progress.position:
        starting.skip_check(session, import_id)
    for state, label in (("checking", _("Checking")), ("running", _("Importing"))):
        progress = steps.progress_of(starting.find_import(session, import_id))
        if state == "running" and progress.state == "checked" and not dry_run:
            starting.start_run(session, import_id)
            progress = steps.progress_of(starting.find_import(session, import_id))
        if progress.state == state:
            progress = _work(session, import_id, progress, label)
    return progress


def _work(session: Session, import_id: int, progress: Progress, label: str) -> Progress:
    state, done = progress.state, progress.position
    with click.progressbar(length=progress.rows, label=label, file=sys.stderr) as bar:
        bar.update(done)
        while progress.state == state:
            progress = steps.advance(session, import_id, Importer(), 0.5)
            bar.update(progress.position - done)
            done = progress.position
    return progress


def _report(session: Session, import_id: int, progress: Progress, refused: Path | None) -> None:
    for name in steps.OUTCOMES:
        click.echo(f"{_OUTCOMES[name]}: {format_decimal(progress.counts.get(name, 0))}")
    if progress.new_customers:
        click.echo(_("new companies: %(count)s", count=format_decimal(progress.new_customers)))
        for row in reports.result_rows(session, import_id, reports.COMPANIES, size=_NAMED).rows:
            text = _("row %(number)s: new company %(name)s", number=row.number, name=row.brings)
            click.echo(text)
    if not progress.counts.get("refused"):
        return
    found = session.get_one(ContactImport, import_id)
    for row in reports.result_rows(session, import_id, "refused", size=_NAMED).rows:
        why = reports.problems_in_words(row, found.columns)
        click.echo(_("row %(number)s: %(problems)s", number=row.number, problems=why))
    if refused is not None:
        with refused.open("w", encoding="utf-8", newline="") as file:
            file.writelines(reports.refused_csv(session, found))
    raise SystemExit(1)


@click.command("export")
@click.argument("file", type=click.File("wb"))
@click.option("--format", "kind", type=click.Choice(list(files.FORMATS)), default="csv")
@click.option("--customer", help="Only the contacts of this customer.")
@click.option("--state", type=click.Choice(STATES), default="active", show_default=True)
@with_appcontext
def export_contacts(file: BinaryIO, kind: str, customer: str | None, state: str) -> None:
    """Export contacts to FILE, or to - for the standard output; ``import`` reads it again."""
    session = current_contacts.session
    filters = Filters(state=state, company=_customer(session, customer))
    query = ListQuery(filters=filters)
    if kind == "xlsx":
        if not files.can_write_workbooks():
            command = "pip install 'flask-contacts[import]'"
            raise click.ClickException(_("Install it with: %(command)s", command=command))
        files.write_workbook(session, Scope(), query, file)
        return
    for text in files.text_file(session, Scope(), query, kind):
        file.write(text.encode())
