"""``flask contacts doctor``: each problem is found where it is, and only there."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable, Generator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from socketserver import StreamRequestHandler, TCPServer
from threading import Thread
from typing import Any

import pytest
from celery import Celery
from click import Context
from flask import Flask
from flask_appbuilder.models.sqla.base import SQLA
from jinja2 import FileSystemLoader
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import Map, Rule

from flask_contacts import PortalModule
from flask_contacts.clock import utc_now
from flask_contacts.models import Mail, TwoFactor
from flask_contacts.services.doctor import PROBLEMS, registered
from flask_contacts.services.doctor.database import compare_clocks
from flask_contacts.services.two_factor import secrets as two_factor_secrets
from flask_contacts.testing import RecordingSmtp
from tests.host_app import HostInvoiceView

ONCE = pytest.mark.bundled_only(reason="settings and servers know nothing of customers")

#: ``doctor("--offline")`` gives what was found: codes with their details.
Doctor = Callable[..., dict[str, str]]
Change = Callable[..., None]


@pytest.fixture
def doctor(app: Flask) -> Doctor:
    """``doctor()`` gives the codes found, each with its detail; asks no server by default."""

    def examine(*options: str) -> dict[str, str]:
        arguments = ["contacts", "doctor", "--json", *(options or ("--offline",))]
        result = app.test_cli_runner().invoke(args=arguments)
        assert isinstance(result.exception, SystemExit | None), result.exception
        answer = json.loads(result.output)
        assert result.exit_code == (1 if answer["counts"]["error"] else 0)
        found = [finding for check in answer["checks"] for finding in check["findings"]]
        assert sum(answer["counts"].values()) == len(found)
        return {finding["code"]: finding["detail"] for finding in found}

    return examine


@pytest.fixture
def change(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Change:
    """``change(MAIL_PORT=1)`` sets the application's settings, Flask-Mail's own too."""

    def put(**settings: object) -> None:
        app.config.update(settings)
        for name, value in settings.items():
            if name.startswith("MAIL_"):
                monkeypatch.setattr(app.extensions["mail"], name[5:].lower(), value)

    return put


def execute(engine: Engine, *statements: str) -> None:
    """Change the database past the package."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def add_mail(session: Session, **columns: Any) -> None:
    """A mail in the outbox."""
    wanted = {"message_id": "<a@b>", "template": "welcome", "language": "en", "subject": "s"}
    session.add(Mail(**{**wanted, "recipient": "ada@example.com", **columns}))
    session.commit()


def test_it_reads_like_advice(app: Flask) -> None:
    """A person gets level, code, what it means and how to mend it, and a count at the end."""
    app.config["SECRET_KEY"] = "dev"
    result = app.test_cli_runner().invoke(args=["contacts", "doctor", "--offline"])
    assert result.exit_code == 1
    assert re.search(r"^error +FC102  A secret key can be guessed$", result.output, re.MULTILINE)
    assert "→ Set a long random SECRET_KEY" in result.output
    assert re.search(r"\d+ checks: 1 error, \d+ warnings?, \d+ notes?\.", result.output)


def test_the_worst_stands_first(app: Flask, engine: Engine) -> None:
    """Errors are printed before warnings and those before notes, whichever check found them."""
    app.config.update(SECRET_KEY="dev", CONTACTS_BASE_URL="http://crm.example.com")
    app.config.update(TESTING=False)
    execute(
        engine,
        "DELETE FROM ab_permission_view_role WHERE role_id = "
        "(SELECT id FROM ab_role WHERE name = 'Admin')",
    )
    result = app.test_cli_runner().invoke(args=["contacts", "doctor", "--offline"])
    levels = re.findall(r"^(error|warning|note) +FC", result.output, re.MULTILINE)
    assert set(levels) == {"error", "warning", "note"}
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    codes = re.findall(r"^\w+ +(FC\d+)", result.output, re.MULTILINE)
    assert codes.index("FC406") < codes.index("FC112"), "a later check's error goes first"


def test_customers_without_a_name(
    monkeypatch: pytest.MonkeyPatch, doctor: Doctor, app: Flask
) -> None:
    """A model of the host's that Python alone would name is told of; ours and a named one not."""

    class Named:
        def __str__(self) -> str:
            return "x"

    class Firm:
        pass

    class NamedFirm(Named):
        pass

    assert "FC606" not in doctor()
    for model, expected in ((NamedFirm, None), (Firm, "Firm"), (None, None)):
        monkeypatch.setattr(registered, "bound_customer", lambda model=model: model)
        assert doctor().get("FC606") == expected


