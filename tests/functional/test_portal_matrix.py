"""Who may do what: every route of the portal × role × method, in one table (security 8.2.1/2).

A route that comes without its lines here fails the build. What is refused changes nothing:
the whole database is compared before and after.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from flask_contacts.services.contacts.states import deactivate_contact
from flask_contacts.services.settings import save_settings
from tests.host_app import LIMITS_STAFF, HostInvoice, HostTicket
from tests.proposal_pages import HostPaper, HostProposal

Make = Callable[..., Any]
Rows = dict[str, list[tuple[Any, ...]]]
BLUEPRINT = "contacts_portal."
EVERYTHING = ["invoices", "support", "proposals", "email_notifications"]
#: What no page may say to who may not see the record.
SECRET = "Nobody else's business"

#: The roles, in the order of the table's columns.
ROLES = (
    "anonymous",  # nobody is signed in
    "unpermitted",  # a contact without any permission
    "permitted",  # one with every permission, who is not the main contact
    "primary",  # the main contact, with every permission
    "foreign",  # the main contact of another customer, with every permission
    "staff",  # the cookie of a signed-in staff user
    "deactivated",  # the session of a contact who was deactivated since
    "viewing",  # staff who look at the portal as the main contact
)

#: Those of them for whom nobody is signed in: they change nothing, however they are answered.
STRANGERS = {"anonymous", "staff", "deactivated"}

#: Route, method, and the status for each role. ``token`` is a POST with the form's token and
#: nothing else. Three rules make the rest: HEAD is as GET; a POST without the token is 400;
#: a method that a route does not know is 404 with the token and 400 without (405 at the
#: dashboard, whose address nothing else can have). For who views, all of these are 403.
TABLE = """
route                         method  anon unper  perm  prim forgn staff deact  view
sign_in                       GET      200   302   302   302   302   200   200   403
sign_in                       token    422   422   422   422   422   422   422   403
sign_out                      token    303   303   303   303   303   303   303   403
switch_language               token    404   404   404   404   404   404   404   403
switch_company                token    303   404   404   404   404   303   303   403
own_topics                    GET      302   403   200   200   200   302   302   403
own_topics                    token    303   403   303   303   303   303   303   403
linked_topics                 GET      410   410   410   410   410   410   410   403
linked_topics                 token    410   410   410   410   410   410   410   403
linked_marketing_list         GET      410   410   410   410   410   410   410   403
linked_marketing_list         token    410   410   410   410   410   410   410   403
forgot_password               GET      200   200   200   200   200   200   200   403
forgot_password               token    422   422   422   422   422   422   422   403
set_password                  GET      404   404   404   404   404   404   404   403
set_password                  token    404   404   404   404   404   404   404   403
ask_for_new_link              token    303   303   303   303   303   303   303   403
open_link                     GET      302   302   302   302   302   302   302   403
register                      GET      200   302   302   302   302   200   200   403
register                      token    422   422   422   422   422   422   422   403
confirm_registration          GET      404   404   404   404   404   404   404   403
confirm_registration          token    404   404   404   404   404   404   404   403
ask_for_new_registration_link token    303   303   303   303   303   303   303   403
open_registration_link        GET      302   302   302   302   302   302   302   403
account                       GET      302   200   200   200   200   302   302   403
account                       token    303   422   422   422   422   303   303   403
account_password              GET      302   200   200   200   200   302   302   403
account_password              token    303   422   422   422   422   303   303   403
account_email                 GET      302   200   200   200   200   302   302   403
account_email                 token    303   422   422   422   422   303   303   403
cancel_email_change           token    303   303   303   303   303   303   303   403
account_sessions              GET      302   200   200   200   200   302   302   403
end_session                   token    303   404   404   404   404   303   303   403
end_other_sessions            token    303   303   303   303   303   303   303   403
account_data                  GET      302   200   200   200   200   302   302   403
account_data                  token    303   200   200   200   200   303   303   403
confirm_email                 GET      404   404   404   404   404   404   404   403
confirm_email                 token    404   404   404   404   404   404   404   403
open_email_link               GET      302   302   302   302   302   302   302   403
company_details               GET      302   200   200   200   200   302   302   403
company_details               token    303   403   403   422   422   303   303   403
colleagues                    GET      302   403   403   200   200   302   302   403
former_colleagues             GET      302   403   403   200   200   302   302   403
invite_colleague              GET      302   403   403   200   200   302   302   403
invite_colleague              token    303   403   403   422   422   303   303   403
colleague                     GET      302   403   403   200   404   302   302   403
colleague                     token    303   403   403   303   404   303   303   403
deactivate_colleague          GET      302   403   403   200   404   302   302   403
deactivate_colleague          token    303   403   403   303   404   303   303   403
reactivate_colleague          token    303   403   403   303   404   303   303   403
invite_colleague_again        token    303   403   403   422   404   303   303   403
sign_in_code                  GET      303   303   303   303   303   303   303   403
sign_in_code                  token    303   303   303   303   303   303   303   403
account_two_factor            GET      302   200   200   200   200   302   302   403
account_two_factor_set_up     GET      302   200   200   200   200   302   302   403
account_two_factor_set_up     token    303   422   422   422   422   303   303   403
account_two_factor_new_codes  GET      302   303   303   303   303   302   302   403
account_two_factor_new_codes  token    303   303   303   303   303   303   303   403
account_two_factor_off        GET      302   303   303   303   303   302   302   403
account_two_factor_off        token    303   303   303   303   303   303   303   403
end_view                      token    303   303   303   303   303   303   303   303
invoices_list                 GET      302   403   200   200   200   302   302   200
invoices_export               GET      302   403   200   200   200   302   302   403
invoices_show                 GET      302   403   200   200   404   302   302   200
proposals_list                GET      302   403   200   200   200   302   302   200
proposals_export              GET      302   403   200   200   200   302   302   403
proposals_new                 GET      302   403   200   200   200   302   302   200
proposals_new                 token    303   403   422   422   422   303   303   403
proposals_show                GET      302   403   200   200   404   302   302   200
proposals_edit                GET      302   403   200   200   404   302   302   200
proposals_edit                token    303   403   409   409   404   303   303   403
proposals_file                GET      302   403   200   200   404   302   302   403
proposals_action              GET      302   403   200   200   404   302   302   200
proposals_action              token    303   403   303   303   404   303   303   403
proposals_related_file        GET      302   403   200   200   404   302   302   403
support_list                  GET      302   403   200   200   200   302   302   200
support_export                GET      302   403   200   200   200   302   302   403
support_show                  GET      302   403   200   200   404   302   302   200
dashboard                     GET      302   200   200   200   200   302   302   200
not_found                     GET      404   404   404   404   404   404   404   404
not_found                     token    404   404   404   404   404   404   404   403
"""


@dataclass(frozen=True)
class Case:
    """A line of the table for one role."""

    endpoint: str
    method: str
    role: str
    status: int


def cases() -> Iterator[Case]:
    """The table, and what its three rules add."""
    for line in TABLE.strip().splitlines()[1:]:
        endpoint, method, *statuses = line.split()
        assert len(statuses) == len(ROLES), line
        for role, status in zip(ROLES, map(int, statuses), strict=True):
            yield Case(endpoint, method, role, status)
            if method == "GET":
                yield Case(endpoint, "HEAD", role, status)


def endpoints() -> set[str]:
    """The routes that have a line."""
    return {case.endpoint for case in cases()}


class Database:
    """The host's file: what it holds, and putting it back."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._file = Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
        self._kept = self._file.with_suffix(".matrix")
        self._reader: sqlite3.Connection | None = None
        self._version, self._rows = -1, Rows()

    def keep(self) -> None:
        """Remember what it holds now."""
        self._disconnect()
        shutil.copyfile(self._file, self._kept)

    def put_back(self) -> None:
        """Make it hold what it held then."""
        self._disconnect()
        for leftover in self._file.parent.glob(f"{self._file.name}-*"):
            leftover.unlink()
        shutil.copyfile(self._kept, self._file)

    def rows(self) -> Rows:
        """Every row of every table, "last seen" aside; read anew where anybody wrote."""
        if self._reader is None:
            self._reader, self._version = sqlite3.connect(self._file), -1
        [version] = self._reader.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version, self._rows = version, self._read(self._reader)
        return self._rows

    def _read(self, connection: sqlite3.Connection) -> Rows:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: connection.execute(f'SELECT {self._columns(connection, name)} FROM "{name}"')
            .fetchall()
            for (name,) in names.fetchall()
        }  # fmt: skip

    @staticmethod
    def _columns(connection: sqlite3.Connection, table: str) -> str:
        columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        return ", ".join(f'"{name}"' for name in columns if name != "last_seen_at")

    def _disconnect(self) -> None:
        from tests.host_app import db

        if self._reader is not None:
            self._reader.close()
            self._reader = None
        with self._app.app_context():
            db.engine.dispose()


