"""How the example starts: settings, tables, demo data, its secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from example_app import create_app, settings
from example_app.database import db
from example_app.models import Invoice
from example_app.serve import prepare, reset
from flask_contacts.models import Contact, Customer, Mail
from tests.example import filled_example


@pytest.fixture(autouse=True)
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An instance directory of the test's own."""
    monkeypatch.setenv("EXAMPLE_INSTANCE", str(tmp_path))
    monkeypatch.delenv("PORT", raising=False)
    return tmp_path


def test_data_is_filled_once(instance: Path) -> None:
    """A second start adds nothing; nobody is mailed about the demo's own contacts."""
    app = filled_example(instance)
    prepare(app)
    with app.app_context():
        assert db.session.scalar(select(func.count(Customer.id))) == 15
        assert db.session.scalar(select(func.count(Mail.id))) == 0
        without = select(func.count(Customer.id)).where(
            Customer.id.not_in(select(Contact.customer_id).where(Contact.customer_id.is_not(None)))
        )
        assert (db.session.scalar(without) or 0) >= 5


def test_sums_are_those_of_the_lines(instance: Path) -> None:
    """Every invoice's total is what its lines and its tax make."""
    app = filled_example(instance)
    with app.app_context():
        for invoice in db.session.scalars(select(Invoice)):
            net = sum(line.amount for line in invoice.lines)
            assert invoice.subtotal == net > 0
            assert invoice.total == invoice.subtotal + invoice.tax
            assert invoice.tax == round(net * invoice.tax_rate / 100, 2)


def test_sqlite_is_ready_for_threads(instance: Path) -> None:
    """Write-ahead log, a patient busy handler, foreign keys that count."""
    app = filled_example(instance)
    with app.app_context():
        pragmas = {
            name: db.session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "busy_timeout": 30_000, "foreign_keys": 1}


def test_secret_is_made_once_and_is_private(instance: Path) -> None:
    """No constant: a key of this installation, readable by its owner only."""
    first = create_app().config["SECRET_KEY"]
    assert len(first) == 64
    assert create_app().config["SECRET_KEY"] == first
    assert (instance / "secret_key").stat().st_mode & 0o077 == 0
    (instance / "secret_key").unlink()
    assert create_app().config["SECRET_KEY"] != first


def test_settings_of_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """PORT decides where pages and mail are; links are made from it, not from a header."""
    monkeypatch.setenv("PORT", "9000")
    config = create_app().config
    assert config["CONTACTS_BASE_URL"] == "http://127.0.0.1:9000"
    assert (config["MAIL_SERVER"], config["MAIL_PORT"]) == ("127.0.0.1", 9001)
    assert set(config["LANGUAGES"]) == {"en", "es", "it", "pt_PT", "pt_BR"}
    assert config["WTF_CSRF_ENABLED"]


def test_a_command_beside_the_demo_knows_its_port(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reminders link to the port that the demo serves on; PORT goes before it."""
    settings.note_port(instance, 8610)
    assert create_app().config["CONTACTS_BASE_URL"] == "http://127.0.0.1:8610"
    monkeypatch.setenv("PORT", "9000")
    assert create_app().config["CONTACTS_BASE_URL"] == "http://127.0.0.1:9000"
    monkeypatch.delenv("PORT")
    (instance / "port").write_text("no port")
    assert create_app().config["CONTACTS_BASE_URL"] == "http://127.0.0.1:8080"


@pytest.mark.parametrize("wrong", ["0", "65535", "-1", "80a", "٨٠٨٠", " "])
def test_wrong_port(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    """What cannot be a port is said at once."""
    monkeypatch.setenv("PORT", wrong)
    with pytest.raises(ValueError, match="PORT is"):
        settings.port()


def test_reset_removes_only_the_demos_files(instance: Path) -> None:
    """Whatever else lies in the directory stays."""
    filled_example(instance)
    (instance / "notes.txt").write_text("mine")
    create_app()
    reset(instance)
    assert [path.name for path in instance.iterdir()] == ["notes.txt"]


def test_welcome_leads_everywhere(instance: Path) -> None:
    """The first page is open to all and links to customers, portal and mailbox."""
    page = filled_example(instance).test_client().get("/")
    assert page.status_code == 200
    for link in ('href="/customers/list/"', 'href="/portal/"', 'href="/mailbox/"'):
        assert link in page.text