def test_a_sound_application_has_no_error(doctor: Doctor) -> None:
    """The host of the tests works; what is said of it are warnings and notes."""
    levels = {PROBLEMS[code].level for code in doctor()}
    assert "error" not in levels


def test_nothing_is_changed_and_nothing_sent(
    doctor: Doctor, change: Change, smtp: RecordingSmtp, session: Session, engine: Engine
) -> None:
    """The mail server is greeted and gets no mail; a mail that is due stays where it is."""
    add_mail(session, not_before=utc_now() - timedelta(hours=1))
    before = Path(str(engine.url.database)).read_bytes()
    assert "FC201" not in doctor("--json")
    assert smtp.messages == []
    assert Path(str(engine.url.database)).read_bytes() == before


@ONCE
@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"SECRET_KEY": None}, "FC101"),
        ({"SECRET_KEY": None, "CONTACTS_SECRET_KEYS": ["k" * 40]}, "FC101"),
        ({"SECRET_KEY": "short"}, "FC102"),
        ({"SECRET_KEY": "\2\1thisismyscretkey\1\2\\e\\y\\y\\h"}, "FC102"),
        ({"CONTACTS_SECRET_KEYS": ["k" * 40, "changeme"]}, "FC102"),
        ({"CONTACTS_BASE_URL": None}, "FC111"),
        ({"CONTACTS_BASE_URL": "http://crm.example.com"}, "FC112"),
        ({"CONTACTS_BASE_URL": "http://127.0.0.1:5000", "TESTING": False}, "FC113"),
        ({"CONTACTS_BASE_URL": "https://x.example.com/crm", "APPLICATION_ROOT": "/c"}, "FC114"),
        ({"CONTACTS_BASE_URL": "https://crm.example.com"}, "FC121"),
        ({"CONTACTS_BASE_URL": "https://crm.example.com"}, "FC122"),
        ({"TESTING": False}, "FC131"),
        ({"LANGUAGES": {"en": {}, "fi": {}}}, "FC604"),
    ],
)
def test_settings(doctor: Doctor, change: Change, settings: dict[str, Any], code: str) -> None:
    """What a setting makes wrong is found, and was not there before."""
    assert code not in doctor()
    change(**settings)
    assert code in doctor()


@ONCE
def test_a_proxy_that_is_thought_of(app: Flask, doctor: Doctor, change: Change) -> None:
    """Behind ProxyFix, wherever it stands among the wrappers, nothing is said of it."""
    change(CONTACTS_BASE_URL="https://crm.example.com/a", APPLICATION_ROOT="/a")
    change(SESSION_COOKIE_SECURE=True)
    plain = app.wsgi_app

    class Wrapper:
        def __init__(self, inner: Any) -> None:
            self.app = inner

        def __call__(self, *arguments: Any) -> Any:
            return self.app(*arguments)

    app.wsgi_app = Wrapper(ProxyFix(plain))  # type: ignore[method-assign]
    try:
        assert not {"FC112", "FC113", "FC114", "FC121", "FC122"} & set(doctor())
    finally:
        app.wsgi_app = plain  # type: ignore[method-assign]


@ONCE
@pytest.mark.parametrize(
    "storage",
    ["redis://127.0.0.1:1", "nonsense://crm:sesame@here", "redis://crm:sesame@here:sesame/1"],
)
def test_limits_counted_nowhere(doctor: Doctor, change: Change, storage: str) -> None:
    """A Redis that is away, and a storage that there is none of; offline nobody asks. No
    password of the address is printed."""
    change(CONTACTS_RATE_LIMIT_STORAGE=storage, MAIL_PORT=1)
    assert "FC132" not in doctor()
    found = doctor("--json")
    assert "FC132" in found
    assert "sesame" not in json.dumps(found)


@ONCE
def test_a_mail_server_that_is_away(doctor: Doctor, change: Change) -> None:
    """It says which server, and what the connection said."""
    change(MAIL_SERVER="127.0.0.1", MAIL_PORT=1)
    assert "refused" in doctor("--json")["FC201"]
    assert "FC201" not in doctor()


@ONCE
def test_mail_that_is_not_what_it_should_be(doctor: Doctor, change: Change) -> None:
    """A sender of an example, and Flask-Mail told to send nothing."""
    change(MAIL_DEFAULT_SENDER="crm@northgate-bakeries.co", MAIL_SUPPRESS=False)
    assert not {"FC205", "FC206"} & set(doctor())
    change(MAIL_DEFAULT_SENDER=("Us", "host@example.com"), MAIL_SUPPRESS=True)
    assert {"FC205", "FC206"} <= set(doctor())


