"""``flask contacts …`` in the host's language: no line that a person reads stays English."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from babel.dates import format_date, format_datetime
from babel.messages.mofile import read_mo
from flask import Flask
from flask_babel import get_babel
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from flask_contacts.clock import utc_now
from flask_contacts.models import Mail
from scripts import translations
from tests.pseudo_locale import LANGUAGE as PSEUDO, speak_pseudo

Run = Callable[..., str]
ONCE = pytest.mark.bundled_only(reason="nobody's language shows what a host of its own is told")
HEAD = "Company,First name,Last name,Email\n"
REPLY = "550 5.1.1 ¿quién?"
#: Where the words of the commands stand.
SOURCES = (
    *("cli/*.py", "services/doctor/*.py", "models/*.py"),
    "services/agent/search_index_making.py",
)
#: A text of which less is left, besides its values, is no sentence.
FEWEST_LETTERS = 12
_FILLED_IN = re.compile(r"%\(\w+\)[sd]")
_PSEUDO = re.compile(r"⟦[^⟦⟧]*⟧")
#: What programs and people write alike: codes, names of tables and rights, addresses, numbers.
_CODE = re.compile(rf"\S*[\d_@/]\S*|\w+\.\w\S*|welcome|Error:|{PSEUDO}")
#: click's own, as ``--help``.
_FRAME = re.compile(r"Usage: .*|Try '.*")


@pytest.fixture
def run(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("doctor", …)`` gives what was printed; ``content`` is a file's that it imports."""
    monkeypatch.setattr(
        import_module("flask_contacts.cli.doctor"), "_WIDTH", 10_000
    )  # a text on a line

    def invoke(*arguments: str, content: str | None = None) -> str:
        command = ["contacts", *arguments]
        if content is not None:
            path = tmp_path / "1.csv"
            path.write_text(content, encoding="utf-8")
            command.append(str(path))
        result = app.test_cli_runner().invoke(args=command)
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.output

    return invoke


