"""What an application loads when it starts: nothing that only some of its pages need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

#: Each is for a page, a file or a command that a process may never see.
LATER = (
    "email_validator", "filetype", "openpyxl", "pygal", "pyotp", "rapidfuzz", "segno",
    "ua_parser", "zxcvbn", "celery", "charset_normalizer.api", "aiosmtpd", "fpdf", "alembic",
    "flask_contacts.testing", "flask_contacts.services.duplicates.likeness",
)  # fmt: skip
_START = """
import json, sys
from flask import Flask
from flask_appbuilder import AppBuilder, Model
from flask_appbuilder.models.sqla.base import SQLA
from flask_mail import Mail

app = Flask("host")
app.config.update(
    SECRET_KEY="k" * 40,
    SQLALCHEMY_DATABASE_URI="sqlite://",
    MAIL_DEFAULT_SENDER="hello@example.com",
)
db = SQLA(metadata=Model.metadata)
db.init_app(app)
Mail(app)
with app.app_context():
    appbuilder = AppBuilder(app, db.session)
    before = set(sys.modules)
    from flask_contacts import Contacts

    Contacts().init_app(app, appbuilder)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.mark.bundled_only(reason="a process of its own has customers of the package")
def test_nothing_is_loaded_that_the_start_does_not_need(tmp_path: Path) -> None:
    """Besides what Flask-AppBuilder has loaded, none of the libraries that work comes with."""
    command = [sys.executable, "-c", _START]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = json.loads(run.stdout.splitlines()[-1])
    assert "flask_contacts.admin" in loaded
    assert "flask_contacts.portal" in loaded
    assert [name for name in LATER if name in loaded] == []