@ONCE
@pytest.mark.usefixtures("smtp")
def test_mail_in_clear_text(doctor: Doctor, change: Change) -> None:
    """To a server that is not of this computer; to one that is, nobody listens on the way."""
    assert "FC204" not in doctor("--json")
    change(MAIL_SERVER="0.0.0.0")
    assert "no STARTTLS" in doctor("--json")["FC204"]


@ONCE
@pytest.mark.usefixtures("smtp")
def test_a_mail_server_without_encryption(doctor: Doctor, change: Change) -> None:
    """STARTTLS is wanted and not offered; TLS is spoken to who does not know it."""
    change(MAIL_USE_TLS=True)
    assert "FC202" in doctor("--json")
    change(MAIL_USE_TLS=False, MAIL_USE_SSL=True)
    assert "FC202" in doctor("--json")


class RefusesUs(StreamRequestHandler):
    """A mail server that lets nobody sign in."""

    def handle(self) -> None:
        """Talk with one client until it leaves."""
        self.wfile.write(b"220 hello\r\n")
        for line in self.rfile:
            greeted = line.upper().startswith(b"EHLO")
            answer = b"250-here\r\n250 AUTH PLAIN" if greeted else b"535 5.7.8 no such user"
            self.wfile.write(answer + b"\r\n")


@pytest.fixture
def port_that_refuses_us() -> Generator[int]:
    """The port of such a server."""
    with TCPServer(("127.0.0.1", 0), RefusesUs) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@ONCE
def test_a_mail_server_that_refuses_us(
    doctor: Doctor, change: Change, port_that_refuses_us: int
) -> None:
    """A wrong password is told apart from a server that is away; the password is not printed."""
    change(MAIL_SERVER="127.0.0.1", MAIL_PORT=port_that_refuses_us, MAIL_USE_TLS=False)
    change(MAIL_USERNAME="crm", MAIL_PASSWORD="tell-nobody")
    found = doctor("--json")
    assert "no such user" in found["FC203"]
    assert "tell-nobody" not in json.dumps(found)


@pytest.fixture
def no_database(app: Flask, engine: Engine) -> Generator[None]:
    """The database's file cannot be opened while the test runs."""
    database = Path(str(engine.url.database))
    engine.dispose()
    kept = database.rename(database.with_suffix(".kept"))
    database.mkdir()
    yield
    engine.dispose()
    shutil.rmtree(database)
    kept.rename(database)


@pytest.mark.usefixtures("no_database")
def test_a_database_that_is_away(doctor: Doctor) -> None:
    """It is said once, and what does not need the database was examined."""
    found = doctor()
    assert "unable to open" in found["FC301"]
    assert "FC206" in found
    assert not any(code.startswith(("FC302", "FC303", "FC4", "FC5")) for code in found)


def test_tables_that_are_missing(doctor: Doctor, engine: Engine) -> None:
    """The tables are named; checks that need them are left out and do not fail."""
    execute(engine, "DROP TABLE contacts_customer_note")
    found = doctor()
    assert found["FC302"] == "contacts_customer_note"
    assert "FC303" not in found


def test_tables_of_another_release(doctor: Doctor, engine: Engine) -> None:
    """A column that is missing is named as upgrade-db names it, and stops no other check."""
    execute(engine, "ALTER TABLE contacts_mail DROP COLUMN attempts", "DELETE FROM ab_user_role")
    execute(engine, "ALTER TABLE contacts_mail DROP COLUMN error", "DELETE FROM ab_user")
    found = doctor()
    assert "attempts" in found["FC303"]
    assert "FC403" in found


