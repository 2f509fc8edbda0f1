"""How fast a list of the portal is: ``make bench-portal``.

In turns, in one run and on one database: the list of a module with 10,000 records, and a bare
Flask page behind Flask-Login that shows the same rows in the same table. Both are called as
WSGI applications, so that no server stands between. Prints requests a second and the ratio;
``--turns``, ``--requests`` and ``--engines`` say how much.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any

from flask import Flask, render_template_string, request
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from sqlalchemy import ForeignKey, create_engine, func, insert, select
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    scoped_session,
    sessionmaker,
)
from werkzeug.test import EnvironBuilder, run_wsgi_app

from flask_contacts import testing
from flask_contacts.models import Customer
from tests.databases.crowded_host import create_crowded_host
from tests.databases.servers import ENGINES
from tests.host_app import HostInvoice, add_customer, db

RECORDS = 10_000
ROWS = 20
PAGES = {
    "the first page": "/portal/invoices/",
    "ordered by another column": "/portal/invoices/?order=number",
    "searched": "/portal/invoices/?q=INV-09",
    "one record": "/portal/invoices/{pk}",
    "the dashboard": "/portal/",
}
BARE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Invoices</title></head><body>
<nav><a href="{{ url_for('invoices') }}">Invoices</a> {{ current_user.name }}</nav>
<h1>Invoices</h1>
<table><caption>Invoices</caption><thead><tr>
{%- for name in ("number", "issued_on", "total") %}
<th scope="col"><a href="{{ url_for('invoices', order=name) }}">{{ name }}</a></th>{% endfor -%}
</tr></thead><tbody>
{%- for row in rows %}
<tr><td data-label="Number"><a href="{{ url_for('invoice', pk=row.id) }}">{{ row.number }}</a></td>
<td data-label="Issued on"><span>{{ row.issued_on }}</span></td>
<td data-label="Total" class="text-end"><span>{{ row.total }}</span></td></tr>
{%- endfor %}
</tbody></table><p>{{ total }}</p></body></html>"""


def main() -> None:
    """Measure on each engine and print one line for each page."""
    options = _options()
    for engine in options.engines:
        with ExitStack() as stack:
            url = stack.enter_context(ENGINES[engine]())
            measure(engine, url, options.requests, options.turns)


def measure(engine: str, url: str, requests: int, turns: int) -> None:
    """The medians of the turns, and of their ratios to the bare page of the same turn."""
    app = create_crowded_host(url)
    with app.app_context():
        email, pk = _fill(db.session)  # type: ignore[arg-type]
        bare = bare_app(url, email)
    client = app.test_client()
    assert testing.portal_sign_in(client, email).status_code == 303
    ours = {name: _caller(app, client, path.format(pk=pk)) for name, path in PAGES.items()}
    floor = _caller(bare, _signed_in(bare), "/invoices")
    times: dict[str, list[float]] = {name: [] for name in ours}
    ratios: dict[str, list[float]] = {name: [] for name in ours}
    raw = []
    for _ in range(turns + 1):
        base = _timed(floor, requests)
        raw.append(base)
        for name, call in ours.items():
            took = _timed(call, requests)
            times[name].append(took)
            ratios[name].append(base / took)
    print(f"\n{engine}: {RECORDS} records, {requests} requests a turn, {turns} turns")
    print(f"  {'a bare page with Flask-Login':<30}{1 / statistics.median(raw[1:]):8.0f} a second")
    for name, found in times.items():  # the first turn warms up
        print(
            f"  {name:<30}{1 / statistics.median(found[1:]):8.0f} a second   ratio "
            f"{statistics.median(ratios[name][1:]):.2f}"
            f"  ({min(ratios[name][1:]):.2f} to {max(ratios[name][1:]):.2f})"
        )
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def bare_app(url: str, email: str) -> Flask:
    """A Flask application with one page: signed in, the user's row, the rows, their count."""
    app = Flask("bare")
    app.config["SECRET_KEY"] = "a secret key for the benchmark only"
    session = scoped_session(sessionmaker(create_engine(url)))
    manager = LoginManager(app)

    class Base(DeclarativeBase):
        """Tables of the bare application, the portal's own."""

    class User(Base, UserMixin):
        __tablename__ = "contacts_contact"
        id: Mapped[int] = mapped_column(primary_key=True)
        firstname: Mapped[str]
        lastname: Mapped[str]
        email: Mapped[str]
        customer_id: Mapped[Any] = mapped_column(Customer.__table__.c.id.type)

        @property
        def name(self) -> str:
            return f"{self.firstname} {self.lastname}"

    class Invoice(Base):
        __tablename__ = "host_invoice"
        id: Mapped[int] = mapped_column(primary_key=True)
        number: Mapped[str]
        issued_on: Mapped[date]
        total: Mapped[Any] = mapped_column(HostInvoice.__table__.c.total.type)
        customer_id: Mapped[Any] = mapped_column(ForeignKey(User.customer_id))

    @manager.user_loader
    def load(key: str) -> User | None:
        return session.get(User, int(key))

    @app.teardown_appcontext
    def close(_error: object) -> None:
        session.remove()

    @app.get("/sign-in")
    def sign_in() -> str:
        login_user(session.scalars(select(User).where(User.email == email)).one())
        return ""

    @app.get("/invoices/<pk>")
    def invoice(pk: str) -> str:
        return pk

    @app.get("/invoices")
    @login_required
    def invoices() -> str:
        own = select(Invoice).where(Invoice.customer_id == current_user.customer_id)
        rows = session.scalars(own.order_by(Invoice.issued_on.desc()).limit(ROWS)).all()
        total = session.scalar(select(func.count()).select_from(own.limit(1001).subquery()))
        return render_template_string(BARE, rows=rows, total=total, order=request.args.get("order"))

    return app


def _fill(session: Session) -> tuple[str, int]:
    """A customer with all the records, and its contact's address; a record's key."""
    customer = add_customer(session)
    rows = [
        {
            "number": f"INV-{number:05}",
            "issued_on": date(2026, 1, 1) + timedelta(days=number % 700),
            "total": 1000 + number,
            "customer_id": customer.id,
        }
        for number in range(RECORDS)
    ]
    session.execute(insert(HostInvoice), rows)
    session.commit()
    contact = testing.make_contact(session, customer, permissions=["invoices", "support"])
    pk = session.scalar(select(func.max(HostInvoice.id)))
    assert contact.email is not None
    assert pk is not None
    return contact.email, pk


def _signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert client.get("/sign-in").status_code == 200
    return client


def _caller(app: Flask, client: FlaskClient, path: str) -> Callable[[], None]:
    """A function that asks for a page as the client does, without the client's own work."""
    cookies = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())

    def call() -> None:
        environ = dict(template)
        body, status, _headers = run_wsgi_app(app.wsgi_app, environ, buffered=True)
        assert status.startswith("200"), (path, status)
        assert body

    template = EnvironBuilder(path, headers={"Cookie": cookies}).get_environ()
    return call


def _timed(call: Callable[[], None], requests: int) -> float:
    start = time.perf_counter()
    for _ in range(requests):
        call()
    return (time.perf_counter() - start) / requests


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=int(os.environ.get("BENCH_REQUESTS", "50")))
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    return parser.parse_args()


if __name__ == "__main__":
    main()