@pytest.fixture
def speak(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """``speak("es")`` makes it the language of the host, as ``BABEL_DEFAULT_LOCALE`` does when
    the application is made."""

    def put(language: str) -> None:
        monkeypatch.setattr(get_babel(app), "default_locale", language)

    return put


@pytest.fixture
def story(
    app: Flask, run: Run, engine: Engine, session: Session,
    make_customer: Callable[..., Any], make_contact: Callable[..., Any],
) -> Callable[[], list[str]]:  # fmt: skip
    """``story()`` lets the commands say as much as they can; the lines that are not click's."""

    def execute(*statements: str) -> None:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def tables() -> Iterator[str]:
        yield run("init-db")
        yield run("check-db")
        yield run("upgrade-db")
        execute("DROP TABLE contacts_customer_note", "DROP TABLE contacts_comment")
        execute("DROP INDEX ix_contacts_mail_due", "ALTER TABLE contacts_mail DROP COLUMN attempts")
        execute("ALTER TABLE contacts_contact ADD COLUMN fax VARCHAR(9)")
        yield run("doctor", "--offline")
        yield run("check-db")
        yield run("upgrade-db", "--dry-run")
        yield run("upgrade-db", "--drop")
        execute("DROP TABLE contacts_customer_note", "DROP TABLE contacts_comment")
        yield run("init-db")
        execute("DROP TABLE contacts_customer_note")
        execute("CREATE VIEW contacts_customer_note AS SELECT 1 AS id")
        yield run("init-db")
        execute("DROP VIEW contacts_customer_note")
        yield run("init-db")

    def files() -> Iterator[str]:
        acme = make_customer(company="Acme")
        make_contact(acme, firstname="1", lastname="2", email="1@x.example.com")
        row = "Acme,1,2,1@x.example.com\n"
        yield run("import", "--dry-run", content=f"{HEAD}{row}Acme,3,4,3@x.example.com\n")
        yield run("import", content=f"{HEAD}Nowhere,5,6,\n")
        yield run("import")
        yield run("import", "--resume", "99")
        yield run("import", "--resume", "99", "--dry-run")
        yield run("import", content="")
        yield run("import", "--map", "x_1=email", content=f"{HEAD}{row}")
        yield run("import", "--map", "Email=x_1", content=f"{HEAD}{row}")
        yield run("import", "--customer", "x_1", content=f"{HEAD}{row}")
        yield run("import", "--refused", "/none/1.csv", content=f"{HEAD}{row}")
        yield run("export", "-", "--customer", "x_1")

    def mails() -> Iterator[str]:
        yield run("mail-drain")
        yield run("mail-drain", "--limit", "1", "--watch")
        ago = utc_now() - timedelta(hours=1)
        sent = utc_now() - timedelta(days=99)
        for number, columns in enumerate([
            {"state": "failed", "error": REPLY},
            {"not_before": ago, "attempts": 1, "error": REPLY},
            {"state": "sending", "lease_until": ago},
            {"state": "sent", "created_at": sent},
        ]):  # fmt: skip
            wanted = {"template": "welcome", "language": "en", "recipient": "ada@example.com"}
            session.add(Mail(message_id=f"<{number}>", subject="s", **{**wanted, **columns}))
        session.commit()
        yield run("mail-status")

    def others() -> Iterator[str]:
        yield run("demo")
        yield run("demo", "--yes")
        yield run("demo", "--yes")
        yield run("create-roles")
        yield run("create-roles", "--limited", "x_1")
        yield run("create-search-index", "--refill")
        yield run("create-search-index", "--drop")
        yield run("renew-secrets")
        app.config.update(SECRET_KEY="dev", TESTING=False, APPLICATION_ROOT="/c")
        app.config["CONTACTS_BASE_URL"] = "http://crm.example.com/crm"
        yield run("doctor", "--offline")
        app.config["CONTACTS_BASE_URL"] = None
        yield run("doctor", "--offline")
        yield run("purge")

    def tell() -> list[str]:
        said = [*tables(), *files(), *mails(), *others()]
        lines = [line.strip() for output in said for line in output.splitlines()]
        return [line for line in lines if line and not _FRAME.fullmatch(line)]

    return tell


@pytest.fixture(params=translations.LANGUAGES)
def language(request: pytest.FixtureRequest, speak: Callable[[str], None]) -> str:
    """Each language that is shipped, which the host speaks now."""
    speak(str(request.param))
    return str(request.param)


@pytest.fixture
def english(language: str) -> dict[str, re.Pattern[str]]:
    """The sentences of the commands that are others in this language, or should be."""
    with translations.PACKAGE.path(language, "mo").open("rb") as file:
        known = translations.messages(read_mo(file))
    methods = [(source, "python") for source in SOURCES]
    words = translations.Words("cli", translations.PACKAGE.directory, {"flask_contacts": methods})
    found = {}
    for message in filter(lambda one: one.id, translations.extract(words)):
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        if known.get((str(message.context or ""), forms[0])) != forms:
            found |= {form: _pattern(form) for form in forms if _is_sentence(form)}
    return found


def _is_sentence(form: str) -> bool:
    return sum(map(str.isalpha, _FILLED_IN.sub("", form))) >= FEWEST_LETTERS


def _pattern(form: str) -> re.Pattern[str]:
    parts = _FILLED_IN.split(form.replace("`", ""))
    return re.compile(".+".join(map(re.escape, parts)))


@ONCE
def test_nothing_stays_english(
    story: Callable[[], list[str]], english: dict[str, re.Pattern[str]], language: str
) -> None:
    """What the commands print in a language has none of their English sentences. (A word that
    lies in no catalog yet fails here too: ``make translations`` and fill it in.)"""
    assert len(english) > 150
    lines = story()
    assert len(lines) > 150
    left = {
        form
        for form, pattern in english.items()
        for line in lines
        if pattern.search(line.replace("`", ""))
    }
    assert left == set(), f"not translated into {language}"


@pytest.fixture
def nobodys_language(app: Flask, speak: Callable[[str], None], tmp_path: Path) -> Iterator[None]:
    """The host speaks what only texts are written in that go through gettext."""
    babel = get_babel(app)
    before = list(babel.translation_directories)
    speak_pseudo(app, tmp_path)
    speak(PSEUDO)
    yield
    babel.translation_directories[:] = before
    babel.instance.domain_instance.cache.clear()


@pytest.mark.usefixtures("nobodys_language")
def test_every_line_goes_through_gettext(story: Callable[[], list[str]]) -> None:
    """In a language that nobody speaks no line has other words than names and addresses."""
    left = set()
    for line in story():
        rest, more = line.replace(REPLY, ""), 1
        while more:
            rest, more = _PSEUDO.subn("", rest)
        left |= {line for word in rest.split() if word.isascii() and _is_word(word)}
    assert left == set()


def _is_word(text: str) -> bool:
    return not _CODE.fullmatch(text) and any(map(str.isalpha, text))


def test_english_is_the_default(run: Run) -> None:
    """A host that says nothing has the commands in English, dates as programs write them."""
    assert run("mail-drain") == "No mail is due.\n"
    assert f"{utc_now():%Y-%m-%d}      0\n" in run("mail-status")
    assert "warning  FC206  Mail comes from an address that is none of yours" in run(
        "doctor", "--offline"
    )


@pytest.mark.bundled_only(reason="the example is built on the bundled customers")
def test_the_hosts_setting(tmp_path: Path) -> None:
    """``BABEL_DEFAULT_LOCALE`` of an application is all that it takes."""
    from example_app import create_app

    app = create_app(
        {
            "SECRET_KEY": "a secret key for tests only",
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'demo.sqlite'}",
            "EXAMPLE_MAILBOX": str(tmp_path / "mailbox.sqlite"),
            "BABEL_DEFAULT_LOCALE": "es",
        }
    )
    refused = app.test_cli_runner().invoke(args=["contacts", "import"])
    assert "Indique un archivo (FILE)" in refused.output, "not translated into es"


@ONCE
def test_dates_and_numbers(run: Run, language: str, session: Session) -> None:
    """They are written as the language does it; the time stays UTC."""
    ago = utc_now() - timedelta(hours=1)
    wanted = {"template": "welcome", "language": "en", "subject": "s", "recipient": "a@b.example"}
    session.add(Mail(message_id="<1>", not_before=ago, error=REPLY, **wanted))
    session.commit()
    status = run("mail-status")
    assert f"{format_datetime(ago, locale=language)} UTC  {REPLY}" in status
    assert re.search(rf"^{format_date(utc_now(), locale=language)} +1 ", status, re.MULTILINE)
    assert f"{format_datetime(ago, locale=language)} UTC" in run("doctor", "--offline")


def test_what_programs_read_stays_english(run: Run, speak: Callable[[str], None]) -> None:
    """``doctor --json`` is the same in every language."""
    english = run("doctor", "--offline", "--json")
    speak("es")
    assert run("doctor", "--offline", "--json") == english
    assert json.loads(english)["counts"]["warning"]