class People:
    """A browser for each role, and the records of the customer that is theirs."""

    def __init__(self, clients: dict[str, FlaskClient], values: dict[str, str]) -> None:
        self.clients = clients
        self.values = values
        self._cookies = {role: dict(client._cookies) for role, client in clients.items()}
        self.tokens = {role: self._token(role) for role in clients}

    def ask(self, app: Flask, case: Case, *, token: bool = True) -> Any:
        """The answer to a role's request; its browser is as before afterwards."""
        client = self.clients[case.role]
        client._cookies = dict(self._cookies[case.role])
        method = "POST" if case.method == "token" else case.method
        headers = {"X-CSRFToken": self.tokens[case.role]} if token else {}
        address = self.address(app, case.endpoint, case.role)
        return client.open(address, method=method, headers=headers)

    def address(self, app: Flask, endpoint: str, role: str) -> str:
        """An address of the route: of the customer's own records, where it has any."""
        rule = next(
            rule for rule in app.url_map.iter_rules(BLUEPRINT + endpoint) if not rule.defaults
        )
        module = endpoint.partition("_")[0]
        values = {**self.values, "pk": self.values.get(module, self.values["pk"])}
        built = {name: values[name] for name in rule.arguments}
        return str(app.url_map.bind("localhost").build(BLUEPRINT + endpoint, built))

    def _token(self, role: str) -> str:
        from flask_contacts.testing import csrf_token

        token = csrf_token(self.clients[role], "/portal/")
        self._cookies[role] = dict(self.clients[role]._cookies)
        return token


