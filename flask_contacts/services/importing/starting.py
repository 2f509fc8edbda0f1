"""The way of an import: its columns are named, it is checked, and then it is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ...errors import InvalidInput, NotFound
from ...i18n import _l
from ...models import ContactImport, ContactImportKey, ContactImportResult, Customer
from ..transaction import in_transaction
from .columns import check_columns
from .dates import ORDERS, date_orders
from .job import Importer, Options, can_create_customers
from .staging import column_texts


def find_import(session: Session, import_id: int) -> ContactImport:
    """The import; raises :class:`NotFound`."""
    found = session.get(ContactImport, import_id, populate_existing=True)
    if found is None:
        raise NotFound("no such import")
    return found


def start_check(
    session: Session,
    import_id: int,
    columns: Sequence[str],
    options: Options,
    importer: Importer | None = None,
) -> None:
    """Say which column is what, and begin the dry run; without an ``importer`` all is allowed.

    Raises :class:`InvalidInput` at ``columns``, ``column_3``, at ``date_order`` where the file
    does not tell in which order its dates are written, and nobody said, and at an option that
    the importer has no right to.
    """
    found = find_import(session, import_id)
    _check_rights(options, importer)
    check_columns(found.headers, columns)
    settled = _settled(session, found, columns, options)

    def work() -> None:
        row = _lock(session, import_id, {"mapping", "checking", "checked"})
        row.columns, row.options = list(columns), asdict(settled)
        row.newest_customer = _newest_customer(session) if settled.create_customers else None
        _begin(session, row, "checking")

    in_transaction(session, work)


def start_run(session: Session, import_id: int, importer: Importer | None = None) -> None:
    """Begin to write; a dry run may have come before.

    Raises :class:`InvalidInput` at ``state``, or at an option that the importer has no right to.
    """

    def work() -> None:
        row = _lock(session, import_id, {"checked"})
        _check_rights(Options(**row.options), importer)
        _begin(session, row, "running")

    in_transaction(session, work)


def skip_check(session: Session, import_id: int) -> None:
    """Write at once what would be checked first: each row is checked then all the same."""
    in_transaction(
        session,
        lambda: _begin(session, _lock(session, import_id, {"checking"}), "running"),
    )


def _check_rights(options: Options, importer: Importer | None) -> None:
    texts = {
        "create_customers": _l("You may not create customers, so an import of yours cannot."),
        "invite": _l("You may not invite contacts, so an import of yours cannot."),
    }
    beyond = importer.beyond(options) if importer is not None else []
    if beyond:
        raise InvalidInput({name: [texts[name]] for name in beyond})


def _settled(
    session: Session, found: ContactImport, columns: Sequence[str], options: Options
) -> Options:
    """The options with what the file tells itself; raises where it does not."""
    if options.date_order is not None and options.date_order not in ORDERS:
        text = _l("This holds a choice that does not exist. Choose again.")
        raise InvalidInput({"date_order": [text]})
    makes = options.create_customers and can_create_customers()
    options = replace(options, create_customers=makes)
    if options.date_order is None and "birthday" in columns:
        place = columns.index("birthday")
        orders = date_orders(column_texts(session, found.id, place))
        if len(orders) > 1:
            text = _l("The file does not tell in which order its dates are written. Choose one.")
            raise InvalidInput({"date_order": [text]})
        return replace(options, date_order=next(iter(orders), None))
    return options


def _lock(session: Session, import_id: int, states: set[str]) -> ContactImport:
    found = session.get(
        ContactImport, import_id, populate_existing=True, with_for_update={"key_share": True}
    )
    if found is None:
        raise NotFound("no such import")
    if found.state not in states:
        raise InvalidInput({"state": [_l("This import has gone on meanwhile. Look at it again.")]})
    return found


def _begin(session: Session, row: ContactImport, state: str) -> None:
    for table in (ContactImportResult, ContactImportKey):
        session.execute(delete(table).where(table.import_id == row.id))
    row.state, row.position, row.counts, row.finished_at = state, 0, {}, None
    row.new_customers = 0
    row.generation += 1


def _newest_customer(session: Session) -> int:
    return session.scalar(select(func.max(Customer.id))) or 0
