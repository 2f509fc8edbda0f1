"""How fast lists of the REST API are among many contacts: ``make bench-api``.

In turns, in one run and on one database: a list of 25 contacts, and a bare Flask route that
runs the best single statement for the same rows and gives them as JSON: asked by nobody in
particular (the floor), and behind a token whose user's rights are read in one statement
(``known``). Each is served by waitress with one thread, over a connection that stays open.
Prints medians, how many times each of the two that is, and the statements.
"""

from __future__ import annotations

import argparse
import os
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, jsonify
from flask_jwt_extended import JWTManager, get_current_user, jwt_required
from sqlalchemy import create_engine, func, select, text
from waitress import create_server

from benchmarks.contacts_seed import RARE, seed
from flask_contacts import testing
from flask_contacts.models import Contact
from flask_contacts.services.agent import cursors
from flask_contacts.services.agent.listing import ListQuery
from tests.databases.crowded_host import create_crowded_host
from tests.databases.servers import ENGINES
from tests.host_app import ADMIN, db

_ROWS = (
    "SELECT id, customer_id, firstname, lastname, position, email, phone, is_primary, active, "
    "login_id IS NOT NULL AS is_user, created_at, updated_at FROM contacts_contact WHERE active "
)
_ORDER = " ORDER BY lastname_key, firstname_key, id LIMIT 25"
_USER = text(
    "SELECT u.id, u.active, p.name, v.name FROM ab_user u "
    "JOIN ab_user_role r ON r.user_id = u.id "
    "JOIN ab_permission_view_role x ON x.role_id = r.role_id "
    "JOIN ab_permission_view y ON y.id = x.permission_view_id "
    "JOIN ab_permission p ON p.id = y.permission_id JOIN ab_view_menu v ON v.id = y.view_menu_id "
    "WHERE u.id = :id AND p.name = 'can_list'"
)
_SECRET = "k" * 40
_LIST = "/api/v1/contacts/"
Call = Callable[[], None]


def main() -> None:
    """Measure on each engine and print one line for each list."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    contacts = int(os.environ.get("BENCH_CONTACTS", "1000000"))
    parser.add_argument("--contacts", type=int, default=contacts)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--keep", help="a directory where SQLite's file stays")
    options = parser.parse_args()
    for engine in options.engines:
        with ExitStack() as stack:
            if engine == "sqlite" and options.keep:
                url = f"sqlite:///{Path(options.keep) / f'contacts-{options.contacts}.db'}"
            else:
                url = stack.enter_context(ENGINES[engine]())
            measure(engine, url, options)


def measure(engine: str, url: str, options: argparse.Namespace) -> None:
    """The medians of the turns."""
    app = create_crowded_host(url)
    app.config.update(JWT_SECRET_KEY=_SECRET, JWT_ACCESS_TOKEN_EXPIRES=False)
    with app.app_context():
        with db.engine.connect() as connection:
            count = connection.scalar(select(func.count()).select_from(Contact))
        if count == 0:
            seed(db.engine, options.contacts)
            if engine == "sqlite":
                with db.engine.begin() as connection:
                    connection.execute(text("ANALYZE"))
        lists = _lists(options.contacts)
    token = _token(app)
    ours = _served(app, {name: path for name, (path, _end) in lists.items()}, token)
    bare = bare_app(url, {name: end for name, (_path, end) in lists.items()})
    floors = _served(bare, {name: f"/{quote(name)}" for name in lists}, token)
    known = _served(bare, {name: f"/known/{quote(name)}" for name in lists}, token)
    print(f"\n{engine}: {options.contacts} contacts, {options.turns} turns")
    print(f"  {'':<28}{'floor':>9}{'known':>10}{'ours':>10}{'ratios':>14}{'statements':>12}")
    for name in lists:
        base, who, took = [], [], []
        for _ in range(options.turns + 20):
            base.append(_timed(floors[name]))
            who.append(_timed(known[name]))
            took.append(_timed(ours[name]))
        base, who, took = base[20:], who[20:], took[20:]
        ratios = [
            statistics.median(mine / floor for mine, floor in zip(took, floor, strict=True))
            for floor in (base, who)
        ]
        with app.app_context(), testing.count_statements(db.engine) as statements:
            ours[name]()
        print(
            f"  {name:<28}{statistics.median(base) * 1000:6.2f} ms"
            f"{statistics.median(who) * 1000:7.2f} ms{statistics.median(took) * 1000:7.2f} ms"
            f"{ratios[0]:7.2f}{ratios[1]:7.2f}{len(statements):>12}"
        )
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _lists(contacts: int) -> dict[str, tuple[str, str]]:
    """By name: our address, and what the floor's statement adds to its rows."""
    middle = contacts // 2
    statement = text(
        "SELECT lastname_key, firstname_key, id FROM contacts_contact WHERE active "
        f"ORDER BY lastname_key, firstname_key, id LIMIT 1 OFFSET {int(middle * 0.89)}"
    )
    with db.engine.connect() as connection:
        row = connection.execute(statement).one()
    cursor = quote(cursors.sign(ListQuery(), 0, [0, *row]))
    after = "AND (lastname_key, firstname_key, id) > ('{}', '{}', {})".format(*row)
    word = RARE.lower()
    begins = f"AND lastname_key >= '{word}' AND lastname_key < '{word}~'"
    return {
        "list, page 1": (_LIST, _ORDER),
        f"list at row {middle}": (f"{_LIST}?cursor={cursor}", after + _ORDER),
        "search, rare last name": (f"{_LIST}?search={RARE}", begins + _ORDER),
        "of a customer": (f"{_LIST}?customer=77", f"AND customer_id = 77{_ORDER}"),
    }


def bare_app(url: str, ends: dict[str, str]) -> Flask:
    """A Flask application with a route for each list: one statement, one JSON."""
    app = Flask("bare")
    engine = create_engine(url)
    statements = {name: text(_ROWS + end) for name, end in ends.items()}

    @app.get("/<name>")
    def rows(name: str) -> Any:
        with engine.connect() as connection:
            found = connection.execute(statements[name]).mappings().all()
        return jsonify(result=[dict(row) for row in found])

    @app.get("/known/<name>")
    @jwt_required()
    def known(name: str) -> Any:
        assert get_current_user()
        return rows(name)

    app.config["JWT_SECRET_KEY"] = _SECRET
    loader = JWTManager(app)

    @loader.user_lookup_loader
    def user(_header: Any, token: Any) -> Any:
        with engine.connect() as connection:
            return connection.execute(_USER, {"id": int(token["sub"])}).all()

    return app


def _token(app: Flask) -> str:
    username, password = ADMIN
    login = {"username": username, "password": password, "provider": "db"}
    answer = app.test_client().post("/api/v1/security/login", json=login)
    assert answer.json is not None
    return str(answer.json["access_token"])


def _served(app: Flask, paths: dict[str, str], token: str) -> dict[str, Call]:
    """Functions that ask a server, which runs until the program ends."""
    server: Any = create_server(app, host="127.0.0.1", port=0, threads=1)
    threading.Thread(target=server.run, daemon=True).start()
    connection = HTTPConnection("127.0.0.1", server.effective_port)
    headers = {"Authorization": f"Bearer {token}"}

    def call(path: str) -> Call:
        def ask() -> None:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, (path, body)

        return ask

    return {name: call(path) for name, path in paths.items()}


def _timed(call: Call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
