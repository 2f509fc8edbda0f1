"""How fast the pages on contacts are among a million of them: ``make bench-contacts``.

In turns, in one run and on one database: each page of ours, a bare Flask route that runs the
best single statement for the same rows and shows 25 of them in a table, and Flask-AppBuilder's
own page for the same where it has one (``--stock`` turns of it, because it takes seconds).
Each is served by waitress with one thread, and asked over a connection that stays open
(``--wsgi`` calls the applications themselves). Prints medians, how many times the floor that
is, and the statements of each page; ``--contacts``, ``--turns`` and ``--engines`` say how
much, ``--keep`` a directory where SQLite's file stays for another run.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, render_template, render_template_string
from jinja2 import DictLoader
from sqlalchemy import Engine, create_engine, event, func, select, text
from waitress import create_server
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks import contacts_saving as saving
from benchmarks.contacts_seed import ADDRESS, COMMON, RARE, seed
from benchmarks.contacts_stock import FIRST_PAGE, stock_app, stock_pages
from flask_contacts import testing
from flask_contacts.models import Contact
from flask_contacts.services.agent import cursors
from flask_contacts.services.agent.listing import ListQuery
from flask_contacts.services.agent.search_index_making import create_search_index
from tests.databases.crowded_host import create_crowded_host
from tests.databases.servers import ENGINES
from tests.host_app import ADMIN, db

_LIST = "/customer-contacts/"
_ROWS = (
    "SELECT c.id, c.firstname, c.lastname, c.position, c.email, c.phone, c.last_signed_in_at, "
    "k.id AS company_id, k.company FROM contacts_contact c "
    "LEFT JOIN contacts_customer k ON k.id = c.customer_id WHERE "
)
_ACTIVE = "c.active "
_ORDER = " ORDER BY c.lastname_key, c.firstname_key, c.id LIMIT 25"
_CREATED = " ORDER BY c.created_at, c.id LIMIT 25"
BARE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Contacts</title></head><body>
<nav><a href="/">Contacts</a></nav><h1>Contacts</h1><table><thead><tr>
{%- for name in ("name", "company", "position", "email", "phone", "signed in") %}
<th scope="col">{{ name }}</th>{% endfor -%}
</tr></thead><tbody>
{%- for row in rows %}
<tr><td><a href="/contact/{{ row.id }}">{{ row.firstname }} {{ row.lastname }}</a></td>
<td><a href="/company/{{ row.company_id }}">{{ row.company }}</a></td><td>{{ row.position }}</td>
<td>{{ row.email }}</td><td>{{ row.phone }}</td><td>{{ row.last_signed_in_at or "" }}</td></tr>
{%- endfor %}
</tbody></table></body></html>"""
Call = Callable[[], None]
Body = Callable[[], str]
_FORM = "application/x-www-form-urlencoded"
_AGENT = "benchmark"  # one browser, in whose session nothing changes from page to page


def main() -> None:
    """Measure on each engine and print one line for each page."""
    options = _options()
    for engine in options.engines:
        with ExitStack() as stack:
            if engine == "sqlite" and options.keep:
                url = f"sqlite:///{Path(options.keep) / f'contacts-{options.contacts}.db'}"
            else:
                url = stack.enter_context(ENGINES[engine]())
            measure(engine, url, options)


def measure(engine: str, url: str, options: argparse.Namespace) -> None:
    """The medians of the turns, and of their ratios to the floor of the same turn."""
    contacts = options.contacts
    app = create_crowded_host(url)
    with app.app_context():
        _tune(db.engine)
        started = time.perf_counter()
        if db.session.scalar(select(func.count()).select_from(Contact)) == 0:
            seed(db.engine, contacts)
            create_search_index(db.engine)
            if engine == "sqlite":
                with db.engine.begin() as connection:
                    connection.execute(text("ANALYZE"))
        seeded = time.perf_counter() - started
        pages = {name: one for name, one in _pages(contacts).items() if options.only in name}
    with ExitStack() as stack:
        if options.only in saving.NAME:
            with app.app_context():
                stack.enter_context(saving.nothing_left(db.engine))
        _ask(engine, url, options, app, pages, seeded)


