"""The studio's settings, and where its data lives."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

DEFAULT_PORT = 8080
HOST = "127.0.0.1"
_PORT_NOTE = "port"


def instance_directory() -> Path:
    """Where the data lives: ``EXAMPLE_INSTANCE``, else ``instance/`` beside the package."""
    configured = os.environ.get("EXAMPLE_INSTANCE")
    return Path(configured or Path(__file__).resolve().parent.parent / "instance").absolute()


def port() -> int:
    """The port to serve on (``PORT``); mail is caught on the next one.

    Raises ValueError for what cannot be a port.
    """
    text = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 65534:
        raise ValueError(f"PORT is {text!r}. Use a number from 1 to 65534.")
    return int(text)


def served_port(directory: Path) -> int:
    """The port for links and mail: ``PORT``, else that of the demo which served last here.

    So a command beside a demo on another port writes links that work.
    """
    note = directory / _PORT_NOTE
    if os.environ.get("PORT") or not note.is_file():
        return port()
    text = note.read_text(encoding="ascii", errors="replace").strip()
    return int(text) if text.isascii() and text.isdecimal() else port()


def note_port(directory: Path, http_port: int) -> None:
    """Keep the port that the demo serves on, for :func:`served_port`."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _PORT_NOTE).write_text(f"{http_port}\n", encoding="ascii")


def secret_key(directory: Path) -> str:
    """The key of this installation: made at the first start, then kept."""
    path = directory / "secret_key"
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii").strip()


def demo_settings(directory: Path, http_port: int) -> dict[str, object]:
    """Everything that the demo sets, but its secret key."""
    return {
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{directory / 'demo.sqlite'}",
        "EXAMPLE_MAILBOX": str(directory / "mailbox.sqlite"),
        "APP_NAME": "Northwind Studio",
        "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).resolve().parent / "translations"),
        "FAB_BASE_TEMPLATE": "example_app/base.html",
        # One of Flask-AppBuilder's themes, as "cyborg.css"; the studio's own colours without.
        "APP_THEME": os.environ.get("EXAMPLE_THEME", ""),
        "LANGUAGES": {
            "en": {"flag": "us", "name": "English"},
            "es": {"flag": "es", "name": "Español"},
            "it": {"flag": "it", "name": "Italiano"},
            "pt_PT": {"flag": "pt", "name": "Português (Portugal)"},
            "pt_BR": {"flag": "br", "name": "Português (Brasil)"},
        },
        "WTF_CSRF_ENABLED": True,
        "MAIL_SERVER": HOST,
        "MAIL_PORT": http_port + 1,
        "MAIL_DEFAULT_SENDER": "Northwind Studio <hello@northwind.example>",
        "EXAMPLE_STAFF_ADDRESS": "studio@northwind.example",
        "CONTACTS_PORTAL_STYLESHEET": "portal.css",
        "CONTACTS_BASE_URL": f"http://{HOST}:{http_port}",
    }
