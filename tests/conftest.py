"""What all tests share: a host application, its database, people who are signed in, mail.

One application serves a whole run (it takes a second to start); its SQLite file is put
back to the template's state before each test, so no test sees another's rows.

``TEST_HOST=own`` runs the tests on a host with a customer model of its own.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from flask_contacts import testing
from tests import quick_disk, quick_templates  # noqa: F401
from tests.first_state import keep_first_state

HOST = os.environ.get("TEST_HOST", "bundled")
HOSTS = {
    "bundled": "the package's own customers",
    "own": "a host with a customer model of its own",
}
if HOST not in HOSTS:
    raise pytest.UsageError(f"TEST_HOST is {HOST!r}. Use one of: {', '.join(HOSTS)}.")
if HOST == "own":
    import tests.own_host  # noqa: F401  before any test module binds the bundled customer

    #: The example application is built on the bundled customers, from its import on.
    collect_ignore_glob = ["functional/test_example_*.py"]

smtp_server, smtp, captured_mail = testing.smtp_server, testing.smtp, testing.captured_mail
contact_client = testing.contact_client

Report = Any


def pytest_configure(config: pytest.Config) -> None:
    """Say which marks there are."""
    for host, words in HOSTS.items():
        config.addinivalue_line("markers", f"{host}_only(reason): runs only with {words}")
    if HOST == "own":  # Flask-AppBuilder's stock tabs load the parent by a legacy call
        legacy = "ignore:The Query.get:sqlalchemy.exc.LegacyAPIWarning"
        config.addinivalue_line("filterwarnings", legacy)


def pytest_collection_finish() -> None:
    """Look for unreachable objects seldom, and never among those of imports and collection:
    there are half a million of them, and each look would walk past all."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what is about the other host; each such mark has its reason."""
    elsewhere = []
    for item in items:
        for host in HOSTS:
            mark = item.get_closest_marker(f"{host}_only")
            if mark is not None and not mark.kwargs.get("reason"):
                raise pytest.UsageError(f"{item.nodeid}: {host}_only without a reason")
            if mark is not None and host != HOST:
                elsewhere.append(item)
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if item not in elsewhere]


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Replace pytest-flask's: its outer context lets all clients share ``g``.

    With it a second, anonymous client looks signed in.
    """


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Passwords are hashed in microseconds; who tests the hash asks for ``real_hashes``."""
    from tests.quick_hashes import PRODUCTION, QUICK, use

    use(QUICK)
    yield
    use(PRODUCTION)


@pytest.fixture
def real_hashes() -> Iterator[None]:
    """Passwords are hashed as in production inside the test."""
    from tests.quick_hashes import PRODUCTION, QUICK, use

    use(PRODUCTION)
    yield
    use(QUICK)


@pytest.fixture(scope="session")
def _host(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Callable[[], None]]:
    """The application, and how to get its first state back."""
    from tests.host_app import create_host_app

    app = create_host_app(f"sqlite:///{tmp_path_factory.mktemp('host') / 'host.db'}")
    return app, keep_first_state(app)


@pytest.fixture
def app(_host: tuple[Flask, Callable[[], None]]) -> Iterator[Flask]:
    """The host application on a fresh database: all tables, the staff user, nothing else."""
    host, restore = _host
    restore()
    config = dict(host.config)
    yield host
    host.config.clear()
    host.config.update(config)


@pytest.fixture
def engine(app: Flask) -> Engine:
    """The engine of the host's database."""
    from tests.host_app import db

    with app.app_context():
        return db.engine


@pytest.fixture
def session(engine: Engine) -> Generator[Session]:
    """A database session of the test's own; ``expire_all()`` shows what requests wrote."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def app_context(app: Flask) -> Generator[None]:
    """An application context for calls of services; never together with a client."""
    with app.app_context():
        yield


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def staff_client(app: Flask) -> FlaskClient:
    """A browser in which the staff user ``admin`` has signed in by the form."""
    from tests.host_app import ADMIN

    client = app.test_client()
    assert testing.staff_sign_in(client, *ADMIN).status_code == 302
    return client


@pytest.fixture
def customer_factory() -> Callable[[Session], Any]:
    """What ``contact_client`` makes a customer with: this run's host does."""
    from tests.host_app import add_customer

    return add_customer


@pytest.fixture
def make_customer(session: Session) -> Callable[..., Any]:
    """``make_customer(company="…", **columns)`` adds a customer of this run's host."""
    from tests.host_app import add_customer

    return partial(add_customer, session)


@pytest.fixture
def make_contact(app: Flask, session: Session) -> Callable[..., Any]:
    """``make_contact(customer, **fields)`` creates a contact through the service."""

    def make(customer: Any, **fields: object) -> Any:
        with app.app_context():
            return testing.make_contact(session, customer, **fields)

    return make


@pytest.fixture
def portal_client(app: Flask) -> Callable[..., FlaskClient]:
    """``portal_client(contact)`` is a browser in which that contact has signed in."""

    def sign_in(contact: Any, password: str = testing.PASSWORD) -> FlaskClient:
        client = app.test_client()
        response = testing.portal_sign_in(client, contact.email, password)
        assert response.status_code in {302, 303}, response.text
        return client

    return sign_in


@pytest.fixture
def csrf() -> Callable[[FlaskClient, str], str]:
    """``csrf(client, url)`` is the CSRF token of the form at ``url``."""
    return testing.csrf_token


@pytest.fixture
def drain(app: Flask) -> Callable[[], None]:
    """``drain()`` delivers all mail that is due."""
    return partial(testing.drain_mail, app)


@pytest.fixture
def statements(engine: Engine) -> Callable[[], AbstractContextManager[list[str]]]:
    """``with statements() as seen: …`` collects the SQL of the block; ``len(seen)`` counts."""
    return partial(testing.count_statements, engine)


def _fail_in_ci(report: Report) -> None:
    """A test that does not run proves nothing: the gate takes no skips."""
    if os.environ.get("CI") and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        *_, reason = report.longrepr if isinstance(report.longrepr, tuple) else (report.longrepr,)
        report.outcome = "failed"
        report.longrepr = f"CI is set, so nothing may be skipped. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Report, Report]:
    """Turn a skipped test into a failed one where ``CI`` is set."""
    report = yield
    _fail_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Report, Report]:
    """Turn a skipped module into a failed one where ``CI`` is set."""
    report = yield
    _fail_in_ci(report)
    return report