@pytest.fixture
def people(
    app: Flask,
    session: Session,
    make_customer: Make,
    make_contact: Make,
    portal_client: Callable[[Any], FlaskClient],
    staff_client: FlaskClient,
    csrf: Callable[[FlaskClient, str], str],
) -> People:
    """Everybody, signed in, with every choice of staff switched on."""
    region = {"region": "Limited"} if LIMITS_STAFF else {}
    customer, other = make_customer(**region), make_customer()
    primary = make_contact(customer, permissions=EVERYTHING)
    permitted = make_contact(customer, permissions=EVERYTHING)
    unpermitted = make_contact(customer, permissions=[])
    former = make_contact(customer, permissions=EVERYTHING)
    foreign = make_contact(other, permissions=EVERYTHING)
    invoice = HostInvoice(
        number=SECRET[:20], issued_on=date(2026, 1, 1), total=1, customer_id=customer.id
    )
    ticket = HostTicket(subject=SECRET, customer_id=customer.id, contact_id=permitted.id)
    paper = HostPaper(title="plan.txt", content=SECRET.encode())
    proposal = HostProposal(subject=SECRET, customer_id=customer.id, papers=[paper])
    session.add_all([invoice, ticket, proposal])
    session.commit()
    viewer = app.test_client()
    clients = {
        "anonymous": app.test_client(),
        "unpermitted": portal_client(unpermitted),
        "permitted": portal_client(permitted),
        "primary": portal_client(primary),
        "foreign": portal_client(foreign),
        "staff": staff_client,
        "deactivated": portal_client(former),
        "viewing": viewer,
    }
    viewer._cookies = dict(staff_client._cookies)
    asks = f"/customercontacts/view-as/{primary.customer_id}/{primary.id}"
    viewed = viewer.post(asks, data={"reason": "a test", "csrf_token": csrf(viewer, asks)})
    assert viewed.location == "/portal/"
    with app.app_context():
        deactivate_contact(session, former.customer_id, former.id)
        save_settings(session, {"primary_may": ["colleagues"], "registration": ["allowed"]})
    return People(
        clients,
        {
            "pk": str(unpermitted.id),
            "invoices": str(invoice.id),
            "support": str(ticket.id),
            "proposals": str(proposal.id),
            "action": "withdraw",
            "name": "pdf",
            "attr": "papers",
            "child": str(paper.id),
            "token": "not-a-token",
            "anything": "nothing/here",
        },
    )