def _ask(
    engine: str,
    url: str,
    options: argparse.Namespace,
    app: Flask,
    pages: dict[str, tuple[str, str]],
    seeded: float,
) -> None:
    contacts, turns = options.contacts, options.turns
    ours, floors, compiled = _callers(app, url, pages, options)
    stock = _stock_callers(url, pages, options) if options.stock else {}
    times: dict[str, list[float]] = {name: [] for name in ours}
    floor_times: dict[str, list[float]] = {name: [] for name in ours}
    compiled_times: dict[str, list[float]] = {name: [] for name in compiled}
    stock_times: dict[str, list[float]] = {name: [] for name in ours}
    for turn in range(turns + 1):
        for name in ours:
            floor_times[name].append(_timed(floors[name]))
            times[name].append(_timed(ours[name]))
            if name in compiled:
                compiled_times[name].append(_timed(compiled[name]))
            if name in stock and turn <= options.stock:
                stock_times[name].append(_timed(stock[name]))
    print(f"\n{engine}: {contacts} contacts (seeded in {seeded:.0f} s), {turns} turns")
    print(
        f"  {'':<34}{'floor':>9}{'compiled':>11}{'ours':>10}{'ratio':>8}"
        f"{'statements':>12}{'stock FAB':>13}"
    )
    for name in ours:  # the first turn warms up
        took, base = times[name][1:], floor_times[name][1:]
        ratio = statistics.median(mine / bare for mine, bare in zip(took, base, strict=True))
        with app.app_context(), _counted(db.engine) as statements:
            ours[name]()
        print(
            f"  {name:<34}{statistics.median(base) * 1000:6.1f} ms"
            f"{_median(compiled_times.get(name, [])[1:])}"
            f"{statistics.median(took) * 1000:7.1f} ms{ratio:8.1f}{len(statements):>12}"
            f"{_beside(stock_times[name][1:], base)}"
        )
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _median(times: list[float]) -> str:
    return f"{statistics.median(times) * 1000:8.1f} ms" if times else " " * 11


def _beside(stock: list[float], base: list[float]) -> str:
    """How many times the floor Flask-AppBuilder's own page took, in the turns that it had."""
    if not stock:
        return ""
    ratio = statistics.median(one / bare for one, bare in zip(stock, base, strict=False))
    return f"{ratio:13.1f}"


def _pages(contacts: int) -> dict[str, tuple[str, str]]:
    """By name: our address, and what the floor's statement adds to its rows."""
    middle = contacts // 2
    by_name = (Contact.lastname_key, Contact.firstname_key, Contact.id)
    last, first, pk = _row(by_name, middle)
    deep = _deep(ListQuery(), [0, last, first, pk], middle)
    moment, created_pk = _row((Contact.created_at, Contact.id), middle, plain=True)
    by_date = _deep(ListQuery(order="created"), [0, moment, created_pk], middle)
    after = f"AND (c.lastname_key, c.firstname_key, c.id) > ('{last}', '{first}', {pk})"
    searched = f"{_LIST}?q="
    return {
        "list, page 1": (_LIST, _ORDER),
        f"list at row {middle}": (f"{_LIST}?after={deep}", after + _ORDER),
        f"by date at row {middle}": (
            f"{_LIST}?order=created&after={by_date}",
            f"AND (c.created_at, c.id) > ('{moment}', {created_pk}){_CREATED}",
        ),
        "search, rare last name": (
            searched + RARE, _begins("lastname_key", RARE.lower()) + _ORDER,
        ),
        "search, common last name": (
            searched + COMMON, _begins("lastname_key", COMMON.lower()) + _ORDER,
        ),
        "search, exact e-mail": (
            searched + quote(ADDRESS), f"AND c.email_key = '{ADDRESS}' LIMIT 25",
        ),
        "search, inside of a name": (
            f"{searched}uillfeath", _begins("lastname_key", RARE.lower()) + _ORDER,
        ),
        "sorted by last name, descending": (
            f"{_LIST}?order=name&direction=desc",
            " ORDER BY c.lastname_key DESC, c.firstname_key DESC, c.id DESC LIMIT 25",
        ),
        "sorted by company": (
            f"{_LIST}?order=company", " ORDER BY k.company_key, k.id LIMIT 25",
        ),
        "sorted by last sign-in": (
            f"{_LIST}?order=signed_in&direction=desc",
            "AND c.last_signed_in_at IS NOT NULL "
            "ORDER BY c.last_signed_in_at DESC, c.id DESC LIMIT 25",
        ),
        "filter, archived": (
            f"{_LIST}?state=archived", f"c.archived_at IS NOT NULL{_ORDER}",
        ),
        "filter, permission": (f"{_LIST}?permission=invoices", _ORDER),
        "filter, no such language": (f"{_LIST}?language=pt_BR", "AND c.language = 'xx' LIMIT 25"),
        "customer page with tab": (
            "/customers/show/77", "AND c.customer_id = 77 ORDER BY c.lastname, c.id LIMIT 25",
        ),
        "New Contact of a customer": (
            "/customercontacts/new/77", "AND c.customer_id = 77 LIMIT 25",
        ),
        "New Contact": ("/customer-contacts/new", "AND c.customer_id = 77 LIMIT 25"),
        "a contact's page": ("/customer-contacts/show/77", "AND c.id = 77"),
        FIRST_PAGE: ("/", _ORDER),
    }  # fmt: skip


