"""The test host with Celery, from the code of docs/howto/scale-out.md.

``celery -A tests.celery_host worker`` starts from it. ``CELERY_HOST`` is a JSON object: the
database's ``url``, the ``broker``, and more settings in ``config``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from flask import Flask

from tests.host_app import create_host_app, db

_PAGE = Path(__file__).parents[1] / "docs/howto/scale-out.md"


def start_celery(app: Flask) -> Any:
    """Run the page's ``start_celery``."""
    blocks = re.findall(r"```python\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.DOTALL)
    [code] = [block for block in blocks if "def start_celery" in block]
    names: dict[str, Any] = {}
    exec(compile(code, str(_PAGE), "exec"), names)
    return names["start_celery"](app)


def create_celery_host(settings: dict[str, Any]) -> Flask:
    """The host on ``settings["url"]`` that delivers by Celery over ``settings["broker"]``."""
    app = create_host_app(
        settings["url"],
        {
            "CONTACTS_MAIL_DELIVERY": "celery",
            "MAIL_SUPPRESS_SEND": False,
            **settings.get("config", {}),
        },
    )
    app.config["CELERY_BROKER_URL"] = settings["broker"]
    start_celery(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return app


if "CELERY_HOST" in os.environ:
    app = create_celery_host(json.loads(os.environ["CELERY_HOST"])).extensions["celery"]