@pytest.fixture
def database(app: Flask, people: People) -> Iterator[Database]:
    """The database with all of them in it."""
    database = Database(app)
    database.keep()
    yield database
    database.put_back()


def test_every_route_has_its_lines(app: Flask) -> None:
    """A route that nobody has decided about is a hole."""
    portal = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(BLUEPRINT)]
    routes = {
        (rule.endpoint.removeprefix(BLUEPRINT), "token" if method == "POST" else method)
        for rule in portal
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert {(case.endpoint, case.method) for case in cases() if case.method != "HEAD"} == routes


def test_every_answer_is_as_declared(app: Flask, people: People, database: Database) -> None:
    """The table holds, and what is refused or only read changes no row."""
    before, wrong = database.rows(), []
    for case in cases():
        response = people.ask(app, case)
        after = database.rows()
        if response.status_code != case.status:
            wrong.append(f"{case}: {response.status_code}")
        may_change = case.method == "token" and case.role not in STRANGERS
        if after != before and not (may_change and response.status_code < 400):
            tables = [name for name in before if before[name] != after[name]]
            wrong.append(f"{case}: {response.status_code} changed {tables}")
        if response.status_code >= 300 and SECRET[:20] in response.text:
            wrong.append(f"{case}: {response.status_code} tells of the record")
        if after != before:
            database.put_back()
    assert wrong == []


def test_no_form_without_its_token(app: Flask, people: People, database: Database) -> None:
    """Every route refuses a POST without the token, from everybody."""
    before, wrong = database.rows(), []
    for endpoint in sorted(endpoints()):
        for role in ROLES:
            response = people.ask(app, Case(endpoint, "POST", role, 400), token=False)
            expected = 403 if role == "viewing" and endpoint != "end_view" else 400
            expected = 405 if endpoint == "dashboard" else expected
            if response.status_code != expected or database.rows() != before:
                wrong.append((endpoint, role, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("token", [True, False])
def test_no_other_method(app: Flask, people: People, database: Database, token: bool) -> None:
    """PUT, PATCH and DELETE do nothing anywhere, whatever comes with them."""
    before, wrong = database.rows(), []
    for endpoint in sorted(endpoints()):
        for role, usual in (("primary", 404 if token else 400), ("viewing", 403)):
            expected = 405 if endpoint == "dashboard" else usual
            for method in ("PUT", "PATCH", "DELETE"):
                response = people.ask(app, Case(endpoint, method, role, expected), token=token)
                if response.status_code != expected or database.rows() != before:
                    wrong.append((endpoint, role, method, response.status_code))
    assert wrong == []
