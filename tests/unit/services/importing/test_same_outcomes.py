"""The dry run says what the import does, however many rows a step takes."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from flask_contacts.actors import SYSTEM, Actor
from flask_contacts.models import Contact, Customer
from flask_contacts.services.importing import reading, reports, staging, starting, steps
from flask_contacts.services.importing.file_refused import IN_TERMINAL
from flask_contacts.services.importing.job import Importer, Options
from tests.databases.crowded_host import delete_rows
from tests.host_app import CUSTOMER_NAME, add_customer, db

pytestmark = pytest.mark.usefixtures("app_context")
HEAD = "First name,Last name,Email,Company,Position,Primary contact"
STAFF = Importer(Actor("staff", "Ada Min", staff_id=1))
#: First name, address, company, primary contact.
Row = tuple[str, str, str, str]
ROWS = st.tuples(
    st.sampled_from(["Jo", "jo", "Al"]),
    st.sampled_from(["", "a@x.com", "A@x.com", "b@x.com", "c@x.com"]),
    st.sampled_from(
        ["", "Acme", " ACME (#KEY)", "#KEY", "New Co", "new  co", "New Co (#KEY)", "#NEXT", "NEXT"]
    ),
    st.sampled_from(["", "", "", "yes"]),
)
CHOSEN = st.fixed_dictionaries({"create_customers": st.booleans(), "same_person": st.booleans()})


def begin(there: Sequence[Row], rows: Sequence[Row], chosen: dict[str, bool]) -> tuple[Any, int]:
    """Contacts that are there, and a file whose columns are known."""
    db.session.remove()
    delete_rows()
    session = db.session()
    key = add_customer(session, "Acme").id
    following = str(key + 1) if isinstance(key, int) else f"{key}x"
    for some, options in ((there, {}), (rows, chosen)) if there else ((rows, chosen),):
        lines = [
            f"{first},Lee,{email},{company.replace('KEY', str(key)).replace('NEXT', following)},"
            f"{number if some is rows else ''},{primary}"
            for number, (first, email, company, primary) in enumerate(some)
        ]
        content = "\n".join([HEAD, *lines]).encode()
        table = reading.read_table(io.BytesIO(content), IN_TERMINAL)
        import_id = staging.stage(session, table, "people.csv", SYSTEM)
        columns = starting.find_import(session, import_id).columns
        starting.start_check(session, import_id, columns, Options(**options))
        if some is there:
            starting.skip_check(session, import_id)
            steps.advance(session, import_id, Importer(), 60)
    return session, import_id


def outcomes(session: Session, import_id: int) -> list[tuple[Any, ...]]:
    """What became of each row and why, the company that it brings or at which it is, and how many
    companies come with all of them."""
    rows = reports.result_rows(session, import_id).rows
    said = [
        (row.number, row.outcome, _without_key(row.problems), _name(row.brings), row.brought_by)
        for row in rows
    ]
    return [*said, (starting.find_import(session, import_id).new_customers,)]


def _without_key(problems: object) -> str:
    return re.sub("The ID [0-9x]+", "The ID 9", str(problems))


def people(session: Session) -> list[tuple[Any, ...]]:
    """All contacts, without what changes from one database to the next."""
    names = {one.id: getattr(one, CUSTOMER_NAME) for one in session.scalars(select(Customer))}
    rows = session.scalars(select(Contact).order_by(Contact.id))
    return [
        (one.name, one.email_key, _name(names.get(one.customer_id)), one.position, one.is_primary)
        for one in rows
    ]


def _name(company: str | None) -> str | None:
    """Keys differ from one database to the next, and so do companies that are called so."""
    return re.sub("[0-9]+", "9", company) if company else company


JO: Row = ("Jo", "a@x.com", "Acme", "")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(there=st.lists(ROWS, max_size=3), rows=st.lists(ROWS, min_size=2, max_size=6), chosen=CHOSEN)
@example(
    there=[],
    rows=[("Jo", "a@x.com", "New Co", ""), ("Al", "", "", ""), ("Jo", "A@x.com", "New Co", "")],
    chosen={"create_customers": True},
)
@example(
    there=[],
    rows=[("Jo", "a@x.com", "NEXT", ""), ("Al", "", "#NEXT", ""), ("Jo", "", "New Co", "")],
    chosen={"create_customers": True},
)
@example(
    there=[],
    rows=[("Jo", "", "new co", ""), ("Jo", "", "New Co", ""), ("Al", "", " New  Co ", "")],
    chosen={"create_customers": True},
)
@example(
    there=[],
    rows=[("Jo", "", "new co", "perhaps"), ("Al", "", "New Co", ""), ("Bo", "", "NEW CO", "")],
    chosen={"create_customers": True},
)
@example(there=[], rows=[JO, ("Jo", "b@x.com", "Acme", "")], chosen={"same_person": True})
@example(there=[], rows=[JO, ("Jo", "a@x.com", "", "")], chosen={})
@example(
    there=[JO],
    rows=[("Jo", "b@x.com", "Acme", ""), ("Al", "a@x.com", "Acme", "")],
    chosen={"same_person": True},
)
@example(there=[JO], rows=[("Al", "a@x.com", "Acme", ""), ("Jo", "", "Acme", "")], chosen={})
@example(
    there=[JO, ("Al", "b@x.com", "Acme", "")],
    rows=[("Al", "b@x.com", "Acme", "yes"), ("Jo", "a@x.com", "Acme", "yes")],
    chosen={},
)
def test_same_outcomes(there: list[Row], rows: list[Row], chosen: dict[str, bool]) -> None:
    """Neither whether earlier rows are written already, nor in which step a row comes, counts."""
    expected = None
    for size in (1, 2, 1_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(steps, "ROWS_AT_ONCE", size)
            session, import_id = begin(there, rows, chosen)
            steps.advance(session, import_id, Importer(), 60)
            said = outcomes(session, import_id)
            starting.start_run(session, import_id)
            steps.advance(session, import_id, Importer(), 60)
        done = outcomes(session, import_id), people(session)
        assert said == done[0]
        expected = expected or done
        assert done == expected
    db.session.remove()