def test_tables_without_alembic(
    doctor: Doctor, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns are compared by name then, and the doctor says so."""
    for name in [one for one in sys.modules if one.partition(".")[0] == "alembic"]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("flask_contacts.models.schema_upgrade", "flask_contacts.models.schema_compare"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "alembic", None)
    assert "FC303" not in doctor()
    execute(engine, "ALTER TABLE contacts_mail DROP COLUMN attempts")
    found = doctor()
    assert "FC304" in found
    assert found["FC303"] == "contacts_mail.attempts"


def test_a_question_that_the_database_refuses(doctor: Doctor, engine: Engine) -> None:
    """A check that cannot be made is a finding, and the next one is made."""
    execute(engine, "DROP INDEX ix_contacts_mail_due")
    execute(engine, "ALTER TABLE contacts_mail DROP COLUMN not_before")
    found = doctor()
    assert "outbox" in found["FC310"]
    assert "FC303" in found
    assert "FC321" in found


def test_metadata_of_its_own(app: Flask, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A db that does not know our tables would have them dropped by a generated migration."""
    assert "FC305" not in doctor()
    monkeypatch.setitem(app.extensions, "sqlalchemy", SQLA())
    assert "FC305" in doctor()


@ONCE
def test_foreign_keys(doctor: Doctor, engine: Engine) -> None:
    """Off is a warning; on, as docs/howto/production.md says, is none."""
    assert "FC306" in doctor()

    def switch_on(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    engine.dispose()
    event.listen(engine, "connect", switch_on)
    try:
        assert "FC306" not in doctor()
    finally:
        event.remove(engine, "connect", switch_on)
        engine.dispose()


@ONCE
@pytest.mark.parametrize(
    ("seconds", "codes"),
    [(0, []), (4, []), (-6, ["FC308"]), (119, ["FC308"]), (121, ["FC307"]), (-9000, ["FC307"])],
)
def test_clocks(seconds: int, codes: list[str]) -> None:
    """Some seconds are a warning, minutes an error, whichever clock is ahead."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    found = [one.problem.code for one in compare_clocks(now, now + timedelta(seconds=seconds))]
    assert found == codes


@ONCE
def test_rows_from_the_future(doctor: Doctor, session: Session) -> None:
    """What was written later than now tells of a clock that is or was wrong."""
    assert not {"FC307", "FC308", "FC309"} & set(doctor())
    add_mail(session, state="sent", created_at=utc_now() + timedelta(days=1))
    assert "FC309" in doctor()


def test_the_search(
    doctor: Doctor, app: Flask, engine: Engine, session: Session, make_customer: Any,
    make_contact: Any,
) -> None:  # fmt: skip
    """No index is a note; contacts that it lacks, or that have no folded names, a warning."""
    customer = make_customer()
    contact = make_contact(customer, firstname="Wilhelmina", lastname="Zwart")
    found = doctor()
    assert "FC321" in found
    assert not {"FC322", "FC323"} & set(found)
    run = app.test_cli_runner()
    assert run.invoke(args=["contacts", "create-search-index"]).exit_code == 0
    assert not {"FC321", "FC322", "FC323"} & set(doctor())
    execute(engine, "DROP TRIGGER contacts_contact_fts_insert")
    make_contact(customer, firstname="Ermintrude", lastname="Quince")
    assert "FC322" in doctor()
    execute(engine, f"UPDATE contacts_contact SET lastname_key = '' WHERE id = {contact.id}")
    assert "FC323" in doctor()
    assert run.invoke(args=["contacts", "create-search-index", "--refill"]).exit_code == 0
    assert not {"FC321", "FC322", "FC323"} & set(doctor())


@ONCE
def test_the_second_factor(
    app: Flask, doctor: Doctor, session: Session, make_customer: Any, make_contact: Any
) -> None:
    """A secret that the newest key does not open is a note, one that none opens an error."""
    login_id = make_contact(make_customer()).login_id
    with app.app_context():
        sealed = two_factor_secrets.seal(login_id, "JBSWY3DPEHPK3PXP")
    session.add(TwoFactor(login_id=login_id, secret=sealed, last_step=0, recovery_salt="s"))
    session.commit()
    assert not {"FC103", "FC104"} & set(doctor())
    former, newest = app.config["SECRET_KEY"], "a new one " * 5
    app.config.update(SECRET_KEY=newest, CONTACTS_SECRET_KEYS=[newest, former])
    assert "FC104" in doctor()
    app.config["CONTACTS_SECRET_KEYS"] = None
    assert "FC103" in doctor()


def test_permissions(app: Flask, doctor: Doctor, engine: Engine) -> None:
    """Missing ones are named; the public role must hold none; somebody must be there."""
    assert not {"FC401", "FC402", "FC403"} & set(doctor())
    with app.app_context():
        manager = app.appbuilder.sm  # type: ignore[attr-defined]
        public = manager.find_role(manager.auth_role_public)
        right = manager.find_permission_view_menu("can_list", "Customer contacts")
        manager.add_permission_role(public, right)
    assert "Customer contacts" in doctor()["FC402"]
    execute(engine, "DELETE FROM ab_permission_view_role", "DELETE FROM ab_permission_view")
    execute(engine, "DELETE FROM ab_user_role", "DELETE FROM ab_user")
    found = doctor()
    assert re.search(r"can_\w+ on .+ and \d+ more", found["FC401"])
    assert "FC402" not in found
    assert "FC403" in found


def test_roles(app: Flask, doctor: Doctor, engine: Engine) -> None:
    """With no role but Admin it is a note; a role of ours that lost rights is named."""
    assert "FC405" in doctor()
    result = app.test_cli_runner().invoke(
        args=["contacts", "create-roles", "--limited", "crm_sales"]
    )
    assert result.exit_code == 0
    assert not {"FC404", "FC405"} & set(doctor())
    execute(
        engine,
        "DELETE FROM ab_permission_view_role WHERE role_id = "
        "(SELECT id FROM ab_role WHERE name = 'crm_admin')",
    )
    found = doctor()
    assert found["FC404"].startswith("crm_admin: ")
    assert "FC406" not in found
    execute(
        engine,
        "DELETE FROM ab_permission_view_role WHERE role_id = "
        "(SELECT id FROM ab_role WHERE name = 'Admin')",
    )
    assert "rights" in doctor()["FC406"]


@ONCE
def test_the_outbox(doctor: Doctor, session: Session) -> None:
    """Mail that waits too long, is held by nobody any more, has failed, or is kept too long."""
    assert "FC507" in doctor()
    add_mail(session, not_before=utc_now() - timedelta(minutes=5))
    assert not {"FC501", "FC502", "FC503", "FC506"} & set(doctor())
    ago = utc_now() - timedelta(hours=1)
    add_mail(session, message_id="<1>", not_before=ago)
    add_mail(session, message_id="<2>", state="sending", lease_until=ago)
    add_mail(session, message_id="<3>", state="failed")
    add_mail(session, message_id="<4>", state="sent", created_at=utc_now() - timedelta(days=99))
    found = doctor()
    assert {"FC502", "FC506"} <= set(found)
    assert f"{ago:%Y-%m-%d %H:%M}" in found["FC501"]
    assert found["FC503"] == "1"


@ONCE
def test_celery(doctor: Doctor, change: Change, smtp: RecordingSmtp) -> None:
    """A broker that is away, and one that no worker listens to."""
    change(CONTACTS_MAIL_DELIVERY="celery")
    for broker, code in (("redis://127.0.0.1:1", "FC504"), ("memory://", "FC505")):
        with Celery("host", broker=broker, set_as_current=False) as celery:
            celery.set_current()
            assert code in doctor("--json")


def test_addresses_in_the_portal(
    app: Flask, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of the host's under the portal's path is named, one beside it is not."""
    assert "FC601" not in doctor()
    rules = [Rule("/portal/x", endpoint="desk.x"), Rule("/portals", endpoint="desk.y")]
    monkeypatch.setattr(app, "url_map", Map(rules))
    assert doctor()["FC601"] == "/portal/x (desk.x)"


def test_names(app: Flask, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view of the host's that shares our permissions, and a module that leads nowhere."""
    assert not {"FC602", "FC603"} & set(doctor())
    views = app.appbuilder.baseviews  # type: ignore[attr-defined]
    [view] = [one for one in views if type(one) is HostInvoiceView]
    monkeypatch.setattr(view, "class_permission_name", "Customer contacts")
    modules = app.extensions["contacts"].registry.modules
    monkeypatch.setitem(modules, "visits", PortalModule("visits", "Visits"))
    found = doctor()
    assert "HostInvoiceView" in found["FC602"]
    assert found["FC603"] == "visits"


@ONCE
def test_templates(
    app: Flask, doctor: Doctor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A template of ours that the host has replaced is named."""
    assert "FC605" not in doctor()
    own = tmp_path / "flask_contacts" / "portal" / "brand.html"
    own.parent.mkdir(parents=True)
    own.write_text("us", encoding="utf-8")
    monkeypatch.setattr(app, "jinja_loader", FileSystemLoader(tmp_path))
    assert doctor()["FC605"] == "flask_contacts/portal/brand.html"


def test_no_pooler_is_found_where_there_is_none(doctor: Doctor) -> None:
    """FC311 is of PostgreSQL behind a pooler: tests/databases/test_pooler.py has one."""
    assert "FC311" not in doctor()


def test_every_code_is_tested() -> None:
    """A new problem gets a test in this file."""
    written = set(re.findall(r"FC\d{3}", Path(__file__).read_text(encoding="utf-8")))
    assert set(PROBLEMS) == written


def test_advice_names_what_exists(app: Flask) -> None:
    """Commands and documents that the advice names are there."""
    words = "\n".join(f"{one.means} {one.mend}" for one in PROBLEMS.values())
    commands = set(re.findall(r"flask contacts ([a-z-]+)", words))
    group: Any = app.cli.commands["contacts"]
    assert commands <= set(group.list_commands(Context(group)))
    root = Path(__file__).parents[2]
    pages = set(re.findall(r"docs/[\w/.-]+\.md", words))
    assert pages
    assert [page for page in pages if not (root / page).is_file()] == []