def _row(columns: Any, place: int, *, plain: bool = False) -> Any:
    """The values of the row at a place; ``plain`` as the driver gives them."""
    names = ", ".join(one.key for one in columns)
    statement = f"SELECT {names} FROM contacts_contact WHERE active ORDER BY {names}"
    window = f" LIMIT 1 OFFSET {int(place * 0.89)}"
    return db.session.execute(text(statement + window)).one()


def _deep(query: ListQuery, values: list[Any], place: int) -> str:
    return quote(cursors.sign(query, place, values))


def _begins(column: str, word: str) -> str:
    return f"AND c.{column} >= '{word}' AND c.{column} < '{word}~'"


def _callers(
    app: Flask, url: str, pages: dict[str, tuple[str, str]], options: argparse.Namespace
) -> tuple[dict[str, Call], dict[str, Call], dict[str, Call]]:
    """Ours, the floors, and the floors whose table was compiled once."""
    cookies = _signed_in(app)
    bare = bare_app(url, {name: end for name, (_path, end) in pages.items()})
    calls = _caller if options.wsgi else _served
    paths = {name: path for name, (path, _end) in pages.items()}
    bodies: dict[str, Body] = {}
    floors = {name: f"/{quote(name)}" for name in pages}
    compiled = {name: f"/compiled/{quote(name)}" for name in pages}
    if options.only in saving.NAME:
        bodies[saving.NAME], paths[saving.NAME] = _saved_once(app, cookies), saving.PATH
        with app.app_context():
            floors[saving.NAME] = saving.add_floor(bare, db.engine)
    ours = calls(app, paths, cookies, bodies)
    known = calls(
        bare,
        {**floors, **{f"compiled {name}": path for name, path in compiled.items()}},
        "",
        bodies,
    )
    return ours, known, {name: known[f"compiled {name}"] for name in pages}


def _saved_once(app: Flask, cookies: str) -> Body:
    """What is posted to save a contact; one is saved, as the pattern of the floor."""
    client = app.test_client(use_cookies=False)
    headers = _headers(cookies)
    form = client.get(saving.PATH, headers=headers).text
    body = saving.typed(re.findall('name="csrf_token" value="([^"]+)"', form)[0])
    answer = client.post(saving.PATH, data=body(), headers=headers, content_type=_FORM)
    assert answer.status_code == 302, answer.status
    return body


