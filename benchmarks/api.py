"""How fast lists of the REST API are among many contacts: ``make bench-api``.

In turns, in one run and on one database: a list of 25 contacts, and a bare Flask route that
runs the best single statement for the same rows and gives them as JSON: asked by nobody in
particular (the floor), and behind a token whose user's rights are read in one statement
(``known``). Each is served by a waitress of one thread in a process of its own, over
connections that stay open. Prints medians of one client, how many times each of the two that
is, the statements, and the requests per second of several clients at once.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, jsonify
from flask_jwt_extended import JWTManager, get_current_user, jwt_required
from sqlalchemy import create_engine, func, select, text

from benchmarks.api_served import Callers, served
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
_WARMING = 20


def main() -> None:
    """Measure on each engine and print one line for each list."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    contacts = int(os.environ.get("BENCH_CONTACTS", "1000000"))
    parser.add_argument("--contacts", type=int, default=contacts)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--clients", type=int, default=4, help="who ask at once")
    parser.add_argument("--requests", type=int, default=400, help="of all of them in a round")
    parser.add_argument("--rounds", type=int, default=9)
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
        statements = {name: _statements(app, path, token) for name, (path, _end) in lists.items()}
        db.session.remove()
        db.engine.dispose()
    bare = bare_app(url, {name: end for name, (_path, end) in lists.items()})
    with ExitStack() as stack:
        ours, floor = (stack.enter_context(served(one)) for one in (app, bare))
        callers = {
            name: [
                Callers(floor, f"/{quote(name)}", token),
                Callers(floor, f"/known/{quote(name)}", token),
                Callers(ours, path, token),
            ]
            for name, (path, _end) in lists.items()
        }
        print(f"\n{engine}: {options.contacts} contacts, {options.turns} turns")
        _print_times(callers, statements, options.turns)
        _print_rates(callers, options)


def _print_times(callers: dict[str, list[Callers]], statements: dict[str, int], turns: int) -> None:
    """Medians of one client, who waits for each answer before asking again."""
    print(f"  {'':<28}{'floor':>9}{'known':>10}{'ours':>10}{'ratios':>14}{'statements':>12}")
    for name, all_three in callers.items():
        times = [[one.timed() for one in all_three] for _ in range(turns + _WARMING)]
        base, who, took = zip(*times[_WARMING:], strict=True)
        print(
            f"  {name:<28}{statistics.median(base) * 1000:6.2f} ms"
            f"{statistics.median(who) * 1000:7.2f} ms{statistics.median(took) * 1000:7.2f} ms"
            f"{_ratio(took, base):7.2f}{_ratio(took, who):7.2f}{statements[name]:>12}"
        )


def _print_rates(callers: dict[str, list[Callers]], options: argparse.Namespace) -> None:
    """Requests per second of clients who ask again at once; the ratios are those of each turn,
    in brackets of the seconds that the servers' processes worked."""
    print(f"  {options.clients} clients at once, requests per second")
    print(f"  {'':<28}{'floor':>9}{'known':>10}{'ours':>10}{'ratios':>28}")
    for name, all_three in callers.items():
        turns = [
            [one.rate(options.clients, options.requests) for one in all_three]
            for _ in range(options.rounds + 1)
        ]
        base, who, made = zip(*turns[1:], strict=True)
        rates = (statistics.median(rate for rate, _worked in one) for one in (base, who, made))
        ratios = (
            f"{_ratio([one[part] for one in made], [one[part] for one in other]):5.2f}"
            for other in (base, who)
            for part in (0, 1)
        )
        print(
            f"  {name:<28}{'{:7.0f}/s{:8.0f}/s{:8.0f}/s'.format(*rates)}"
            f"{'  {} ({}) {} ({})'.format(*ratios)}"
        )


def _ratio(mine: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(one / other for one, other in zip(mine, theirs, strict=True))


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


def _statements(app: Flask, path: str, token: str) -> int:
    """How many statements a second request takes: the first makes what is kept."""
    client = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {token}"}
    client.get(path, headers=headers)
    with testing.count_statements(db.engine) as statements:
        client.get(path, headers=headers)
    return len(statements)


if __name__ == "__main__":
    main()