def _stock_callers(
    url: str, pages: dict[str, tuple[str, str]], options: argparse.Namespace
) -> dict[str, Call]:
    app = stock_app(url)
    with app.app_context():
        _tune(db.engine)
    calls = _caller if options.wsgi else _served
    paths = {
        name: path
        for name, path in stock_pages(options.contacts, quote(ADDRESS)).items()
        if name in pages
    }
    return calls(app, paths, _signed_in(app))


def _signed_in(app: Flask) -> str:
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = _AGENT
    assert testing.staff_sign_in(client, *ADMIN).status_code == 302
    client.get(_LIST)  # the session holds then what a browser's does: a token for forms as well
    return "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())


def _headers(cookies: str) -> dict[str, str]:
    return {"Cookie": cookies, "User-Agent": _AGENT}


def bare_app(url: str, ends: dict[str, str]) -> Flask:
    """A Flask application with a route for each page: one statement, one table."""
    app = Flask("bare")
    engine = create_engine(url)
    _tune(engine)
    statements = {
        name: text(_ROWS + ("" if "archived" in end else _ACTIVE) + end)
        for name, end in ends.items()
    }

    app.jinja_loader = DictLoader({"bare.html": BARE})

    @app.get("/compiled/<name>")
    def compiled(name: str) -> str:
        with engine.connect() as connection:
            found = connection.execute(statements[name]).all()
        return render_template("bare.html", rows=found)

    @app.get("/<name>")
    def rows(name: str) -> str:
        with engine.connect() as connection:
            found = connection.execute(statements[name]).all()
        return render_template_string(BARE, rows=found)

    return app


def _caller(
    app: Flask, paths: dict[str, str], cookies: str, bodies: Mapping[str, Body] | None = None
) -> dict[str, Call]:
    """Functions that call the application itself."""

    def call(path: str, body: Body | None) -> Call:
        template = EnvironBuilder(path, headers=_headers(cookies)).get_environ()
        template["REMOTE_ADDR"] = "127.0.0.1"  # where the browser signed in

        def ask() -> None:
            environ = dict(template)
            if body is not None:
                posted = body()
                environ |= EnvironBuilder(
                    path, method="POST", data=posted, content_type=_FORM,
                    headers=_headers(cookies),
                ).get_environ()  # fmt: skip
                environ["REMOTE_ADDR"] = "127.0.0.1"
            answer, status, _sent = run_wsgi_app(app.wsgi_app, environ, buffered=True)
            assert status.startswith("200" if body is None else "302"), (path, status)
            assert answer

        return ask

    return {name: call(path, (bodies or {}).get(name)) for name, path in paths.items()}


def _served(
    app: Flask, paths: dict[str, str], cookies: str, bodies: Mapping[str, Body] | None = None
) -> dict[str, Call]:
    """Functions that ask a server, which runs until the program ends."""
    # A map of its own: servers that share one answer for each other, and spin meanwhile.
    server: Any = create_server(app, map={}, host="127.0.0.1", port=0, threads=1)
    threading.Thread(target=server.run, daemon=True).start()
    connection = HTTPConnection("127.0.0.1", server.effective_port)

    def call(path: str, body: Body | None) -> Call:
        headers = _headers(cookies)
        method, status = ("GET", 200) if body is None else ("POST", 302)
        if body is not None:
            headers["Content-Type"] = _FORM

        def ask() -> None:
            connection.request(method, path, body() if body else None, headers)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == status, (path, answer.status)
            assert content

        return ask

    return {name: call(path, (bodies or {}).get(name)) for name, path in paths.items()}


def _timed(call: Call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _tune(engine: Engine) -> None:
    """SQLite as docs/howto/production.md advises it, and the example has it."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    number = int(os.environ.get("BENCH_CONTACTS", "1000000"))
    parser.add_argument("--contacts", type=int, default=number)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--keep", default="")
    parser.add_argument("--only", default="", help="only the pages whose name holds this")
    parser.add_argument(
        "--stock", type=int, default=3, help="turns of Flask-AppBuilder's own pages; 0: none"
    )
    parser.add_argument("--wsgi", action="store_true", help="without a server")
    return parser.parse_args()


if __name__ == "__main__":
    main()
